import { Shipped } from '../decorators/shared.ts'
import { Lockable } from './locking/lockable.ts'
import { LockCore, type LockOptions, type LockRule } from './locking/lock-core.ts'

/**
 * A lock that whoever holds it can take again: Python's `RLock`. It is free when it was given back as often as it was taken.
 *
 * What is called by the function of `run`, in whatever process, takes it again at once. What was had by `acquire` or
 * `hold` belongs to a session, as it does to a thread in Python: whatever that session does takes it again at once, unless
 * the lock was acquired within the function of some other `run`, and this isn't. So tasks of one session that are to keep
 * out of each other's way use `run`.
 */
@Shipped()
export class SharedRLock extends Lockable {
  constructor(options: LockOptions = {}) {
    super(new LockCore('SharedRLock', rule, options))
  }
}

const rule: LockRule = {
  isOwned: true,
  fits: (_, held) => held.size === 0,
  reenters: (request, held) => request.isOfHolder(held),
}
