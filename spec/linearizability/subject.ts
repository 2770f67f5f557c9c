import type { Random } from '../references/chaos/random.ts'
import type { Verdict } from './checker.ts'

/** What one process asked of an object, and what came of it. */
export interface RecordedCall<R, O> {
  readonly request: R
  readonly calledAt: bigint
  /** Undefined where none came: the process was killed. */
  readonly answer: { readonly outcome: O; readonly at: bigint } | undefined
}

/** All that one process asked of an object, one call after the other. */
export interface Record<R, O> {
  readonly process: number
  readonly calls: readonly RecordedCall<R, O>[]
  readonly wasKilled: boolean
}

/** A kind of object whose histories are recorded and checked. Requests and outcomes are written down as JSON. */
export interface Subject<P, R, O> {
  /** What a process asks, as the seed and the outcomes have it. */
  requests(random: Random, process: number): Generator<R, void, O>
  perform(proxy: P, request: R): Promise<O>
  check(records: readonly Record<R, O>[]): Verdict<unknown>
}
