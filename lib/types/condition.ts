import {
  checkWait,
  currentCall,
  deliveryOf,
  Exposed,
  type Held,
  type Holder,
  holdersOf,
  isFunction,
  isWhole,
  type remoteMembers,
  Shared,
  type State,
  type Stateful,
  stateOf,
  timedOut,
  type WaitOptions,
  WaitQueue,
} from '../extension.ts'
import { type HoldInfo, notHeld, type SharedHold } from './hold.ts'
import { SharedLock, Lockable, type RemoteRun, SharedRLock } from './lock.ts'
import type { LockCore, LockRequest } from './locks/lock-core.ts'

/**
 * A lock, and waits for something to become true while it is held: Python's `Condition`. Several conditions may have one
 * lock.
 */
@Shared({ module: 'referent' })
export class SharedCondition implements Held, Stateful {
  /** @internal */
  declare readonly [remoteMembers]?: RemoteRun

  readonly #lock: SharedLock | SharedRLock
  readonly #core: LockCore
  readonly #waiters = new WaitQueue<undefined>()

  /**
   * @param lock of this server; without one, a `SharedRLock` of its own
   * @throws TypeError for what is no lock, or is one of another server
   */
  constructor(lock: SharedLock | SharedRLock = new SharedRLock()) {
    const isLock = lock instanceof SharedLock || lock instanceof SharedRLock
    const core = isLock ? Lockable.coreOf(lock) : undefined
    if (core === undefined) {
      throw new TypeError(
        'the lock of a condition must be a SharedLock or SharedRLock of the same server; of several, name it: manager.withOptions({ on: lock })',
      )
    }
    this.#lock = lock
    this.#core = core
  }

  [holdersOf](): Iterable<Holder> {
    return this.#lock[holdersOf]()
  }

  [stateOf](): State {
    return { isLocked: this.isLocked, waiting: this.waiting }
  }

  /** Like `SharedLock.acquire`, for the condition's lock. */
  @Exposed({ timeoutMs: 0 })
  acquire(options?: WaitOptions): boolean | Promise<boolean> {
    return this.#lock.acquire(options)
  }

  /** Like `SharedLock.release`. @throws ManagerError `NOT_HELD` */
  @Exposed
  release(): void {
    this.#lock.release()
  }

  /** Like `SharedLock.hold`. */
  @Exposed({ timeoutMs: 0 })
  hold(options?: WaitOptions): SharedHold | Promise<SharedHold> {
    return this.#lock.hold(options)
  }

  /** Like `SharedLock.run`. */
  @Exposed({ timeoutMs: 0 })
  run<T>(fn: (hold: HoldInfo) => T | Promise<T>, options?: WaitOptions): Promise<T> {
    return this.#lock.run(fn, options)
  }

  /**
   * Gives the lock back, waits to be notified, and has the lock again: then resolves with true, or with false where
   * `timeoutMs` passed before anybody notified it. The lock may have been held by others meanwhile; its token has grown.
   *
   * A call that is aborted, too, rejects when its caller has the lock again.
   * @throws ManagerError `NOT_HELD` where the caller doesn't hold the lock, or gave it up while it waited; `ABORTED`
   */
  @Exposed({ timeoutMs: 0, settlesAfterAbort: true })
  async wait(options: WaitOptions = {}): Promise<boolean> {
    checkWait('SharedCondition.wait', options)
    const isNotified = await this.#wait(options)
    if (isNotified) this.#passOnUnlessDelivered()
    return isNotified
  }

  /**
   * Waits until `predicate`, which is called with the lock held, where it came from, is true: then resolves with true, or
   * with false when it is still false after `timeoutMs`. Python's `wait_for`.
   * @throws as `wait` does; and whatever the predicate throws
   */
  @Exposed({ timeoutMs: 0, settlesAfterAbort: true })
  async waitFor(predicate: () => boolean | Promise<boolean>, options: WaitOptions = {}): Promise<boolean> {
    isFunction('SharedCondition.waitFor: predicate', predicate)
    checkWait('SharedCondition.waitFor', options)
    this.#heldByCaller()
    const { timeoutMs = Infinity } = options
    const endMs = performance.now() + timeoutMs
    let isNotified = false
    try {
      for (;;) {
        const isTrue = await predicate()
        const remainingMs = endMs - performance.now()
        if (isTrue || remainingMs <= 0) {
          if (isNotified) this.#passOnUnlessDelivered()
          return isTrue
        }
        isNotified = false
        isNotified = await this.#wait(timeoutMs === Infinity ? options : { ...options, timeoutMs: remainingMs })
      }
    } catch (error) {
      if (isNotified) this.#waiters.resolveFirst()
      throw error
    }
  }

  /**
   * Lets so many of the longest waits go on, once they can have the lock. A waiter that dies before it has learnt of it
   * passes it on to the next.
   * @throws ManagerError `NOT_HELD` where the caller doesn't hold the lock
   */
  @Exposed
  notify(count = 1): void {
    isWhole(0)('SharedCondition.notify: count', count)
    this.#heldByCaller()
    for (let left = Math.min(count, this.#waiters.length); left > 0; left--) this.#waiters.resolveFirst()
  }

  /** Like `notify`, for all waits. @throws ManagerError `NOT_HELD` where the caller doesn't hold the lock */
  @Exposed
  notifyAll(): void {
    this.notify(this.#waiters.length)
  }

  /** Whether anybody holds the lock. */
  @Exposed
  get isLocked(): boolean {
    return this.#lock.isLocked
  }

  /** How many wait to be notified. */
  @Exposed
  get waiting(): number {
    return this.#waiters.length
  }

  async #wait(options: WaitOptions): Promise<boolean> {
    const held = this.#heldByCaller()
    this.#core.suspend(held)
    let isNotified = false
    try {
      isNotified = (await this.#waiters.wait(undefined, options)) !== timedOut
    } finally {
      await this.#core.resume(held)
    }
    if (held.some(({ state }) => state === 'held')) return isNotified
    if (isNotified) this.#waiters.resolveFirst()
    throw notHeld(this.#core)
  }

  /** @throws ManagerError `NOT_HELD` */
  #heldByCaller(): readonly LockRequest[] {
    const held = this.#core.heldByCaller()
    if (held.length === 0) throw notHeld(this.#core)
    return held
  }

  /** A notification that its waiter never learns of goes to the next one. */
  #passOnUnlessDelivered(): void {
    void deliveryOf(currentCall())?.then((isDelivered) => isDelivered || this.#waiters.resolveFirst())
  }
}
