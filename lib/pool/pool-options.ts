import {
  type Check,
  type Checks,
  isAnything,
  isArray,
  isBoolean,
  isFunction,
  isWhole,
  type RemoteArg,
  type RemoteArgs,
  type RemoteValue,
  waitChecks,
} from '../extension.ts'
import { childChecks, type ChildOptions } from '../process/child.ts'
import type { NamedTarget } from '../process/target.ts'
import type { ProgressListener } from './progress.ts'

export type AnyFunction = (...args: never[]) => unknown

export interface PoolOptions extends ChildOptions {
  /** How many workers there are at most. As many as the machine runs at once (`os.availableParallelism()`) unless given. */
  readonly processes?: number
  /**
   * How many worker threads of this process there are at most, in place of worker processes: Python's `ThreadPool`, but each
   * has its own memory and runs beside the others. They take less time to start, and less memory. What ends a process, such
   * as a crash of native code or the lack of memory, ends this one. A thread that is within a synchronous system call, such
   * as `execSync`, is ended after that.
   */
  readonly threads?: number
  /** Called once in each worker before any task; named as the function of a `Process`. */
  readonly initializer?: AnyFunction | NamedTarget
  readonly initializerArgs?: readonly unknown[]
  /**
   * After how many calls a worker is replaced by a fresh one, when the chunk it is in has ended. Without bound unless given.
   * Python's `maxtasksperchild`, which counts chunks.
   */
  readonly maxTasksPerChild?: number
}

const isWholeOrInfinite: Check = (name, value) => {
  if (value !== Infinity) isWhole(1)(name, value)
}

export const poolChecks: Checks<PoolOptions> = {
  ...childChecks,
  processes: isWhole(1),
  threads: isWhole(1),
  initializer: isAnything,
  initializerArgs: isArray,
  maxTasksPerChild: isWholeOrInfinite,
}

/** How long the caller of a task waits. A call that is cancelled while it runs is ended together with its worker. */
export interface TaskOptions {
  /** Cancels when it aborts: rejects with `ABORTED`. */
  readonly signal?: AbortSignal
  /** Cancels after this time, that in the queue included: rejects with `TIMEOUT`. 0, or absent: never. */
  readonly timeoutMs?: number
}

interface SettleOption {
  /** `true`: the results are how each item ended, like those of `Promise.allSettled`; else the first error is thrown. */
  readonly settle?: boolean
}

interface ProgressOption {
  /**
   * Called with how far the calls have come, each time that this has changed, but once every 50 ms at most, and at the
   * end: of `map` and `starmap`, before they resolve or reject. It goes by chunks. What it throws is an uncaught error of
   * the program; the calls go on. It runs in the async context of the call that it was given to.
   */
  readonly onProgress?: ProgressListener
}

export interface MapOptions extends TaskOptions, SettleOption, ProgressOption {
  /**
   * How many calls a worker gets at once. Unless given, as many as make four chunks for each worker, and with
   * `onProgress` a hundred at least.
   */
  readonly chunkSize?: number
}

export interface ImapOptions extends SettleOption, ProgressOption {
  /** How many calls a worker gets at once; their results arrive together. 1 unless given. */
  readonly chunkSize?: number
  /** Ends the iteration when it aborts: it throws `ABORTED`. */
  readonly signal?: AbortSignal
}

const itemChecks = { settle: isBoolean, chunkSize: isWhole(1), onProgress: isFunction }
export const mapChecks: Checks<MapOptions> = { ...waitChecks, ...itemChecks }
export const imapChecks: Checks<ImapOptions> = { signal: waitChecks.signal, ...itemChecks }

/** How one item's call ended, and which item that is. */
export type Settled<R> = (PromiseFulfilledResult<R> | { status: 'rejected'; reason: unknown }) & {
  /** The place of the item in the input, from 0. */
  readonly index: number
}

/** What the function makes of one item, or how that ended. */
export type PoolResult<F extends AnyFunction, O = unknown> = O extends { readonly settle: true }
  ? Settled<RemoteValue<Awaited<ReturnType<F>>>>
  : RemoteValue<Awaited<ReturnType<F>>>

/** What a function may be called with. Of one that is only named, neither arguments nor results are known. */
type Item<F extends AnyFunction> = [Parameters<F>[0]] extends [never] ? unknown : RemoteArg<Parameters<F>[0]>
export type Items<F extends AnyFunction> = Iterable<Item<F>> | AsyncIterable<Item<F>>
export type Args<F extends AnyFunction> =
  never[] extends Parameters<F> ? readonly unknown[] : Readonly<RemoteArgs<Parameters<F>>>
