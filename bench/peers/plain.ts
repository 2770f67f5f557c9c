/** What the other libraries call: as much as `Subject` of the referent peer does. */
export class Plain {
  #count = 0

  increment(by: number): number {
    this.#count += by
    return this.#count
  }

  echo(value: unknown): unknown {
    return value
  }
}
