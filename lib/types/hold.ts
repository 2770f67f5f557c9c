import { Exposed, Shared } from '../extension.ts'
import { LockRequest } from './locks/lock-core.ts'

/**
 * The guard of a lock, a permit, or one side of a `SharedRWLock`, which is held as long as any process has the guard: until
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
