/** A function to compute with, which tells when it is called, and gives its result when it is told to. */
export class Hold<T> {
  #begin = (_value: T | undefined): void => undefined
  #end = (_value: T): void => undefined
  /** Resolves with the value that it was called with. */
  readonly begun: Promise<T | undefined> = new Promise((resolve) => (this.#begin = resolve))
  readonly #ended: Promise<T> = new Promise((resolve) => (this.#end = resolve))

  readonly compute = (value: T | undefined): Promise<T> => {
    this.#begin(value)
    return this.#ended
  }

  end(value: T): void {
    this.#end(value)
  }
}
