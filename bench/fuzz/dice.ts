import { Random } from '../../spec/references/chaos/random.ts'

/** What decides all that is sent: the same seed sends the same. */
export class Dice extends Random {
  readonly seed: number

  constructor(seed: number) {
    super(seed)
    this.seed = seed
  }

  oneIn(count: number): boolean {
    return this.below(count) === 0
  }

  /** From `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  of<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0]
  }

  /** What one of them makes. */
  make<T>(makers: readonly [() => T, ...(() => T)[]]): T {
    return this.of(makers)()
  }

  /** A seed for another one. */
  nextSeed(): number {
    return this.below(2 ** 31)
  }
}
