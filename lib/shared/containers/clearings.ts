/** Counts how often a collection was cleared, for those who iterate over it meanwhile. */
export class Clearings {
  #count = 0

  note(): void {
    this.#count++
  }

  /**
   * Iterates over `items`, what is added meanwhile included.
   * @throws Error where the collection is cleared meanwhile, as Python does: a part would pass for the whole
   */
  *over<T>(items: Iterable<T>, what: string): Generator<T, void, undefined> {
    const count = this.#count
    for (const item of items) {
      yield item
      if (this.#count !== count) throw new Error(`the ${what} was cleared while it was iterated over`)
    }
  }
}
