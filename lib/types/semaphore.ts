import { currentCall, Exposed, isWhole, ManagerError, sessionOf, Shared, type State, stateOf } from '../extension.ts'
import { notHeld } from './hold.ts'
import { Lockable } from './lock.ts'
import { LockCore, type LockOptions, type LockRequest, type LockRule } from './locks/lock-core.ts'

/** Grants as many requests at a time as there are permits. */
class Permits implements LockRule {
  count: number
  /** A wait for one of several permits is a wait for any of their holders: such cycles aren't looked for. */
  readonly isOwned: boolean

  constructor(count: number, isBounded: boolean) {
    this.count = count
    this.isOwned = isBounded && count === 1
  }

  fits(_: LockRequest, held: ReadonlySet<LockRequest>): boolean {
    return held.size < this.count
  }
}

/** What both semaphores do. */
abstract class AnySemaphore extends Lockable {
  readonly #permits: Permits

  /** @param isBounded whether there are never more permits than `value` */
  constructor(kind: string, value: number, isBounded: boolean, options: LockOptions) {
    isWhole(0)(`${kind}: value`, value)
    const permits = new Permits(value, isBounded)
    super(new LockCore(kind, permits, options))
    this.#permits = permits
  }

  /** How many permits are free. */
  @Exposed
  get value(): number {
    return this.#permits.count - this.core.held.size
  }

  override [stateOf](): State {
    return { value: this.value, ...super[stateOf]() }
  }

  /** Whether no permit is free. */
  @Exposed
  override get isLocked(): boolean {
    return this.value === 0
  }

  /** Those that a release gives back: the session's own, then those that are out for longest. */
  protected get acquired(): readonly LockRequest[] {
    const session = sessionOf(currentCall())
    const acquired = this.core.granted.filter(({ via }) => via === 'acquire')
    const own = acquired.filter((request) => request.session === session).toReversed()
    return [...own, ...acquired.filter((request) => request.session !== session)]
  }

  protected giveBack(requests: readonly LockRequest[]): void {
    for (const request of requests) this.core.release(request)
  }

  /** Makes more permits. */
  protected add(count: number): void {
    this.#permits.count += count
    this.core.settle()
  }
}

/** @throws TypeError, RangeError for a number of permits that can't be given back */
function checkCount(count: number): void {
  isWhole(1)('release: count', count)
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
    super('SharedSemaphore', value, false, options)
  }

  /** Releases so many permits. @throws RangeError for a number that can't be */
  @Exposed
  override release(count = 1): void {
    checkCount(count)
    const given = this.acquired.slice(0, count)
    this.giveBack(given)
    if (given.length < count) this.add(count - given.length)
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
    super('SharedBoundedSemaphore', value, true, options)
  }

  /**
   * Releases so many permits, all or none.
   * @throws ManagerError `NOT_HELD` where not so many were acquired; RangeError for a number that can't be
   */
  @Exposed
  override release(count = 1): void {
    checkCount(count)
    const { acquired, core } = this
    if (acquired.length === 0) throw notHeld(core)
    if (acquired.length < count) throw tooMany(core, count, acquired.length)
    this.giveBack(acquired.slice(0, count))
  }
}

function tooMany({ label }: LockCore, count: number, length: number): ManagerError {
  return new ManagerError(
    'NOT_HELD',
    `${count} permits of ${label} can't be released: only ${length} ${length === 1 ? 'was' : 'were'} acquired`,
  )
}
