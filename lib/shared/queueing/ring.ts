import type { Order } from './order.ts'

const leastSlots = 16

/** Gives first what was added first. Adding and taking cost the same however many wait. */
export class Ring<E extends object> implements Order<E> {
  /** As many as a power of two, so that a mask is all that turns an index around. */
  #slots: (E | undefined)[] = emptySlots(leastSlots)
  #head = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  get first(): E | undefined {
    return this.#slots[this.#head]
  }

  add(element: E): void {
    if (this.#size === this.#slots.length) this.#resize(this.#slots.length * 2)
    this.#slots[(this.#head + this.#size) & (this.#slots.length - 1)] = element
    this.#size++
  }

  take(): E | undefined {
    const first = this.first
    if (first === undefined) return undefined
    this.#slots[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#slots.length - 1)
    this.#size--
    if (this.#slots.length > leastSlots && this.#size < this.#slots.length / 4) this.#resize(this.#slots.length / 2)
    return first
  }

  clear(): void {
    this.#slots = emptySlots(leastSlots)
    this.#head = 0
    this.#size = 0
  }

  *[Symbol.iterator](): Generator<E> {
    for (let at = 0; at < this.#size; at++) {
      const element = this.#slots[(this.#head + at) & (this.#slots.length - 1)]
      if (element !== undefined) yield element
    }
  }

  /** The first one comes to lie at the beginning. */
  #resize(length: number): void {
    const slots = emptySlots<E>(length)
    for (let at = 0; at < this.#size; at++) slots[at] = this.#slots[(this.#head + at) & (this.#slots.length - 1)]
    this.#slots = slots
    this.#head = 0
  }
}

function emptySlots<E>(length: number): (E | undefined)[] {
  return Array.from<E | undefined>({ length })
}
