import {
  assertOptions,
  callSite,
  type Checks,
  currentCall,
  Exposed,
  isListOf,
  isText,
  Shared,
  shown,
} from '../extension.ts'
import type { ChildOptions } from '../process/child.ts'
import { AllowedModules } from './allowed-modules.ts'
import { Pool } from './pool.ts'
import { type ImapOptions, type MapOptions, poolChecks, type PoolOptions, type TaskOptions } from './pool-options.ts'
import { isNamed, modulesHere, type NamedTarget } from '../process/target.ts'

export interface SharedPoolOptions
  extends ChildOptions, Pick<PoolOptions, 'processes' | 'threads' | 'maxTasksPerChild'> {
  /**
   * The modules whose functions it runs, as `file:` URLs or absolute paths. Unless given: those of the program that
   * creates it, which are its main module and those that register classes or managers' types.
   */
  readonly modules?: readonly string[]
  /** Called once in each worker before any task; a function of one of the modules. */
  readonly initializer?: NamedTarget
  readonly initializerArgs?: readonly unknown[]
}

const sharedPoolChecks: Checks<SharedPoolOptions> = { ...poolChecks, modules: isListOf(isText) }

/**
 * A `Pool` that lives in a server, and that all who have its proxy share; Python's `SyncManager.Pool`. Functions are
 * given by name, `{ module: import.meta.url, name: 'work' }`: passed by itself, one would be called back in the program
 * it came from. Whoever has the proxy may have any export of the pool's modules called, with any arguments, and nothing of
 * other modules: `FORBIDDEN`. All else is like in a `Pool`.
 *
 * A task whose caller is gone, or cancels it, ends like one whose signal aborts. An object of the pool's own server can't be
 * among the arguments: it would be that object itself. Pass `refOf(proxy)`, to which the function attaches. The pool is
 * terminated when nobody holds its proxy any more; one that another object of the server was given is closed when that has
 * dropped it too, and the garbage collector finds it.
 */
@Shared({ module: 'referent', typeid: 'SharedPool' })
export class SharedPool implements AsyncDisposable {
  static readonly #dropped = new FinalizationRegistry<Pool>((pool) => void pool.close())
  readonly #pool: Pool
  readonly #allowed: AllowedModules

  /**
   * @throws like `new Pool`; TypeError for an initializer that isn't named; ManagerError `FORBIDDEN` for that of another
   *   module
   */
  constructor(options?: SharedPoolOptions) {
    assertOptions('a SharedPool', options, sharedPoolChecks)
    const { initializer, modules, ...rest } = options ?? {}
    this.#allowed = new AllowedModules(modules ?? modulesHere(callSite(new.target as unknown as () => void)))
    this.#pool = new Pool(initializer === undefined ? rest : { ...rest, initializer: this.#named(initializer) })
    SharedPool.#dropped.register(this, this.#pool)
  }

  /** How many workers it has at most. */
  @Exposed
  get size(): number {
    return this.#pool.size
  }

  /** The processes of the workers that there are now; for each thread, that of the server. */
  @Exposed
  get pids(): number[] {
    return this.#pool.pids
  }

  /** One call; its result. @throws (as a rejection) like `Pool.apply`; TypeError for a function that isn't named */
  @Exposed
  async apply(fn: NamedTarget, args: readonly unknown[] = [], options: TaskOptions = {}): Promise<unknown> {
    return this.#pool.apply(this.#named(fn), args, cancelledWithCall(options))
  }

  /** Calls with each item; the results in order. @throws (as a rejection) like `Pool.map` */
  @Exposed
  async map(fn: NamedTarget, items: Iterable<unknown>, options: MapOptions = {}): Promise<unknown[]> {
    return this.#pool.map(this.#named(fn), items, cancelledWithCall(options))
  }

  /** Like `map`; each item is an array of arguments. */
  @Exposed
  async starmap(
    fn: NamedTarget,
    argTuples: Iterable<readonly unknown[]>,
    options: MapOptions = {},
  ): Promise<unknown[]> {
    return this.#pool.starmap(this.#named(fn), argTuples, cancelledWithCall(options))
  }

  /**
   * Like `Pool.imap`; what is iterated over may be a stream of the caller's. Where a signal is given, to leave the
   * iteration is to abort it.
   */
  @Exposed
  async *imap(
    fn: NamedTarget,
    items: Iterable<unknown> | AsyncIterable<unknown>,
    options: ImapOptions = {},
  ): AsyncGenerator<unknown, void, undefined> {
    yield* this.#pool.imap(this.#named(fn), items, cancelledWithSession(options))
  }

  /** Like `imap`, but yields results as they come. */
  @Exposed
  async *imapUnordered(
    fn: NamedTarget,
    items: Iterable<unknown> | AsyncIterable<unknown>,
    options: ImapOptions = {},
  ): AsyncGenerator<unknown, void, undefined> {
    yield* this.#pool.imapUnordered(this.#named(fn), items, cancelledWithSession(options))
  }

  /** Takes no more tasks; resolves when those that there are have ended. */
  @Exposed
  async close(): Promise<void> {
    await this.#pool.close()
  }

  /** Ends the workers at once: tasks of all callers reject with `SHUTTING_DOWN`. */
  @Exposed
  async terminate(): Promise<void> {
    await this.#pool.terminate()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.terminate()
  }

  #named(fn: unknown): NamedTarget {
    if (isNamed(fn)) return this.#allowed.check(fn)
    const given = typeof fn === 'function' ? 'a function itself' : shown(fn)
    throw new TypeError(
      `a SharedPool was given ${given}; name an exported function: { module: import.meta.url, name: 'work' }`,
    )
  }
}

/**
 * What a `create` sends: a pool whose modules aren't said may run those of the program that creates it.
 * @param callee the running function that was called to create it
 */
export function withModules(
  type: unknown,
  args: readonly unknown[],
  callee: (...args: never[]) => unknown,
): readonly unknown[] {
  if (type !== SharedPool && type !== 'SharedPool') return args
  const [options = {}, ...rest] = args
  const isUnsaid = typeof options === 'object' && options !== null && !('modules' in options)
  return isUnsaid ? [{ ...options, modules: modulesHere(callSite(callee)) }, ...rest] : args
}

/** Nobody waits for the task any more where its caller cancels the call, or is gone. */
function cancelledWithCall<O extends TaskOptions>(options: O): O {
  return withSignal(options, currentCall()?.signal)
}

/** An iteration that its caller leaves is over anyway, but one whose caller is gone may hold workers. */
function cancelledWithSession<O extends ImapOptions>(options: O): O {
  return withSignal(options, currentCall()?.session.ended)
}

/** A signal that the caller gave is that of the call, which is there already. */
function withSignal<O extends { readonly signal?: AbortSignal }>(options: O, signal: AbortSignal | undefined): O {
  return signal === undefined || options.signal !== undefined ? options : { ...options, signal }
}
