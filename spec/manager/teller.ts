import { currentCall, Exposed, type Remote, Shared, type SharedRLock } from 'referent'

class SpecError extends Error {
  override readonly name = 'SpecError'
  readonly code = 'E_SPEC'
}

/** Does what a spec needs whose calls are watched. */
@Shared()
export class Teller {
  @Exposed
  add(one: number, other: number): number {
    return one + other
  }

  @Exposed
  fail(message: string): never {
    throw new SpecError(message)
  }

  /** @throws what throws when it is read */
  @Exposed
  trap(): never {
    throw Object.defineProperty(new Error('hidden'), 'message', {
      get: () => {
        throw new Error('a trap')
      },
    })
  }

  /** @throws as an abort signal does whose time is up */
  @Exposed
  expire(): never {
    throw new DOMException('too late', 'TimeoutError')
  }

  @Exposed
  unsendable(): unknown {
    return new WeakMap()
  }

  /** Ends with its signal. */
  @Exposed
  async wait(): Promise<void> {
    const signal = currentCall()?.signal
    await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)))
  }

  @Exposed
  async relay(other: Remote<Teller>): Promise<number> {
    return other.add(1, 2)
  }

  @Exposed
  callers(): readonly string[] {
    return currentCall()?.callers ?? []
  }

  @Exposed
  async callersThere(other: Remote<Teller>): Promise<readonly string[]> {
    return other.callers()
  }

  @Exposed
  async callBack(fn: () => Promise<number>): Promise<number> {
    return fn()
  }

  @Exposed
  async take(lock: Remote<SharedRLock>): Promise<void> {
    await lock.acquire()
  }

  @Exposed
  async giveBack(lock: Remote<SharedRLock>): Promise<void> {
    await lock.release()
  }
}

/** One call after the other. */
@Shared({ concurrency: 'serial' })
export class SlowTeller {
  @Exposed
  async pause(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms))
  }
}
