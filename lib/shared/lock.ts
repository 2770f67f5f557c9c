import { Shipped } from '../decorators/shared.ts'
import { Lockable } from './locking/lockable.ts'
import { LockCore, type LockOptions, type LockRule } from './locking/lock-core.ts'

/**
 * A lock that one holds at a time: Python's `Lock`. It belongs to the session that acquired it, to the guard, or to the
 * function that runs; when that dies, the next in line has it, and is told. Who acquires it twice waits for itself.
 */
@Shipped()
export class SharedLock extends Lockable {
  constructor(options: LockOptions = {}) {
    super(new LockCore('SharedLock', rule, options))
  }
}

const rule: LockRule = { isOwned: true, fits: (_, held) => held.size === 0 }
