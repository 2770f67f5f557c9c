import type { SessionPeer } from '../../call-context.ts'
import type { Course } from './course.ts'

/** One that wants a lock, or keys, and waits until it has them; then it keeps them until what it does with them is over. */
export interface Party {
  readonly course: Course
  /** Who it is. */
  readonly session: SessionPeer
  /** What it wants or keeps, for messages. */
  readonly label: string
  /** How it keeps that, for messages. */
  readonly manner: string
  /** Since when it has waited, or kept it, by `performance.now()`. */
  readonly sinceMs: number
  readonly isWaiting: boolean
  readonly isKeeping: boolean
  /** Whether its wait can be ended: who waits to have back what it held would go on without it. */
  readonly mayBeTurnedAway: boolean
  /**
   * Who can't go on before this one does. Of one that keeps something: those that want it, and those behind them in the
   * line. Of one that waits: those in whose functions it does so; nobody where its wait ends by itself.
   * @param isCertain whether only those count of whom that is sure
   */
  holdsUp(isCertain: boolean): Iterable<Party>
  /** Ends its wait. */
  turnAway(reason: Error): void
}
