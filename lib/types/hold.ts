import {
  callToEnd,
  currentCall,
  Exposed,
  isFunction,
  isManagerError,
  ManagerError,
  sessionOf,
  type SessionPeer,
  Shared,
  timedOut,
  type WaitOptions,
} from '../extension.ts'
import { type Granted, type LockCore, type LockMode, LockRequest } from './locks/lock-core.ts'

/**
 * The guard of a lock, a permit, or one side of a `SharedRWLock`, which is held while a process has the guard: until
 * `release`, the end of a `using` block, the garbage collection of its last proxy, or the death of its last holder.
 *
 * A shared object doesn't hold it: a guard that waits in a queue or list lives as long as some process has it too.
 */
@Shared({ module: 'referent', disposeOnRelease: true })
export class SharedHold implements Disposable, AsyncDisposable {
  readonly #request: LockRequest

  /** Made by `hold` of a lock alone. */
  constructor(request: unknown) {
    if (!(request instanceof LockRequest)) throw new TypeError('a SharedHold is made by the lock: await lock.hold()')
    this.#request = request
  }

  /**
   * A fencing token: a number that grows with each hold. What the lock protects can keep the last one that it has seen, and
   * refuse smaller ones: those come from a holder that took too long and has lost the lock. Within one server process no
   * hold of any lock ever has a smaller one than a hold before. A server that is started anew begins with the time of day:
   * its tokens are greater than those of before, unless the clock was set back meanwhile.
   */
  @Exposed
  get token(): number {
    return this.#request.token
  }

  /**
   * Whether this is the first hold since a holder died with the lock, so that what the lock protects may be half done. Of
   * a `SharedRWLock`, a dead writer; and all readers are told until the next writer is.
   */
  @Exposed
  get abandoned(): boolean {
    return this.#request.isAbandoned
  }

  /** False once it was released, and while it waits at a condition. */
  @Exposed
  get isHeld(): boolean {
    return this.#request.state === 'held'
  }

  /** Gives the lock back; does nothing where that was done before. */
  @Exposed
  release(): void {
    this.#request.lock.release(this.#request)
  }

  /** @param isAbandoned whether the last process that had it ended with it */
  [Symbol.dispose](isAbandoned = false): void {
    this.#request.lock.release(this.#request, isAbandoned)
  }

  async [Symbol.asyncDispose](isAbandoned = false): Promise<void> {
    this[Symbol.dispose](isAbandoned)
  }
}

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
