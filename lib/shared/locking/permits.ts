import { ManagerError } from '../../errors.ts'
import { isWhole } from '../../options.ts'
import { currentSession } from './call-scope.ts'
import { LockCore, type LockOptions, type LockRequest } from './lock-core.ts'
import { notHeld } from './lock-operations.ts'

/** A number of permits, of which each is had by one at a time. */
export class Permits {
  readonly core: LockCore
  #count: number

  /** @param isBounded whether there are never more than `count` */
  constructor(kind: string, count: number, isBounded: boolean, options: LockOptions) {
    isWhole(0)(`${kind}: value`, count)
    this.#count = count
    const rule = {
      // Who waits for one of several permits waits for any of those who have them: such circles aren't looked for.
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
    const session = currentSession()
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
export function checkCount(count: number): void {
  isWhole(1)('release: count', count)
}

function tooMany({ label }: LockCore, count: number, length: number): ManagerError {
  return new ManagerError(
    'NOT_HELD',
    `${count} permits of ${label} can't be released: only ${length} ${length === 1 ? 'was' : 'were'} acquired`,
  )
}
