import { Exposed } from '../decorators/exposed.ts'
import { Shipped } from '../decorators/shared.ts'
import type { LockOptions } from './locking/lock-core.ts'
import { Lockable } from './locking/lockable.ts'
import { checkCount, Permits } from './locking/permits.ts'

/**
 * As `SharedSemaphore`, but never of more permits than it was made with: Python's `BoundedSemaphore`. Anybody may release
 * a permit that was acquired; its own first, then the one that another session has acquired longest ago.
 */
@Shipped()
export class SharedBoundedSemaphore extends Lockable {
  readonly #permits: Permits

  /** @throws RangeError for a number of permits that can't be */
  constructor(value = 1, options: LockOptions = {}) {
    const permits = new Permits('SharedBoundedSemaphore', value, true, options)
    super(permits.core)
    this.#permits = permits
  }

  /**
   * Releases so many permits, all or none.
   * @throws ManagerError `NOT_HELD` where not so many were acquired; RangeError for a number that can't be
   */
  @Exposed
  override release(count = 1): void {
    checkCount(count)
    this.#permits.releaseAll(count)
  }

  /** How many permits are free. */
  @Exposed
  get value(): number {
    return this.#permits.free
  }

  /** Whether no permit is free. */
  @Exposed
  override get isLocked(): boolean {
    return this.#permits.free === 0
  }
}
