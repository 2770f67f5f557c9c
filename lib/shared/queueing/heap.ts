import type { Order, Precedes } from './order.ts'

/** Gives first what precedes all others. Adding and taking cost as much as the logarithm of how many wait. */
export class Heap<E extends object> implements Order<E> {
  /** A binary tree: the children of `i` are at `2i + 1` and `2i + 2`, and precede it never. */
  readonly #elements: E[] = []
  readonly #precedes: Precedes<E>

  /** @param precedes orders any two elements, and never says so of two both ways round */
  constructor(precedes: Precedes<E>) {
    this.#precedes = precedes
  }

  get size(): number {
    return this.#elements.length
  }

  get first(): E | undefined {
    return this.#elements[0]
  }

  add(element: E): void {
    this.#elements.push(element)
    this.#rise(element, this.#elements.length - 1)
  }

  take(): E | undefined {
    const first = this.first
    const last = this.#elements.pop()
    if (last !== undefined && this.#elements.length > 0) this.#sink(last, 0)
    return first
  }

  clear(): void {
    this.#elements.length = 0
  }

  /** Puts the element where nothing above it comes after it. */
  #rise(element: E, from: number): void {
    let at = from
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = this.#elements[above]
      if (parent === undefined || !this.#precedes(element, parent)) break
      this.#elements[at] = parent
      at = above
    }
    this.#elements[at] = element
  }

  /** Puts the element where nothing below it comes before it. */
  #sink(element: E, from: number): void {
    let at = from
    for (;;) {
      const below = this.#firstChild(at)
      const child = this.#elements[below]
      if (child === undefined || !this.#precedes(child, element)) break
      this.#elements[at] = child
      at = below
    }
    this.#elements[at] = element
  }

  #firstChild(at: number): number {
    const left = this.#elements[2 * at + 1]
    const right = this.#elements[2 * at + 2]
    const isRightFirst = left !== undefined && right !== undefined && this.#precedes(right, left)
    return isRightFirst ? 2 * at + 2 : 2 * at + 1
  }
}
