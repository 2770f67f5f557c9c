import { currentContext, type SessionPeer } from '../../call-context.ts'
import { isManagerError, ManagerError } from '../../errors.ts'
import { isFunction } from '../../options.ts'
import { SharedHold } from '../hold.ts'
import { timedOut, type WaitOptions } from '../wait-queue.ts'
import { callToEnd } from './apart.ts'
import { currentSession } from '../waits/course.ts'
import { Account } from './account.ts'
import type { Claim, Mode } from './claim.ts'
import type { Entered, Turnstile } from './turnstile.ts'

/** What a function is told that runs with a lock held. */
export interface HoldInfo {
  /** As `SharedHold.token`. */
  readonly token: number
  /** As `SharedHold.abandoned`. */
  readonly abandoned: boolean
}

/** Comes to whether the lock was had in time. It is given back where the caller never learns so. */
export function acquire(turnstile: Turnstile, mode: Mode, options?: WaitOptions): boolean | Promise<boolean> {
  return whenEntered(turnstile.enter('acquire', mode, options), (entered) => {
    if (entered === timedOut) return false
    entered.handOver()
    return true
  })
}

/** @throws ManagerError `TIMEOUT` */
export function hold(turnstile: Turnstile, mode: Mode, options: WaitOptions = {}): SharedHold | Promise<SharedHold> {
  return whenEntered(turnstile.enter('hold', mode, options), (entered) => {
    const claim = inTime(entered, turnstile, options)
    claim.handOver()
    return new SharedHold(claim)
  })
}

/** @throws ManagerError `TIMEOUT`; and whatever the function throws */
export async function run<T>(
  turnstile: Turnstile,
  mode: Mode,
  fn: (hold: HoldInfo) => T | Promise<T>,
  options: WaitOptions = {},
): Promise<T> {
  isFunction('run: fn', fn)
  const claim = inTime(await turnstile.enter('run', mode, options), turnstile, options)
  let isLost = false
  try {
    refuseCancelled()
    const { token, isAbandoned: abandoned } = claim
    return await claim.surround(() => callToEnd(fn, { token, abandoned }))
  } catch (error) {
    isLost = isManagerError(error, 'SESSION_LOST') && error.delivery === 'unknown'
    throw error
  } finally {
    turnstile.leave(claim, isLost)
  }
}

/** Gives back what the caller's session has acquired last, in this mode. @throws ManagerError `NOT_HELD` */
export function release(turnstile: Turnstile, mode: Mode): void {
  const session = currentSession()
  Account.of(session).acts()
  const claim = turnstile.admitted.findLast(
    (each) => each.manner === 'acquire' && each.mode === mode && each.session === session,
  )
  if (claim === undefined) throw notHeld(turnstile)
  turnstile.leave(claim)
}

/** Says who holds it, if anybody does. */
export function notHeld({ label, held }: Turnstile): ManagerError {
  const session = currentSession()
  const holders = [...held].map((claim) => `${nameOf(claim.session)} by ${claim.manner}`)
  const most = holders.length > 3 ? [...holders.slice(0, 3), `${holders.length - 3} others`] : holders
  const who = holders.length === 0 ? 'nobody holds it' : `it is held by ${most.join(', ')}`
  const isOwn = [...held].some((claim) => claim.session === session && claim.manner !== 'acquire')
  const fix = isOwn
    ? 'its guard gives back what hold has, and the end of its function what run has'
    : 'acquire it first'
  return new ManagerError('NOT_HELD', `${label} was not acquired by ${nameOf(session)}: ${who}; ${fix}`)
}

function nameOf({ id, pid }: SessionPeer): string {
  return `session ${id} of process ${pid}`
}

/** Where its caller has given up between the grant and now, the function must not run. */
function refuseCancelled(): void {
  const context = currentContext()
  if (context?.isAborted === true) context.signal.throwIfAborted()
}

function inTime(entered: Entered, { label }: Turnstile, { timeoutMs }: WaitOptions): Claim {
  if (entered !== timedOut) return entered
  throw new ManagerError('TIMEOUT', `${label} was not free within ${timeoutMs} ms`)
}

function whenEntered<T>(entered: Entered | Promise<Entered>, next: (entered: Entered) => T): T | Promise<T> {
  return entered instanceof Promise ? entered.then(next) : next(entered)
}
