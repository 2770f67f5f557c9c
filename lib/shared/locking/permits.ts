import { ManagerError } from '../../errors.ts'
import { isWhole } from '../../options.ts'
import { currentSession } from '../waits/course.ts'
import { Account } from './account.ts'
import type { Claim } from './claim.ts'
import type { LockOptions } from './lock-options.ts'
import { notHeld } from './taking.ts'
import { Turnstile } from './turnstile.ts'

/** A number of permits, of which each is had by one at a time. */
export class Permits {
  readonly turnstile: Turnstile
  #count: number

  /** @param isBounded whether there are never more than `count` */
  constructor(kind: string, count: number, isBounded: boolean, options: LockOptions) {
    isWhole(0)(`${kind}: value`, count)
    this.#count = count
    const rule = {
      // Who waits for one of several permits waits for any of those who have them: such circles aren't looked for.
      isOwned: isBounded && count === 1,
      fits: (_: Claim, held: ReadonlySet<Claim>) => held.size < this.#count,
    }
    this.turnstile = new Turnstile(kind, rule, options)
  }

  get free(): number {
    return this.#count - this.turnstile.held.size
  }

  /** Gives back acquired permits: the session's own, then those that are out for longest. @returns how many there were */
  giveBack(count: number): number {
    const session = currentSession()
    Account.of(session).acts()
    const acquired = this.#acquired
    const own = acquired.filter((claim) => claim.session === session).toReversed()
    const others = acquired.filter((claim) => claim.session !== session)
    const given = [...own, ...others].slice(0, count)
    for (const claim of given) this.turnstile.leave(claim)
    return given.length
  }

  /** As `giveBack`, all or nothing. @throws ManagerError `NOT_HELD` where not so many were acquired */
  giveBackAll(count: number): void {
    const { length } = this.#acquired
    if (length === 0) throw notHeld(this.turnstile)
    if (length < count) throw tooMany(this.turnstile, count, length)
    this.giveBack(count)
  }

  /** Makes more of them. */
  add(count: number): void {
    this.#count += count
    this.turnstile.letIn()
  }

  get #acquired(): Claim[] {
    return this.turnstile.admitted.filter(({ manner }) => manner === 'acquire')
  }
}

/** @throws TypeError, RangeError for a number of permits that can't be given back */
export function checkCount(count: number): void {
  isWhole(1)('release: count', count)
}

function tooMany({ label }: Turnstile, count: number, length: number): ManagerError {
  return new ManagerError(
    'NOT_HELD',
    `${count} permits of ${label} can't be released: only ${length} ${length === 1 ? 'was' : 'were'} acquired`,
  )
}
