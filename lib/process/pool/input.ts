/** What is taken lazily from an iterable, in chunks. */
export class Input {
  readonly #iterator: { return?(): unknown }
  readonly #next: () => IteratorResult<unknown, unknown> | Promise<IteratorResult<unknown, unknown>>
  readonly #chunkSize: number
  #isOver = false
  #failure: { readonly error: unknown } | undefined

  /** @throws TypeError for what can't be iterated over */
  constructor(items: Iterable<unknown> | AsyncIterable<unknown>, chunkSize: number) {
    this.#chunkSize = chunkSize
    if (Symbol.asyncIterator in items) {
      const iterator = items[Symbol.asyncIterator]()
      this.#iterator = iterator
      this.#next = async () => iterator.next()
    } else {
      const iterator = items[Symbol.iterator]()
      this.#iterator = iterator
      this.#next = () => iterator.next()
    }
  }

  /**
   * The next items, fewer than a chunk only at the end; none when it is over. Those of an iterable that is synchronous
   * are taken in one turn.
   * @throws (as a rejection) what the iterable throws, after the items that came before
   */
  async next(): Promise<unknown[]> {
    const items: unknown[] = []
    try {
      while (!this.#isOver && items.length < this.#chunkSize) {
        const next = this.#next()
        const { done, value } = next instanceof Promise ? await next : next
        if (done === true) this.#isOver = true
        else items.push(value)
      }
    } catch (error) {
      this.#isOver = true
      this.#failure = { error }
    }
    if (items.length === 0 && this.#failure !== undefined) throw this.#failure.error
    return items
  }

  /** Tells the iterable that no more is wanted of it. Doesn't wait for one that is just making an item. */
  async leave(isBusy: boolean): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    const left = Promise.resolve(this.#iterator.return?.())
    if (isBusy) left.catch(() => undefined)
    else await left
  }
}
