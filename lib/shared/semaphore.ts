import { Exposed } from '../decorators/exposed.ts'
import { Shipped } from '../decorators/shared.ts'
import type { LockOptions } from './locking/lock-core.ts'
import { Lockable } from './locking/lockable.ts'
import { checkCount, Permits } from './locking/permits.ts'

/**
 * A number of permits: Python's `Semaphore`. Each is had by one at a time, and given back when that dies.
 *
 * As in Python, anybody may release, and more than was acquired: so it can count what one makes and another takes. A
 * permit that is released is the releaser's own first, then the one that another session has acquired longest ago, then
 * a new one. So what is free is always what it is in Python, and of one who dies only those permits come back that
 * nobody has released for it.
 */
@Shipped()
export class SharedSemaphore extends Lockable {
  readonly #permits: Permits

  /** @throws RangeError for a number of permits that can't be */
  constructor(value = 1, options: LockOptions = {}) {
    const permits = new Permits('SharedSemaphore', value, false, options)
    super(permits.core)
    this.#permits = permits
  }

  /** Releases so many permits. @throws RangeError for a number that can't be */
  @Exposed
  override release(count = 1): void {
    checkCount(count)
    const given = this.#permits.release(count)
    if (given < count) this.#permits.add(count - given)
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
