import type { Order } from './order.ts'

/** Gives first what was added last. */
export class Stack<E extends object> implements Order<E> {
  readonly #elements: E[] = []

  get size(): number {
    return this.#elements.length
  }

  get first(): E | undefined {
    return this.#elements.at(-1)
  }

  add(element: E): void {
    this.#elements.push(element)
  }

  take(): E | undefined {
    return this.#elements.pop()
  }

  clear(): void {
    this.#elements.length = 0
  }
}
