import type { PackedList } from '../process/marshal-list.ts'
import type { Target } from '../process/target.ts'

/** What a pool calls once in each of its workers, before any task. */
export interface Initializer {
  readonly target: Target
  /** One value, the array of its arguments. */
  readonly args: PackedList
}

/** A function that workers call with values. */
export interface PoolTarget extends Target {
  /** Whether each value is the list of arguments; else it is the only argument. */
  readonly isSpread: boolean
}

/** What a pool tells a worker: `begin` first, then one `run` after the other. */
export type PoolMessage = Begin | Run

export type Begin = readonly [
  kind: 'begin',
  /** A `Start` as JSON. */
  start: string,
  /** One value, the arguments of the initializer. */
  args: PackedList,
]

export type Run = readonly [
  kind: 'run',
  /** The number of the function. */
  fn: number,
  /** A `PoolTarget` as JSON: the function, the first time that this worker is to call it. */
  target: string | undefined,
  /** The values of each chunk, which is answered before the next one begins. */
  ...chunks: readonly PackedList[],
]

export interface Start {
  /** Those that register classes and transformers of values. */
  readonly modules: readonly string[]
  readonly initializer?: Target | undefined
}

/** What a worker answers: `ready` or `refused` to `begin`; to `run` one `ran` for each chunk, in order. */
export type WorkerMessage =
  | readonly [kind: 'ready']
  /** A list of a `Failure`. */
  | readonly [kind: 'refused', error: PackedList]
  /** How long the calls of a chunk took, and how they ended, in their order. */
  | readonly [kind: 'ran', ms: number, results: PackedList]
  /** The last ones of the chunks, `count` of them, will not be begun: those before them take long. */
  | readonly [kind: 'returned', count: number]

/** What each of some calls has returned, or a `Failure`. */
export type Results = readonly unknown[]
