import type { Marshalled } from '../process/marshal.ts'
import type { Packed, PackedList } from './packed.ts'
import type { Target } from '../process/target.ts'

/** What a pool calls once in each of its workers, before any task. */
export interface Initializer {
  readonly target: Target
  readonly args: Marshalled
}

/** What a pool tells a worker over its IPC channel: `begin` first, then one `run` after the other. */
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
      /** Where the function is, the first time that this worker is to run it. */
      readonly target: Target | undefined
      /**
       * The chunks, each answered before the next one begins. Of each its calls, a few at a time: the arguments of each call,
       * or of those in one text, what they are made with.
       */
      readonly chunks: readonly (readonly PackedList[])[]
      /** Whether the values of a text are arrays of arguments; else each is the only argument. */
      readonly areSpread: boolean
    }

/** What a worker answers: `ready` or `refused` to `begin`, `ran` to `run`. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly error: Marshalled }
  /** The answers to the calls of a chunk, in their order and at a time as these. */
  | { readonly kind: 'ran'; readonly answers: readonly Answers[] }
  /** So many chunks, the last ones, will not be begun: those before them take long. */
  | { readonly kind: 'returned'; readonly count: number }

/** What some calls have returned or thrown, each its own; as one text where each has returned what JSON keeps. */
export type Answers = PackedList<Answer>

/** What a call has returned, or thrown. */
export type Answer = Packed | { readonly error: Marshalled }
