import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { currentCall, Exposed, ManagerError, Shared } from 'referent'

/** Is back at its berth before its callers go on, whatever they do meanwhile. */
@Shared()
export class Ferry {
  readonly #log: string[] = []
  #moor: () => void = () => undefined

  @Exposed
  takeLog(): string[] {
    return this.#log.splice(0)
  }

  /** Is out until its caller gives up, and then until somebody moors it; comes to what `then` says. */
  @Exposed({ settlesAfterAbort: true })
  async sail(then: 'give up' | 'arrive' | 'sink'): Promise<string> {
    const signal = currentCall()?.signal ?? AbortSignal.abort()
    this.#log.push('out')
    if (!signal.aborted) await once(signal, 'abort')
    this.#log.push(String(Reflect.get(signal.reason as object, 'code')))
    await new Promise<void>((resolve) => (this.#moor = resolve))
    this.#log.push('moored')
    if (then === 'give up') throw signal.reason
    if (then === 'sink') throw new RangeError('sunk')
    return 'arrived'
  }

  /** As many methods do: by a function of Node's that throws an error of its own when the signal aborts. */
  @Exposed({ settlesAfterAbort: true })
  async drift(): Promise<void> {
    this.#log.push('out')
    await sleep(60_000, undefined, { signal: currentCall()?.signal })
  }

  /** Fails by a time that isn't its caller's. */
  @Exposed({ settlesAfterAbort: true })
  async waitForTide(): Promise<never> {
    await once(currentCall()?.signal ?? AbortSignal.abort(), 'abort').catch(() => undefined)
    throw new ManagerError('TIMEOUT', 'no tide')
  }

  @Exposed
  moor(): void {
    this.#moor()
  }
}

/** Keeps what it is given, for others. */
@Shared()
export class Harbour {
  #ferry: unknown

  @Exposed
  berth(ferry: unknown): void {
    this.#ferry = ferry
  }

  @Exposed
  ferry(): unknown {
    return this.#ferry
  }
}

/** One ferry at a time. */
@Shared({ concurrency: 'serial' })
export class Canal {
  #passed = 0

  @Exposed
  async closeWhile(wait: () => Promise<void>): Promise<void> {
    await wait()
  }

  @Exposed({ settlesAfterAbort: true })
  pass(): number {
    return ++this.#passed
  }

  @Exposed
  get passed(): number {
    return this.#passed
  }
}
