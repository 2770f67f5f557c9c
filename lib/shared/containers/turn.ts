import type { SessionPeer } from '../../call-context.ts'
import { WaitQueue } from '../wait-queue.ts'
import { Course, currentSession } from '../waits/course.ts'
import { keepers } from '../waits/keepers.ts'
import type { Party } from '../waits/party.ts'
import type { Keys } from './claims.ts'

/** Where turns are taken, seen from these. */
export interface Turns<K> {
  /** Names these keys, in messages. */
  describe(keys: Keys<K>): string
  /** Those whose turn can't come before this one, which has come, is over. */
  heldUpBy(turn: Turn<K>): readonly Turn<K>[]
}

/** Somebody's turn to write some keys: it waits until it has come, and then lasts until the keys are written. */
export class Turn<K> implements Party {
  readonly keys: Keys<K>
  readonly manner: string = 'compute'
  readonly course: Course = new Course()
  readonly session: SessionPeer = currentSession()
  sinceMs: number = performance.now()
  readonly #turns: Turns<K>
  readonly #waiters = new WaitQueue<void>()
  #state: 'waits' | 'has come' | 'is over' = 'waits'

  constructor(keys: Keys<K>, turns: Turns<K>) {
    this.keys = keys
    this.#turns = turns
  }

  get label(): string {
    return this.#turns.describe(this.keys)
  }

  get isWaiting(): boolean {
    return this.#state === 'waits'
  }

  get isKeeping(): boolean {
    return this.#state === 'has come'
  }

  get mayBeTurnedAway(): boolean {
    return this.isWaiting
  }

  holdsUp(): readonly Party[] {
    if (this.isKeeping) return this.#turns.heldUpBy(this)
    return this.isWaiting ? keepers.around(this).filter(({ isKeeping }) => isKeeping) : []
  }

  turnAway(reason: Error): void {
    this.#waiters.rejectAll(reason)
  }

  /** Resolves when it has come. @throws (as a rejection) as `WaitQueue.wait`, and what it is turned away with */
  async wait(): Promise<void> {
    await this.#waiters.wait(undefined)
  }

  /** It has come. */
  begin(): void {
    this.#state = 'has come'
    this.sinceMs = performance.now()
    keepers.add(this)
    this.#waiters.resolveFirst()
  }

  /** Runs `body` as what happens within this turn. */
  run<T>(body: () => T): T {
    return this.course.surround(body)
  }

  /** It is over, or will never come. */
  end(): void {
    if (this.isKeeping) keepers.delete(this)
    this.#state = 'is over'
  }
}
