import { availableParallelism } from 'node:os'
import { assertOptions, callSite, isArray, refuseWhileImporting, waitChecks, withTimeLimit } from '../extension.ts'
import { ListPacker } from '../process/marshal-list.ts'
import { type NamedTarget, targetOf } from '../process/target.ts'
import { assertIterates, Input, isSync, type Iterating, readAll } from './input.ts'
import type { Initializer } from './messages.ts'
import {
  type AnyFunction,
  type Args,
  imapChecks,
  type ImapOptions,
  type Items,
  mapChecks,
  type MapOptions,
  poolChecks,
  type PoolOptions,
  type PoolResult,
  type TaskOptions,
} from './pool-options.ts'
import { listenerOf, type PendingMap, ProgressTracker } from './progress.ts'
import { type CallsOptions, makeCalls, ResultIterator } from './results.ts'
import { WorkerProcess, WorkerThread } from './runtime.ts'
import { Scheduler } from './scheduler.ts'
import { Functions, type PoolFunction, throwIfCancelled } from './tasks.ts'

/** How many chunks for each worker a `map` makes, and how many in all where its progress is listened to. */
const [chunksEach, chunksTracked] = [4, 100]

/** How many chunks for each worker may be on their way, or wait to be read, in an `imap`. */
const lookAhead = 4

/**
 * Worker processes, or threads, that call functions for this program: Python's `multiprocessing.Pool`. Functions are named
 * as for `Process`: an export of a module, or `{ module, name }`. Arguments and results cross by copy,
 * proxies in them live. What a function throws arrives as itself, with its class, code, cause and remote stack.
 *
 * Workers start when there are tasks for them, stay for the next ones, and end with the program, which an idle pool
 * doesn't keep alive. One that ends while it runs a task is replaced; its task rejects with `WORKER_LOST`. A task that
 * waits for a worker that can't start, three times in a row, rejects with `START_FAILED` and the cause.
 */
export class Pool implements AsyncDisposable {
  /** How many workers it has at most. */
  readonly size: number
  readonly #scheduler: Scheduler
  readonly #functions = new Functions()

  /**
   * @throws ManagerError `NOT_GUARDED`, `UNSERIALIZABLE` for an initializer's argument that can't cross; TypeError for
   * an initializer that no other process can find, and for both `processes` and `threads`; RangeError for a number that
   * can't be
   */
  constructor(options?: PoolOptions) {
    refuseWhileImporting('new Pool')
    assertOptions('new Pool', options, poolChecks)
    const { threads, processes, maxTasksPerChild = Infinity, execArgv, env } = options ?? {}
    if (threads !== undefined && processes !== undefined)
      throw new TypeError('a Pool has processes or threads, not both: give one of the two')
    this.size = threads ?? processes ?? availableParallelism()
    const Runs = threads === undefined ? WorkerProcess : WorkerThread
    this.#scheduler = new Scheduler({
      size: this.size,
      start: (modules) => new Runs(modules, { execArgv, env }),
      initializer: initializerOf(options, callSite(new.target as unknown as AnyFunction)),
      maxCalls: maxTasksPerChild,
    })
  }

  /** The processes of the workers that there are now; for each thread, this process. */
  get pids(): number[] {
    return this.#scheduler.pids
  }

  /**
   * One call. Resolves with its result. Python's `apply_async(...).get()`.
   * @throws (as a rejection) what the function throws; ManagerError `WORKER_LOST`, `TIMEOUT`, `ABORTED`,
   * `UNSERIALIZABLE`, `START_FAILED`, `SHUTTING_DOWN` once the pool is closed, and of a function that can't be found
   * `NOT_EXPORTED`, `MODULE_FAILED`; TypeError for what is no such function
   */
  async apply<F extends AnyFunction>(
    fn: F | NamedTarget,
    args: Args<F> | readonly [] = [],
    options?: TaskOptions,
  ): Promise<PoolResult<F>> {
    assertOptions('pool.apply', options, waitChecks)
    isArray('the list of arguments of pool.apply', args)
    const target = this.#find(fn, 'apply')
    const [result] = await this.#bounded(options, (signal) => this.#run(target, [args], { chunkSize: 1, signal }))
    return result as PoolResult<F>
  }

  /**
   * Calls the function with each item. Resolves with the results, in order, when all calls have ended; then rejects
   * with the error of the first item that has one. Each item fails by itself, but for a worker's loss, which fails all
   * of the chunk.
   *
   * The items are copied at once, of a long input by and by: it leaves the event loop to others every ten milliseconds.
   * All of an asynchronous input is read first.
   *
   * How far it has come is told to `onProgress`, and by the `progress()` of the promise that this returns.
   * @throws (as a rejection) like `apply`; TypeError for what can't be iterated over, RangeError for a `chunkSize` that
   * can't be; what the input throws
   */
  map<F extends AnyFunction, const O extends MapOptions = MapOptions>(
    fn: F | NamedTarget,
    items: Items<F>,
    options?: O,
  ): PendingMap<PoolResult<F, O>> {
    return this.#pending('map', fn, items, options)
  }

  /** Like `map`, for functions of several arguments: each item is an array of them. */
  starmap<F extends AnyFunction, const O extends MapOptions = MapOptions>(
    fn: F | NamedTarget,
    argTuples: Iterable<Args<F>> | AsyncIterable<Args<F>>,
    options?: O,
  ): PendingMap<PoolResult<F, O>> {
    return this.#pending('starmap', fn, argTuples, options)
  }

  /**
   * Like `map`, but lazy: yields the results in order, and takes of the items, which may be endless, only four chunks for
   * each worker more than were read. Nothing is taken before the iteration begins.
   *
   * The first error ends the iteration; with `settle` it goes on, and yields how each item ended. To leave it leaves the
   * input too: calls that wait are not made. What the input throws is thrown after the results of what came before.
   * @throws TypeError, RangeError at once; in the iteration, like `map`
   */
  imap<F extends AnyFunction, const O extends ImapOptions = ImapOptions>(
    fn: F | NamedTarget,
    items: Items<F>,
    options?: O,
  ): AsyncGenerator<PoolResult<F, O>, void, undefined> {
    return this.#imap('imap', fn, items, options)
  }

  /** Like `imap`, but yields results as they come; with `settle`, each says which item it is of. */
  imapUnordered<F extends AnyFunction, const O extends ImapOptions = ImapOptions>(
    fn: F | NamedTarget,
    items: Items<F>,
    options?: O,
  ): AsyncGenerator<PoolResult<F, O>, void, undefined> {
    return this.#imap('imapUnordered', fn, items, options)
  }

  /**
   * Takes no more tasks. Resolves when those that wait or run have ended, and then the workers. An iteration of `imap`
   * that would take more of its input throws `SHUTTING_DOWN`: read it to its end first. Idempotent, never rejects.
   */
  close(): Promise<void> {
    return this.#scheduler.close()
  }

  /** Ends the workers at once: tasks that wait or run reject with `SHUTTING_DOWN`. Resolves when the workers have ended. */
  terminate(): Promise<void> {
    return this.#scheduler.terminate()
  }

  /** Terminates, as the end of Python's `with Pool() as pool` does. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.terminate()
  }

  /** @param method what the program calls: the function may be where that call is */
  #find(fn: unknown, method: 'apply' | 'map' | 'starmap' | 'imap' | 'imapUnordered'): PoolFunction {
    const caller = typeof fn === 'function' ? callSite(this[method]) : undefined
    return this.#functions.of(fn, caller, method === 'apply' || method === 'starmap')
  }

  #pending<R>(method: 'map' | 'starmap', fn: unknown, items: unknown, options?: MapOptions): PendingMap<R> {
    const progress = new ProgressTracker()
    return progress.follow(this.#map(method, fn, items, progress, options))
  }

  async #map<R>(
    method: 'map' | 'starmap',
    fn: unknown,
    items: unknown,
    progress: ProgressTracker,
    options: MapOptions = {},
  ): Promise<R[]> {
    const target = this.#find(fn, method)
    assertOptions(`pool.${method}`, options, mapChecks)
    assertIterates(`pool.${method}`, items)
    const { onProgress, settle } = options
    if (onProgress !== undefined) progress.listen(listenerOf(onProgress))
    return this.#bounded(options, async (signal) => {
      const values = isSync(items) ? [...items] : await this.#readAll(target, items, signal)
      if (method === 'starmap') for (const args of values) isArray('an item of pool.starmap', args)
      progress.expect(values.length)
      const chunks = Math.max(this.size * chunksEach, onProgress === undefined ? 0 : chunksTracked)
      const { chunkSize = Math.max(1, Math.ceil(values.length / chunks)) } = options
      return (await this.#run(target, values, { chunkSize, settle, signal, progress })) as R[]
    })
  }

  #readAll(fn: PoolFunction, items: Iterating, signal: AbortSignal | undefined): Promise<unknown[]> {
    const check = (): void => {
      throwIfCancelled(fn, signal)
      this.#scheduler.assertOpen()
    }
    return readAll(items, check, signal)
  }

  /** @param body is called at once, with what cancels it where there is something that does */
  #bounded<T>({ signal, timeoutMs = 0 }: TaskOptions = {}, body: (signal?: AbortSignal) => Promise<T>): Promise<T> {
    return signal === undefined && timeoutMs === 0 ? body() : withTimeLimit(timeoutMs, body, signal)
  }

  #run(fn: PoolFunction, values: readonly unknown[], options: CallsOptions): Promise<unknown[]> {
    return this.#scheduler.admit(() => makeCalls(this.#scheduler, fn, values, options))
  }

  #imap<R>(
    method: 'imap' | 'imapUnordered',
    fn: unknown,
    items: unknown,
    options: ImapOptions = {},
  ): AsyncGenerator<R, void, undefined> {
    const target = this.#find(fn, method)
    assertOptions(`pool.${method}`, options, imapChecks)
    assertIterates(`pool.${method}`, items)
    const { chunkSize = 1, settle = false, signal, onProgress } = options
    const iterator = new ResultIterator(new Input(items, chunkSize), {
      scheduler: this.#scheduler,
      fn: target,
      isOrdered: method === 'imap',
      settle,
      window: this.size * lookAhead,
      signal,
      onProgress: onProgress && listenerOf(onProgress),
    })
    return iterator.results() as AsyncGenerator<R, void, undefined>
  }
}

function initializerOf(options: PoolOptions | undefined, caller: string | undefined): Initializer | undefined {
  const { initializer, initializerArgs = [] } = options ?? {}
  if (initializer === undefined) return undefined
  const target = targetOf(initializer, caller, 'the initializer of a Pool')
  const packer = new ListPacker()
  packer.add(initializerArgs, 'arguments')
  return { target, args: packer.list }
}
