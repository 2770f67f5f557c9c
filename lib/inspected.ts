import type { SessionPeer } from './call-context.ts'

/** The method by which the object behind a referent tells who has it: locks and semaphores do. */
export const holdersOf: unique symbol = Symbol.for('referent.holders')

/** One who has a lock or a permit. */
export interface Holder {
  readonly session: SessionPeer
  /** Since when, by `performance.now()`. */
  readonly sinceMs: number
}

/** An object that somebody has for a while. `manager.inspect()` shows by whom. */
export interface Held {
  /** Called by the server while it is inspected: it must not wait, nor change anything. */
  [holdersOf](): Iterable<Holder>
}
