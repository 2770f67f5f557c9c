const wordBits = 32

/** The numbers of the operations that were taken, as a key that is short where all up to some number were. */
export class TakenSet {
  readonly #words: Uint32Array
  /** All words before it are full. */
  #firstOpen = 0
  /** All words from it on are empty. */
  #firstEmpty = 0

  constructor(count: number) {
    this.#words = new Uint32Array(Math.ceil(count / wordBits) + 1)
  }

  add(number: number): void {
    const at = Math.floor(number / wordBits)
    this.#set(at, this.#word(at) | (1 << (number % wordBits)))
    while (this.#word(this.#firstOpen) === 0xffffffff) this.#firstOpen++
    this.#firstEmpty = Math.max(this.#firstEmpty, at + 1)
  }

  delete(number: number): void {
    const at = Math.floor(number / wordBits)
    this.#set(at, this.#word(at) & ~(1 << (number % wordBits)))
    this.#firstOpen = Math.min(this.#firstOpen, at)
    while (this.#firstEmpty > 0 && this.#word(this.#firstEmpty - 1) === 0) this.#firstEmpty--
  }

  get key(): string {
    return `${this.#firstOpen}:${this.#words.subarray(this.#firstOpen, this.#firstEmpty).join(',')}`
  }

  #word(at: number): number {
    return this.#words[at] ?? 0
  }

  #set(at: number, word: number): void {
    this.#words[at] = word
  }
}
