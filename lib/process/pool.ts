import { availableParallelism } from 'node:os'
import { callSite } from '../decorators/call-site.ts'
import { refuseWhileImporting } from '../main-module.ts'
import { longestTimerMs, withTimeLimit } from '../patience.ts'
import { pack } from './parcel.ts'
import { Batch } from './pool/batch.ts'
import { Course } from './pool/course.ts'
import { Functions, isNamed, type PoolFunction } from './pool/functions.ts'
import { Input } from './pool/input.ts'
import type { Initializer } from './pool/messages.ts'
import { type Outcomes, settled, valuesOf } from './pool/outcomes.ts'
import type { Calls } from './pool/piece.ts'
import type {
  AnyFunction,
  Args,
  ImapOptions,
  Item,
  Items,
  MapOptions,
  PoolOptions,
  PoolResult,
  TaskOptions,
} from './pool/pool-options.ts'
import { Scheduler } from './pool/scheduler.ts'
import { WorkerProcess } from './pool/worker-process.ts'
import { WorkerThread } from './pool/worker-thread.ts'
import type { NamedTarget } from './process.ts'
import { targetOf } from './target.ts'

/** How many chunks for each worker may be on their way, or wait to be read, in an `imap`. */
const lookAhead = 4

/**
 * Worker processes, or threads, that call functions for this program: Python's `multiprocessing.Pool`. Functions are named
 * as for `Process`: an export of the module that makes the call, or `{ module, name }`. Arguments and results cross by copy,
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
  constructor(options: PoolOptions = {}) {
    refuseWhileImporting('new Pool')
    const { threads, processes, maxTasksPerChild = Infinity, execArgv, env } = options
    if (threads !== undefined && processes !== undefined)
      throw new TypeError('a Pool has processes or threads, not both: give one of the two')
    this.size =
      threads === undefined ? count('processes', processes ?? availableParallelism()) : count('threads', threads)
    const Runs = threads === undefined ? WorkerProcess : WorkerThread
    this.#scheduler = new Scheduler({
      size: this.size,
      start: (modules) => new Runs(modules, { execArgv, env }),
      initializer: initializerOf(options, callSite(new.target as unknown as AnyFunction)),
      maxCalls: maxTasksPerChild === Infinity ? Infinity : count('maxTasksPerChild', maxTasksPerChild),
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
    options: TaskOptions = {},
  ): Promise<PoolResult<F>> {
    const target = this.#find(fn, 'apply')
    const outcomes = await this.#outcomes(target, { values: [args], areSpread: true }, 1, options)
    return valuesOf(outcomes)[0] as PoolResult<F>
  }

  /**
   * Calls the function with each item. Resolves with the results, in order, when all calls have ended; then rejects
   * with the error of the first item that has one. Each item fails by itself, but for a worker's loss, which fails all
   * of the chunk.
   *
   * The items are copied at once, of a long input by and by: it leaves the event loop to others every ten milliseconds.
   * @throws (as a rejection) as `apply`; RangeError for a `chunkSize` that can't be
   */
  async map<F extends AnyFunction, const O extends MapOptions = MapOptions>(
    fn: F | NamedTarget,
    items: Iterable<Item<F>>,
    options?: O,
  ): Promise<PoolResult<F, O>[]> {
    const target = this.#find(fn, 'map')
    return this.#map(target, { values: [...items], areSpread: false }, options)
  }

  /** As `map`, for functions of several arguments: each item is an array of them. */
  async starmap<F extends AnyFunction, const O extends MapOptions = MapOptions>(
    fn: F | NamedTarget,
    argTuples: Iterable<Args<F>>,
    options?: O,
  ): Promise<PoolResult<F, O>[]> {
    const target = this.#find(fn, 'starmap')
    return this.#map(target, { values: [...argTuples], areSpread: true }, options)
  }

  /**
   * As `map`, lazily: yields the results in order, and takes of the items, which may be endless, only four chunks for
   * each worker more than were read. Nothing is taken before the iteration begins.
   *
   * The first error ends the iteration; with `settle` it goes on, and yields how each item ended. Who leaves it leaves
   * the input too: calls that wait are not made. What the input throws is thrown after the results of what came before.
   * @throws TypeError, RangeError at once; in the iteration as `map`
   */
  imap<F extends AnyFunction, const O extends ImapOptions = ImapOptions>(
    fn: F | NamedTarget,
    items: Items<F>,
    options?: O,
  ): AsyncGenerator<PoolResult<F, O>, void, undefined> {
    return this.#imap(this.#find(fn, 'imap'), items, options, true)
  }

  /** As `imap`, but yields results as they come; with `settle`, each says which item it is of. */
  imapUnordered<F extends AnyFunction, const O extends ImapOptions = ImapOptions>(
    fn: F | NamedTarget,
    items: Items<F>,
    options?: O,
  ): AsyncGenerator<PoolResult<F, O>, void, undefined> {
    return this.#imap(this.#find(fn, 'imapUnordered'), items, options, false)
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

  /** @param method what the program calls: the function is where that call is */
  #find(fn: unknown, method: 'apply' | 'map' | 'starmap' | 'imap' | 'imapUnordered'): PoolFunction {
    return this.#functions.of(fn, isNamed(fn) ? undefined : callSite(this[method]))
  }

  async #map<R>(fn: PoolFunction, calls: Calls, options: MapOptions = {}): Promise<R[]> {
    const { chunkSize = Math.max(1, Math.ceil(calls.values.length / (this.size * 4))), settle = false } = options
    const outcomes = await this.#outcomes(fn, calls, count('chunkSize', chunkSize), options)
    return (settle ? [...settled(outcomes)] : valuesOf(outcomes)) as R[]
  }

  async #outcomes(
    fn: PoolFunction,
    calls: Calls,
    chunkSize: number,
    { signal, timeoutMs = 0 }: TaskOptions,
  ): Promise<Outcomes> {
    const batch = new Batch(this.#scheduler, fn, calls, chunkSize)
    const limitMs = timeoutMs > longestTimerMs ? 0 : timeoutMs
    return this.#scheduler.admit(() =>
      signal === undefined && limitMs === 0 ? batch.run() : withTimeLimit(limitMs, (limit) => batch.run(limit), signal),
    )
  }

  #imap<R>(
    fn: PoolFunction,
    items: Iterable<unknown> | AsyncIterable<unknown>,
    { chunkSize = 1, settle = false, signal }: ImapOptions = {},
    isOrdered: boolean,
  ): AsyncGenerator<R, void, undefined> {
    const input = new Input(items, count('chunkSize', chunkSize))
    const course = new Course(input, {
      scheduler: this.#scheduler,
      fn,
      isOrdered,
      window: this.size * lookAhead,
      signal,
    })
    return (settle ? course.settled() : course.values()) as AsyncGenerator<R, void, undefined>
  }
}

function initializerOf(
  { initializer, initializerArgs = [] }: PoolOptions,
  module: string | undefined,
): Initializer | undefined {
  if (initializer === undefined) return undefined
  const target = isNamed(initializer) ? initializer : targetOf(initializer, module, 'the initializer of a Pool')
  return { target, args: pack(initializerArgs) }
}

function count(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new RangeError(`${name} is ${value}; it must be a whole number of 1 or more`)
}
