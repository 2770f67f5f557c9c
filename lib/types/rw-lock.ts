import { Exposed, type remoteMembers, Shared, type WaitOptions } from '../extension.ts'
import type { SharedHold } from './hold.ts'
import { LockCore, type LockOptions, type LockRequest, type LockRule } from './locks/lock-core.ts'
import type { RemoteRun } from './lock.ts'
import { acquire, hold, type HoldInfo, release, run } from './locks/lock-operations.ts'

// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- the property is optional and never set, and isolatedDeclarations allows no computed name in the class itself
export interface SharedRWLock {
  /** @internal */
  readonly [remoteMembers]?: { readonly runRead: RemoteRun['run']; readonly runWrite: RemoteRun['run'] }
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
export class SharedRWLock {
  readonly #core: LockCore

  constructor(options: LockOptions = {}) {
    this.#core = new LockCore('SharedRWLock', rule, options)
  }

  /** Like `SharedLock.acquire`, to read. */
  @Exposed({ timeoutMs: 0 })
  acquireRead(options?: WaitOptions): boolean | Promise<boolean> {
    return acquire(this.#core, 'shared', options)
  }

  /** Like `SharedLock.acquire`, to write. */
  @Exposed({ timeoutMs: 0 })
  acquireWrite(options?: WaitOptions): boolean | Promise<boolean> {
    return acquire(this.#core, 'exclusive', options)
  }

  /** Gives back what `acquireRead` got. @throws ManagerError `NOT_HELD` */
  @Exposed
  releaseRead(): void {
    release(this.#core, 'shared')
  }

  /** Gives back what `acquireWrite` got. @throws ManagerError `NOT_HELD` */
  @Exposed
  releaseWrite(): void {
    release(this.#core, 'exclusive')
  }

  /** Like `SharedLock.hold`, to read. */
  @Exposed({ timeoutMs: 0 })
  holdRead(options?: WaitOptions): SharedHold | Promise<SharedHold> {
    return hold(this.#core, 'shared', options)
  }

  /** Like `SharedLock.hold`, to write. */
  @Exposed({ timeoutMs: 0 })
  holdWrite(options?: WaitOptions): SharedHold | Promise<SharedHold> {
    return hold(this.#core, 'exclusive', options)
  }

  /** Like `SharedLock.run`, to read. */
  @Exposed({ timeoutMs: 0 })
  runRead<T>(fn: (hold: HoldInfo) => T | Promise<T>, options?: WaitOptions): Promise<T> {
    return run(this.#core, 'shared', fn, options)
  }

  /** Like `SharedLock.run`, to write. */
  @Exposed({ timeoutMs: 0 })
  runWrite<T>(fn: (hold: HoldInfo) => T | Promise<T>, options?: WaitOptions): Promise<T> {
    return run(this.#core, 'exclusive', fn, options)
  }

  /** How many hold it to read. */
  @Exposed
  get readers(): number {
    return [...this.#core.held].filter(isReader).length
  }

  /** Whether somebody holds it to write. */
  @Exposed
  get isWriting(): boolean {
    return !areReaders(this.#core.held)
  }

  /** How many wait, for either side. */
  @Exposed
  get waiting(): number {
    return this.#core.waiting
  }

  /** Like `SharedLock.token`: a reader's too. */
  @Exposed
  get token(): number | undefined {
    return this.#core.newest?.token
  }

  /** Like `SharedHold.abandoned`, for those that hold it now. */
  @Exposed
  get wasAbandoned(): boolean {
    return this.#core.newest?.isAbandoned === true
  }
}

const rule: LockRule = {
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
