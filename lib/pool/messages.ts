import type { Marshalled } from '../process/marshal.ts'
import type { PackedList } from '../process/marshal-list.ts'
import type { Target } from '../process/target.ts'

/** What a pool calls once in each of its workers, before any task. */
export interface Initializer {
  readonly target: Target
  readonly args: Marshalled
}

/** A function that workers call with values. */
export interface PoolTarget extends Target {
  /** Whether each value is the list of arguments; else it is the only argument. */
  readonly isSpread: boolean
}

/** What a pool tells a worker: `begin` first, then one `run` after the other. */
export type PoolMessage =
  | {
      readonly kind: 'begin'
      /** The modules that register classes and transformers of values. */
      readonly modules: readonly string[]
      readonly initializer: Initializer | undefined
    }
  | {
      readonly kind: 'run'
      /** The number of the function. */
      readonly fn: number
      /** The function, the first time that this worker is to call it. */
      readonly target: PoolTarget | undefined
      /** Each is answered before the next one begins. */
      readonly chunks: readonly PackedChunk[]
    }

/** What a worker answers: `ready` or `refused` to `begin`; to `run` one `ran` for each chunk, in order. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly error: Marshalled }
  /** How the calls of a chunk ended, in their order, in lists of the same lengths. */
  | { readonly kind: 'ran'; readonly results: PackedChunk }
  /** The last ones of the chunks, `count` of them, will not be begun: those before them take long. */
  | { readonly kind: 'returned'; readonly count: number }

/** The values of a chunk, of some calls at a time. */
export type PackedChunk = readonly PackedList[]

/** What each of some calls has returned, or a `Failure`. */
export type Results = readonly unknown[]
