import { deliveryOf, type SessionPeer } from '../../call-context.ts'
import type { WaitOptions } from '../wait-queue.ts'
import { Course, currentSession } from '../waits/course.ts'
import { keepers } from '../waits/keepers.ts'
import type { Party } from '../waits/party.ts'

/** Whether others may have the lock at the same time that ask for it in the same way. */
export type Mode = 'exclusive' | 'shared'

/**
 * How a lock is asked for, and so what ends it: `acquire` is ended by a release of the session, or with that; `hold` by the
 * guard; `run` by the function that runs.
 */
export type Manner = 'acquire' | 'hold' | 'run'

/** What is claimed: a lock, seen from its claims. */
export interface Place {
  /** What messages call it. */
  readonly label: string
  /** Whether only those can free it who hold it: who waits for it waits for them. */
  readonly isOwned: boolean
  /** Those who can't have it before this claim, which is held, is given back. */
  heldUpBy(claim: Claim): readonly Claim[]
  /** What the session of this claim, which waits, is likely to keep until that wait is over. */
  keptBySessionOf(claim: Claim): readonly Claim[]
  /** Gives up a claim, held or waiting; `isAbandoned`: because its owner is gone. Does nothing to one that is over. */
  leave(claim: Claim, isAbandoned?: boolean): void
  /** Ends the wait of a claim. */
  turnAway(claim: Claim, reason: Error): void
}

/** What one party has to do with one lock, from when it asks for it until it has given it back. */
export class Claim implements Party {
  readonly place: Place
  readonly manner: Manner
  readonly mode: Mode
  /** Whether its wait has an end of its own. */
  readonly isBounded: boolean
  readonly session: SessionPeer = currentSession()
  readonly course: Course = new Course()
  /** `suspended`: a condition's waiter has given the lock back for a while; `returning`: it waits to have it again. */
  state: 'waiting' | 'held' | 'suspended' | 'returning' | 'over' = 'waiting'
  /** Grows with each hold of the lock: `SharedHold.token`. */
  token = 0
  /** Whether it has the lock from one that died. */
  isAbandoned = false
  /** When it came to its state, by `performance.now()`. */
  sinceMs: number = performance.now()

  constructor(place: Place, manner: Manner, mode: Mode, { timeoutMs }: WaitOptions) {
    this.place = place
    this.manner = manner
    this.mode = mode
    this.isBounded = timeoutMs !== undefined
  }

  get label(): string {
    return this.place.label
  }

  get isWaiting(): boolean {
    return this.state === 'waiting' || this.state === 'returning'
  }

  get isKeeping(): boolean {
    return this.state === 'held'
  }

  get mayBeTurnedAway(): boolean {
    return this.state === 'waiting'
  }

  holdsUp(isCertain: boolean): readonly Party[] {
    if (this.isKeeping) return this.place.heldUpBy(this)
    if (!this.isWaiting || this.isBounded) return []
    const around = keepers.around(this).filter(({ isKeeping }) => isKeeping)
    return isCertain ? around : [...around, ...this.place.keptBySessionOf(this)]
  }

  turnAway(reason: Error): void {
    this.place.turnAway(this, reason)
  }

  /** Whether it comes from inside of the function that holds `outer` by `run`. This is never wrong. */
  isInside(outer: Claim): boolean {
    return outer.manner === 'run' && this.course.isWithin(outer.course)
  }

  /**
   * Whether it comes from the session that holds `other`, and from no other function of a `run`. A session may do several
   * things at once: then it may come from another one of them.
   */
  isOfSameSession(other: Claim): boolean {
    if (other.manner === 'run' || other.session !== this.session) return false
    const { callers } = this.course
    return other.course.callers.every((id) => callers.includes(id))
  }

  /** Whether who asks for this one is taken for the holder of `other`. */
  belongsWith(other: Claim): boolean {
    return this.isInside(other) || this.isOfSameSession(other)
  }

  /** Runs `body` inside of it. */
  surround<T>(body: () => T): T {
    return this.course.surround(body)
  }

  become(state: Claim['state']): void {
    this.state = state
    this.sinceMs = performance.now()
  }

  /** Is given up where its caller never learns that it has it. To be called before the method of the call ends. */
  handOver(): void {
    void deliveryOf(this.course.call)?.then((isDelivered) => isDelivered || this.place.leave(this))
  }
}
