/** Says what it was made with. */
export class Teller {
  readonly #text: string

  constructor(what: unknown) {
    this.#text = String(what)
  }

  tell(): string {
    return this.#text
  }
}
