import { once } from 'node:events'
import { currentCall, Exposed, type Remote, Shared } from 'referent'
import type { Clock } from './clock.ts'

type Callback = (deadline: number | undefined) => unknown

/** Makes calls of its own for its callers. */
@Shared()
export class Relay {
  #background: Promise<unknown> = Promise.resolve()

  @Exposed
  deadline(): number | undefined {
    return currentCall()?.deadline
  }

  /** Calls back with its own deadline, and gives what that gives. */
  @Exposed
  async call(callback: Callback): Promise<unknown> {
    return callback(currentCall()?.deadline)
  }

  @Exposed({ timeoutMs: 50 })
  async callSoon(callback: Callback): Promise<unknown> {
    return callback(currentCall()?.deadline)
  }

  @Exposed
  async waitFor(clock: Remote<Clock>): Promise<void> {
    await clock.untilAborted()
  }

  /** Waits until nobody waits for it any more, and then still calls back. */
  @Exposed
  async cleanUp(callback: Callback): Promise<void> {
    const signal = currentCall()?.signal ?? AbortSignal.abort()
    await once(signal, 'abort')
    await callback(currentCall()?.deadline)
  }

  /** Answers at once, and calls back after that. */
  @Exposed
  callLater(callback: Callback): void {
    this.#background = new Promise((resolve) => setImmediate(resolve)).then(() => callback(currentCall()?.deadline))
  }

  /** What the call made by `callLater` gave. */
  @Exposed
  async background(): Promise<unknown> {
    return this.#background
  }
}

/** One call at a time. */
@Shared({ concurrency: 'serial' })
export class Queue {
  #runs = 0

  @Exposed
  async run(callback: () => unknown): Promise<number> {
    this.#runs++
    await callback()
    return this.#runs
  }
}
