/**
 * Finds what is first in a collection from which that is removed again and again. To look from the beginning each time would
 * take ever longer, as that is where removed ones leave gaps.
 */
export class First<T> {
  readonly #items: Iterable<T>
  #iterator: Iterator<T>

  constructor(items: Iterable<T>) {
    this.#items = items
    this.#iterator = items[Symbol.iterator]()
  }

  /** The first one, which the caller removes; undefined where there is none. */
  take(): { readonly item: T } | undefined {
    let step = this.#iterator.next()
    if (step.done === true) {
      this.#iterator = this.#items[Symbol.iterator]()
      step = this.#iterator.next()
    }
    return step.done === true ? undefined : { item: step.value }
  }
}

/** Counts how often a collection was cleared, for iterations over it. */
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
