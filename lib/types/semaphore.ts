import { currentCall, Exposed, isWhole, ManagerError, sessionOf, Shared } from '../extension.ts'
import { LockCore, type LockOptions, type LockRequest } from './locks/lock-core.ts'
import { notHeld } from './locks/lock-operations.ts'
import { Lockable } from './lock.ts'

/** A number of permits, of which each is had by one at a time. */
class Permits {
  readonly core: LockCore
  #count: number

  /** @param isBounded whether there are never more than `count` */
  constructor(kind: string, count: number, isBounded: boolean, options: LockOptions) {
    isWhole(0)(`${kind}: value`, count)
    this.#count = count
    const rule = {
      // A wait for one of several permits is a wait for any of their holders: such cycles aren't looked for.
      isOwned: isBounded && count === 1,
      fits: (_: LockRequest, held: ReadonlySet<LockRequest>) => held.size < this.#count,
    }
    this.core = new LockCore(kind, rule, options)
  }

  get free(): number {
    return this.#count - this.core.held.size
  }

  /** Releases acquired permits: the session's own, then those that are out for longest. Returns how many there were. */
  release(count: number): number {
    const session = sessionOf(currentCall())
    const acquired = this.#acquired
    const own = acquired.filter((request) => request.session === session).toReversed()
    const others = acquired.filter((request) => request.session !== session)
    const given = [...own, ...others].slice(0, count)
    for (const request of given) this.core.release(request)
    return given.length
  }

  /** Like `release`, all or nothing. @throws ManagerError `NOT_HELD` where not so many were acquired */
  releaseAll(count: number): void {
    const { length } = this.#acquired
    if (length === 0) throw notHeld(this.core)
    if (length < count) throw tooMany(this.core, count, length)
    this.release(count)
  }

  /** Makes more of them. */
  add(count: number): void {
    this.#count += count
    this.core.settle()
  }

  get #acquired(): LockRequest[] {
    return this.core.granted.filter(({ via }) => via === 'acquire')
  }
}

/** @throws TypeError, RangeError for a number of permits that can't be given back */
function checkCount(count: number): void {
  isWhole(1)('release: count', count)
}

function tooMany({ label }: LockCore, count: number, length: number): ManagerError {
  return new ManagerError(
    'NOT_HELD',
    `${count} permits of ${label} can't be released: only ${length} ${length === 1 ? 'was' : 'were'} acquired`,
  )
}

/** What both semaphores do. */
abstract class AnySemaphore extends Lockable {
  protected readonly permits: Permits

  constructor(permits: Permits) {
    super(permits.core)
    this.permits = permits
  }

  /** How many permits are free. */
  @Exposed
  get value(): number {
    return this.permits.free
  }

  /** Whether no permit is free. */
  @Exposed
  override get isLocked(): boolean {
    return this.permits.free === 0
  }
}

/**
 * A number of permits: Python's `Semaphore`. Each is had by one at a time, and given back when that dies.
 *
 * As in Python, anybody may release, and more than was acquired: so it can count what one makes and another takes. A permit
 * that is released is the releaser's own first, then the one that another session has acquired longest ago, then a new one.
 * So what is free is always what it is in Python, and when a holder dies, only those of its permits come back that nobody
 * has released for it.
 */
@Shared({ module: 'referent' })
export class SharedSemaphore extends AnySemaphore {
  /** @throws RangeError for a number of permits that can't be */
  constructor(value = 1, options: LockOptions = {}) {
    super(new Permits('SharedSemaphore', value, false, options))
  }

  /** Releases so many permits. @throws RangeError for a number that can't be */
  @Exposed
  override release(count = 1): void {
    checkCount(count)
    const given = this.permits.release(count)
    if (given < count) this.permits.add(count - given)
  }
}

/**
 * Like `SharedSemaphore`, but never of more permits than it was made with: Python's `BoundedSemaphore`. Anybody may release
 * a permit that was acquired; its own first, then the one that another session has acquired longest ago.
 */
@Shared({ module: 'referent' })
export class SharedBoundedSemaphore extends AnySemaphore {
  /** @throws RangeError for a number of permits that can't be */
  constructor(value = 1, options: LockOptions = {}) {
    super(new Permits('SharedBoundedSemaphore', value, true, options))
  }

  /**
   * Releases so many permits, all or none.
   * @throws ManagerError `NOT_HELD` where not so many were acquired; RangeError for a number that can't be
   */
  @Exposed
  override release(count = 1): void {
    checkCount(count)
    this.permits.releaseAll(count)
  }
}
