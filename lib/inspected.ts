import type { SessionPeer } from './call-context.ts'

/** The method by which the object behind a referent tells who has it: locks, semaphores and queues do. */
export const holdersOf: unique symbol = Symbol.for('referent.holders')

/** The method by which the object behind a referent tells how it stands: how many items it has, how many calls wait. */
export const stateOf: unique symbol = Symbol.for('referent.state')

/** One who has a lock, a permit, or items of a queue. */
export interface Holder {
  readonly session: SessionPeer
  /** Since when, by `performance.now()`. */
  readonly sinceMs: number
  /** What it has, or by what method, in words. */
  readonly what?: string | undefined
  /** What it has that for: what else it holds meanwhile, in words. */
  readonly within?: string | undefined
  /** The W3C trace context of the call by which it has it. */
  readonly traceparent?: string | undefined
}

/** An object that somebody has for a while. `manager.inspect()` shows by whom. */
export interface Held {
  /** Called by the server while it is inspected: it must not wait, nor change anything. */
  [holdersOf](): Iterable<Holder>
}

export type State = Readonly<Record<string, string | number | boolean>>

/** An object that tells how it stands. `manager.inspectReferent()` shows it. */
export interface Stateful {
  /** Called by the server while it is inspected: it must not wait, nor change anything. */
  [stateOf](): State
}
