import { setTimeout as sleep } from 'node:timers/promises'
import { currentCall, Exposed, Shared } from 'referent'

/** Takes its time, and notes what its callers did meanwhile. */
@Shared()
export class Clock {
  readonly #notes: string[] = []
  #release: () => void = () => undefined
  #runs = 0

  @Exposed
  takeNotes(): string[] {
    return this.#notes.splice(0)
  }

  /** Gives `value` after so long, whether or not its caller still waits. */
  @Exposed
  async later<T>(value: T, ms: number): Promise<T> {
    await sleep(ms)
    this.#notes.push(`gave ${String(value)}`)
    return value
  }

  /** Ends when its caller no longer waits. */
  @Exposed
  async untilAborted(): Promise<void> {
    const call = currentCall()
    this.#notes.push(`${call?.typeid}.${call?.method} of ${call?.session.pid}`)
    await new Promise<void>((resolve) => call?.signal.addEventListener('abort', () => resolve()))
    this.#notes.push(`aborted: ${String(Reflect.get(call?.signal.reason as object, 'code'))}`)
  }

  /** Ends when `release` is called. */
  @Exposed
  async untilReleased(): Promise<string> {
    await new Promise<void>((resolve) => (this.#release = resolve))
    return 'released'
  }

  @Exposed
  release(): void {
    this.#release()
  }

  /** The number of its call: in the order of arrival. */
  @Exposed
  arrive(): number {
    return ++this.#runs
  }

  @Exposed
  *count(to: number): Generator<number, string> {
    try {
      for (let number = 1; number <= to; number++) {
        this.#runs = number
        yield number
      }
      return 'counted'
    } finally {
      this.#notes.push('finally')
    }
  }

  @Exposed
  async *tick(to: number, failAt = Infinity): AsyncGenerator<{ number: number; at: Date }> {
    try {
      for (let number = 1; number <= to; number++) {
        await sleep(1)
        if (number === failAt) throw new RangeError(`at ${number}`)
        yield { number, at: new Date(number) }
      }
    } finally {
      this.#notes.push(`finally in ${currentCall()?.method}`)
    }
  }

  /** Waits after the first item until its call is aborted. */
  @Exposed
  async *stuck(_options?: { readonly signal: AbortSignal }): AsyncGenerator<number> {
    const signal = currentCall()?.signal
    yield 1
    try {
      await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()))
    } finally {
      this.#notes.push('finally in stuck')
    }
  }

  /** How far `count` or `arrive` has come. */
  @Exposed
  get runs(): number {
    return this.#runs
  }
}
