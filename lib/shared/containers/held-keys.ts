import { findCircle, report } from '../waits/circle.ts'
import { Claims, everything, type Keys } from './claims.ts'
import { shown } from './key.ts'
import { Turn, type Turns } from './turn.ts'

/**
 * Who writes what. A key is held while somebody computes its next value: all others who write it wait, in the order of
 * their coming. What nobody holds is written at once.
 */
export class HeldKeys<K> implements Turns<K> {
  readonly #what: string
  /** Of those who hold keys, and those who wait for some. */
  readonly #claims = new Claims<K, Turn<K>>()

  /** @param what the class that has the keys, for messages */
  constructor(what: string) {
    this.#what = what
  }

  /** Whether nobody holds any of these keys, nor waits for one. */
  isFree(keys: Keys<K>): boolean {
    return this.#claims.isFree(keys)
  }

  /**
   * Runs `write` at once where these keys are free, else in its turn.
   * @throws (as a rejection) ManagerError `DEADLOCK` for a turn that can't come; the reason of the call's signal where
   *   its caller gives up before
   */
  write<T>(keys: Keys<K>, write: () => T): T | Promise<T> {
    return this.#claims.isFree(keys) ? write() : this.hold(keys, write)
  }

  /** Holds these keys, as soon as nobody else does, until what `body` gives has settled. Resolves or rejects with it. */
  async hold<T>(keys: Keys<K>, body: () => T | Promise<T>): Promise<T> {
    const turn = new Turn(keys, this)
    if (this.#claims.add(turn)) turn.begin()
    else await this.#wait(turn)
    try {
      return await turn.run(body)
    } finally {
      this.#leave(turn)
    }
  }

  describe(keys: Keys<K>): string {
    if (keys === everything) return `a ${this.#what}`
    const [names, more] = [keys.slice(0, shownKeys).map(shown), keys.length - shownKeys]
    return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''} of a ${this.#what}`
  }

  heldUpBy(turn: Turn<K>): readonly Turn<K>[] {
    return this.#claims.heldUpBy(turn)
  }

  async #wait(turn: Turn<K>): Promise<void> {
    try {
      const arrival = turn.wait()
      const circle = findCircle(turn, true)
      if (circle !== undefined) report(circle)
      await arrival
    } catch (error) {
      this.#leave(turn)
      throw error
    }
  }

  #leave(turn: Turn<K>): void {
    turn.end()
    for (const next of this.#claims.delete(turn)) if (next.isWaiting) next.begin()
  }
}

/** How many keys a message names. */
const shownKeys = 5
