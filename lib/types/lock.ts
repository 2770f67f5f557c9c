import {
  Exposed,
  type Held,
  type Holder,
  holdersOf,
  isProxy,
  type remoteMembers,
  Shared,
  type State,
  type Stateful,
  stateOf,
  type WaitOptions,
} from '../extension.ts'
import { acquire, hold, type HoldInfo, release, run, type SharedHold } from './hold.ts'
import { holderOf } from './locks/wait-graph.ts'
import { LockCore, type LockOptions, type LockRequest, type LockRule } from './locks/lock-core.ts'

/** `run` as proxies have it. */
export interface RemoteRun {
  run<T>(fn: (hold: HoldInfo) => T | Promise<T>, options?: WaitOptions): Promise<T>
}

/** What can be seen of every lock. */
abstract class LockBase implements Held, Stateful {
  protected readonly core: LockCore

  constructor(core: LockCore) {
    this.core = core
  }

  *[holdersOf](): Generator<Holder> {
    for (const held of this.core.held) yield holderOf(held, isReader(held) ? `${held.via} to read` : held.via)
  }

  [stateOf](): State {
    return { held: this.core.held.size, waiting: this.waiting }
  }

  /** How many wait for it, in either way where there are two. */
  @Exposed
  get waiting(): number {
    return this.core.waiting
  }

  /** The token of the newest holder, as `SharedHold.token`, a reader's too; undefined while nobody holds it. */
  @Exposed
  get token(): number | undefined {
    return this.core.newest?.token
  }

  /** Whether that one has it from one that died, as `SharedHold.abandoned`. */
  @Exposed
  get wasAbandoned(): boolean {
    return this.core.newest?.isAbandoned === true
  }
}

/**
 * What all locks do that are held in one way only. Waits are served in the order of their arrival, and bounded by their own
 * `timeoutMs`, not by the manager's `callTimeoutMs`.
 */
export abstract class Lockable extends LockBase {
  /** @internal */
  declare readonly [remoteMembers]?: RemoteRun

  /** @internal The core of a lock of this process, for a condition over it; undefined for a proxy. */
  static coreOf(lock: Lockable): LockCore | undefined {
    return isProxy(lock) ? undefined : lock.core
  }

  /**
   * Waits for the lock. Resolves with true once the caller's session holds it, until `release` or the end of the session;
   * with false when `timeoutMs` passed before (0: where it isn't free). Python's `acquire(timeout=)`. A wait that was
   * aborted or timed out never has the lock, not even when that crosses with its answer.
   *
   * Code of the serving process that uses the lock itself does so for the session whose call it carries out; outside of a
   * call, all of it is one owner.
   * @throws ManagerError `ABORTED`, `DEADLOCK`; RangeError for a time that can't be
   */
  @Exposed({ timeoutMs: 0 })
  acquire(options?: WaitOptions): boolean | Promise<boolean> {
    return acquire(this.core, 'exclusive', options)
  }

  /**
   * Gives back what the caller's session has acquired, the last of it first, and so to the first wait.
   * @throws ManagerError `NOT_HELD` where it has acquired nothing; what `hold` and `run` have isn't given back by this
   */
  @Exposed
  release(): void {
    release(this.core, 'exclusive')
  }

  /**
   * Waits for the lock, and has it until the guard is released, or its last reference goes: `await using guard = await
   * lock.hold()`. The guard may be passed on to other processes.
   * @throws ManagerError `TIMEOUT` when `timeoutMs` passed before, `ABORTED`, `DEADLOCK`
   */
  @Exposed({ timeoutMs: 0 })
  hold(options?: WaitOptions): SharedHold | Promise<SharedHold> {
    return hold(this.core, 'exclusive', options)
  }

  /**
   * Runs the function, where it came from, while the lock is held, and resolves or rejects as it does. The lock is given
   * back when the function has ended, or its process has. The options bound the wait for the lock, not the function: when
   * the signal aborts, the caller waits no longer, but the lock stays held until the function has ended.
   * @throws ManagerError `TIMEOUT` when `timeoutMs` passed before the lock was had, `ABORTED`, `DEADLOCK`
   */
  @Exposed({ timeoutMs: 0 })
  run<T>(fn: (hold: HoldInfo) => T | Promise<T>, options?: WaitOptions): Promise<T> {
    return run(this.core, 'exclusive', fn, options)
  }

  /** Whether anybody holds it. Python's `locked()`. */
  @Exposed
  get isLocked(): boolean {
    return this.core.held.size > 0
  }
}

/**
 * A lock that one holds at a time: Python's `Lock`. It belongs to the session that acquired it, to the guard, or to the
 * function that runs; when that dies, the next in line has it, and is told. A session that acquires it twice waits for
 * itself.
 */
@Shared({ module: 'referent' })
export class SharedLock extends Lockable {
  constructor(options: LockOptions = {}) {
    super(new LockCore('SharedLock', oneHolder, options))
  }
}

const oneHolder: LockRule = { isOwned: true, fits: (_, held) => held.size === 0 }

/**
 * A lock that its holder can take again: Python's `RLock`. It is free when it was given back as often as it was taken.
 *
 * What is called by the function of `run`, in whatever process, takes it again at once. What was had by `acquire` or
 * `hold` belongs to a session, as it does to a thread in Python: whatever that session does takes it again at once, unless
 * the lock was acquired within the function of some other `run`, and this isn't. So tasks of one session that are to keep
 * out of each other's way use `run`.
 */
@Shared({ module: 'referent' })
export class SharedRLock extends Lockable {
  constructor(options: LockOptions = {}) {
    super(new LockCore('SharedRLock', oneHolderAgain, options))
  }
}

const oneHolderAgain: LockRule = {
  ...oneHolder,
  reenters: (request, held) => request.isOfHolder(held),
}

/**
 * A lock that many hold to read, or one to write. Waits are served in the order of their arrival, readers next to each
 * other at once: a reader doesn't overtake a writer that waits, so neither side starves.
 *
 * Each side is as a `SharedLock` is. Within the function of `runRead`, another read comes in at once, and within that of
 * `runWrite` both do. To write within a `runRead` would wait for itself: `DEADLOCK`.
 *
 * A read by `acquireRead` or `holdRead` doesn't let another one pass a writer that waits, not even of the same session,
 * which may do many things: a session that waits to read again before it gives back the first read waits for itself.
 */
@Shared({ module: 'referent' })
export class SharedRWLock extends LockBase {
  /** @internal */
  declare readonly [remoteMembers]?: { readonly runRead: RemoteRun['run']; readonly runWrite: RemoteRun['run'] }

  constructor(options: LockOptions = {}) {
    super(new LockCore('SharedRWLock', readersOrWriter, options))
  }

  /** Like `SharedLock.acquire`, to read. */
  @Exposed({ timeoutMs: 0 })
  acquireRead(options?: WaitOptions): boolean | Promise<boolean> {
    return acquire(this.core, 'shared', options)
  }

  /** Like `SharedLock.acquire`, to write. */
  @Exposed({ timeoutMs: 0 })
  acquireWrite(options?: WaitOptions): boolean | Promise<boolean> {
    return acquire(this.core, 'exclusive', options)
  }

  /** Gives back what `acquireRead` got. @throws ManagerError `NOT_HELD` */
  @Exposed
  releaseRead(): void {
    release(this.core, 'shared')
  }

  /** Gives back what `acquireWrite` got. @throws ManagerError `NOT_HELD` */
  @Exposed
  releaseWrite(): void {
    release(this.core, 'exclusive')
  }

  /** Like `SharedLock.hold`, to read. */
  @Exposed({ timeoutMs: 0 })
  holdRead(options?: WaitOptions): SharedHold | Promise<SharedHold> {
    return hold(this.core, 'shared', options)
  }

  /** Like `SharedLock.hold`, to write. */
  @Exposed({ timeoutMs: 0 })
  holdWrite(options?: WaitOptions): SharedHold | Promise<SharedHold> {
    return hold(this.core, 'exclusive', options)
  }

  /** Like `SharedLock.run`, to read. */
  @Exposed({ timeoutMs: 0 })
  runRead<T>(fn: (hold: HoldInfo) => T | Promise<T>, options?: WaitOptions): Promise<T> {
    return run(this.core, 'shared', fn, options)
  }

  /** Like `SharedLock.run`, to write. */
  @Exposed({ timeoutMs: 0 })
  runWrite<T>(fn: (hold: HoldInfo) => T | Promise<T>, options?: WaitOptions): Promise<T> {
    return run(this.core, 'exclusive', fn, options)
  }

  /** How many hold it to read. */
  @Exposed
  get readers(): number {
    return [...this.core.held].filter(isReader).length
  }

  /** Whether somebody holds it to write. */
  @Exposed
  get isWriting(): boolean {
    return !areReaders(this.core.held)
  }
}

const readersOrWriter: LockRule = {
  isOwned: true,
  fits: ({ mode }, held) => held.size === 0 || (mode === 'shared' && areReaders(held)),
  reenters: (request, held) => request.isInside(held) && (request.mode === 'shared' || held.mode === 'exclusive'),
}

function areReaders(held: ReadonlySet<LockRequest>): boolean {
  for (const request of held) if (!isReader(request)) return false
  return true
}

function isReader({ mode }: LockRequest): boolean {
  return mode === 'shared'
}
