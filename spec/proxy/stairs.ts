import { Exposed, Shared } from 'referent'

/** Gives its steps one by one; one of no known height gives none. */
@Shared({ iterator: 'next' })
export class Stairs {
  readonly #height: number
  #at = 0

  constructor(height: number) {
    this.#height = height
  }

  @Exposed
  next(): IteratorResult<number, undefined> {
    if (Number.isNaN(this.#height)) return 0 as unknown as IteratorResult<number, undefined>
    return this.#at < this.#height ? { done: false, value: this.#at++ } : { done: true, value: undefined }
  }

  [Symbol.iterator](): Iterator<number> {
    return this
  }
}
