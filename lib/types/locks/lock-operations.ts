import {
  callToEnd,
  currentCall,
  isFunction,
  isManagerError,
  ManagerError,
  sessionOf,
  type SessionPeer,
  timedOut,
  type WaitOptions,
} from '../../extension.ts'
import { SharedHold } from '../hold.ts'
import type { Granted, LockCore, LockMode, LockRequest } from './lock-core.ts'

/** What a function is told that runs with a lock held. */
export interface HoldInfo {
  /** Like `SharedHold.token`. */
  readonly token: number
  /** Like `SharedHold.abandoned`. */
  readonly abandoned: boolean
}

/** Resolves with whether the lock was granted in time. It is given back where the caller never learns so. */
export function acquire(lock: LockCore, mode: LockMode, options?: WaitOptions): boolean | Promise<boolean> {
  return whenGranted(lock.request('acquire', mode, options), (granted) => {
    if (granted === timedOut) return false
    granted.releaseUnlessDelivered()
    return true
  })
}

/** @throws ManagerError `TIMEOUT` */
export function hold(lock: LockCore, mode: LockMode, options: WaitOptions = {}): SharedHold | Promise<SharedHold> {
  return whenGranted(lock.request('hold', mode, options), (granted) => {
    const request = inTime(granted, lock, options)
    request.releaseUnlessDelivered()
    return new SharedHold(request)
  })
}

/** @throws ManagerError `TIMEOUT`; and whatever the function throws */
export async function run<T>(
  lock: LockCore,
  mode: LockMode,
  fn: (hold: HoldInfo) => T | Promise<T>,
  options: WaitOptions = {},
): Promise<T> {
  isFunction('run: fn', fn)
  const request = inTime(await lock.request('run', mode, options), lock, options)
  let isLost = false
  try {
    // Where its caller has given up between the grant and now, the function must not run.
    currentCall()?.signal.throwIfAborted()
    const { token, isAbandoned: abandoned } = request
    return await request.scope.run(() => callToEnd(fn, { token, abandoned }))
  } catch (error) {
    isLost = isManagerError(error, 'SESSION_LOST') && error.delivery === 'unknown'
    throw error
  } finally {
    lock.release(request, isLost)
  }
}

/** Gives back what the caller's session has acquired last, in this mode. @throws ManagerError `NOT_HELD` */
export function release(lock: LockCore, mode: LockMode): void {
  const session = sessionOf(currentCall())
  const request = lock.granted.findLast(
    (each) => each.via === 'acquire' && each.mode === mode && each.session === session,
  )
  if (request === undefined) throw notHeld(lock)
  lock.release(request)
}

/** Says who holds it, if anybody does. */
export function notHeld({ label, held }: LockCore): ManagerError {
  const session = sessionOf(currentCall())
  const holders = [...held].map((each) => `${nameOf(each.session)} by ${each.via}`)
  const most = holders.length > 3 ? [...holders.slice(0, 3), `${holders.length - 3} others`] : holders
  const who = holders.length === 0 ? 'nobody holds it' : `it is held by ${most.join(', ')}`
  const isOwn = [...held].some((each) => each.session === session && each.via !== 'acquire')
  const fix = isOwn
    ? 'its guard gives back what hold has, and the end of its function what run has'
    : 'acquire it first'
  return new ManagerError('NOT_HELD', `${label} was not acquired by ${nameOf(session)}: ${who}; ${fix}`)
}

function nameOf({ id, pid }: SessionPeer): string {
  return `session ${id} of process ${pid}`
}

function inTime(granted: Granted, { label }: LockCore, { timeoutMs }: WaitOptions): LockRequest {
  if (granted !== timedOut) return granted
  throw new ManagerError('TIMEOUT', `${label} was not free within ${timeoutMs} ms`)
}

function whenGranted<T>(granted: Granted | Promise<Granted>, next: (granted: Granted) => T): T | Promise<T> {
  return granted instanceof Promise ? granted.then(next) : next(granted)
}
