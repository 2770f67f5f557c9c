/** Numbers that look random, the same ones for the same seed. (Mulberry32, by Tommy Ettinger.) */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** From 0 up to, but not including, `end`. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end)
  }

  /** Undefined where there is nothing to choose from. */
  pick<T>(choices: Iterable<T>): T | undefined {
    const list = [...choices]
    return list[this.below(list.length)]
  }
}
