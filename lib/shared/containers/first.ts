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
