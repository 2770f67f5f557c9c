import { Heap } from './heap.ts'
import type { Order, Precedes } from './order.ts'

/** An item of a queue, with what says when it comes out. */
export interface Entry<T> {
  readonly item: T
  readonly priority: number
  /** Counts up over all that were ever put into this queue. */
  readonly number: number
}

/** What is in a queue. What was taken and comes back is where it was, as though nobody had taken it. */
export class QueueEntries<T> {
  readonly #order: Order<Entry<T>>
  readonly #precedes: Precedes<Entry<T>>
  /** Beside the order, as that may only add at its end. */
  readonly #returned: Heap<Entry<T>>
  #lastNumber = 0

  /** @param precedes says of any two entries what `order` does to those that are added to it as they are numbered */
  constructor(order: Order<Entry<T>>, precedes: Precedes<Entry<T>>) {
    this.#order = order
    this.#precedes = precedes
    this.#returned = new Heap(precedes)
  }

  get size(): number {
    return this.#order.size + this.#returned.size
  }

  get first(): Entry<T> | undefined {
    return this.#next.first
  }

  add(item: T, priority: number): void {
    this.#order.add({ item, priority, number: ++this.#lastNumber })
  }

  /** The first ones, up to `max` of them. */
  take(max: number): Entry<T>[] {
    const taken: Entry<T>[] = []
    while (taken.length < max) {
      const entry = this.#next.take()
      if (entry === undefined) break
      taken.push(entry)
    }
    return taken
  }

  giveBack(entry: Entry<T>): void {
    this.#returned.add(entry)
  }

  /** Says how many there were. */
  clear(): number {
    const { size } = this
    this.#order.clear()
    this.#returned.clear()
    return size
  }

  get #next(): Order<Entry<T>> {
    const [added, returned] = [this.#order.first, this.#returned.first]
    if (returned === undefined) return this.#order
    return added === undefined || this.#precedes(returned, added) ? this.#returned : this.#order
  }
}
