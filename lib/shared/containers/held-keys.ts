import { Line } from '../line.ts'
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
  /** What is held, and what somebody waits for. */
  readonly #claims = new Claims<K>()
  readonly #holders = new Set<Turn<K>>()
  readonly #line = new Line<Turn<K>>()

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
    if (this.#claims.isFree(keys)) this.#enter(turn)
    else await this.#wait(turn)
    try {
      return await turn.run(body)
    } finally {
      this.#leave(turn)
    }
  }

  describe(keys: Keys<K>): string {
    return keys === everything ? `a ${this.#what}` : `${keys.map(shown).join(', ')} of a ${this.#what}`
  }

  heldUpBy(turn: Turn<K>): readonly Turn<K>[] {
    const taken = new Claims<K>()
    taken.add(turn.keys)
    return this.#line.tickets().filter(({ keys }) => {
      if (taken.isFree(keys)) return false
      // Those behind wait for this one too.
      taken.add(keys)
      return true
    })
  }

  turnAway(turn: Turn<K>, reason: Error): void {
    this.#line.turnAway(reason, (each) => each === turn)
  }

  #enter(turn: Turn<K>): void {
    this.#claims.add(turn.keys)
    this.#begin(turn)
  }

  #begin(turn: Turn<K>): void {
    this.#holders.add(turn)
    turn.begin()
  }

  #leave(turn: Turn<K>): void {
    turn.end()
    this.#holders.delete(turn)
    this.#claims.remove(turn.keys)
    this.#letIn()
  }

  async #wait(turn: Turn<K>): Promise<void> {
    this.#claims.add(turn.keys)
    try {
      const arrival = this.#line.join(turn)
      const circle = findCircle(turn, true)
      if (circle !== undefined) report(circle)
      await arrival
    } catch (error) {
      this.#leave(turn)
      throw error
    }
  }

  /** Who came first goes first: what one in the line waits for isn't free for those behind. */
  #letIn(): void {
    if (this.#line.length === 0) return
    const taken = new Claims<K>()
    for (const { keys } of this.#holders) taken.add(keys)
    for (const turn of this.#line.tickets()) {
      if (taken.isFree(turn.keys)) {
        this.#begin(turn)
        this.#line.serve(undefined, (each) => each === turn)
      }
      taken.add(turn.keys)
    }
  }
}
