/** The last of what a stream gives, for whoever takes it now and then. It keeps so many, and counts the rest. */
export class Recent<T> {
  readonly #most: number
  #items: T[] = []
  #missed = 0

  constructor(most: number) {
    this.#most = most
  }

  add(...items: readonly T[]): void {
    this.#items.push(...items)
    this.miss(Math.max(0, this.#items.length - this.#most))
    this.#items = this.#items.slice(-this.#most)
  }

  miss(count: number): void {
    this.#missed += count
  }

  /** Those since the last time. */
  take(): { readonly items: readonly T[]; readonly missed: number } {
    const taken = { items: this.#items, missed: this.#missed }
    this.#items = []
    this.#missed = 0
    return taken
  }
}
