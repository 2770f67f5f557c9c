import { PerformanceObserver } from 'node:perf_hooks'
import { attach, Exposed, Shared } from 'referent'
import { keptBytes } from '../../spec/harness/garbage.ts'

/** What hostile peers call: a method for each way in which values cross. */
@Shared()
export class FuzzTarget {
  /** How often what nobody exposed was called, in this process. */
  static hiddenCalls = 0
  #kept: unknown
  #value: unknown = 0

  @Exposed
  get value(): unknown {
    return this.#value
  }

  @Exposed
  set value(value: unknown) {
    this.#value = value
  }

  @Exposed
  echo(...values: unknown[]): unknown {
    return values.length === 1 ? values[0] : values
  }

  @Exposed
  keep(value: unknown): void {
    this.#kept = value
  }

  @Exposed
  kept(): boolean {
    return this.#kept !== undefined
  }

  @Exposed
  async callBack(call: (...args: unknown[]) => unknown, ...args: unknown[]): Promise<unknown> {
    return call(...args)
  }

  /** As programs do that tell listeners: nobody waits for the answer. */
  @Exposed
  ring(listener: (...args: unknown[]) => unknown): void {
    listener('rings')
  }

  @Exposed
  *upTo(end: number): Generator<number> {
    for (let value = 0; value < end; value++) yield value
  }

  @Exposed
  async drain(items: AsyncIterable<unknown>): Promise<number> {
    let count = 0
    for await (const item of items) if (item === 'end' || ++count >= 500) break
    return count
  }

  @Exposed
  async pour(sink: WritableStream<unknown>): Promise<void> {
    const writer = sink.getWriter()
    for (let item = 0; item < 20; item++) await writer.write(item)
    await writer.close()
  }

  /** Opens a reference that the caller gave. */
  @Exposed
  async attachTo(reference: string): Promise<void> {
    await attach(reference, { timeoutMs: 500 })
  }

  hidden(): void {
    FuzzTarget.hiddenCalls++
  }
}

/** The process that serves, looked at from inside. */
@Shared()
export class FuzzGauge {
  #longestPauseMs = 0

  constructor() {
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) this.#longestPauseMs = Math.max(this.#longestPauseMs, duration)
    })
    observer.observe({ entryTypes: ['gc'] })
  }

  /** How long the longest collection of garbage took. */
  @Exposed
  get longestPauseMs(): number {
    return this.#longestPauseMs
  }

  /** What is used, without garbage. */
  @Exposed
  memory(): { keptBytes: number; rssBytes: number } {
    const kept = keptBytes()
    return { keptBytes: kept, rssBytes: process.memoryUsage.rss() }
  }

  @Exposed
  get hiddenCalls(): number {
    return FuzzTarget.hiddenCalls
  }

  /** Whether a name that everything inherits has come into the world. */
  @Exposed
  get isPolluted(): boolean {
    return 'polluted' in {}
  }
}

/** Whose answers a bystander knows. */
@Shared()
export class FuzzCounter {
  #value = 0

  @Exposed
  increment(): number {
    return ++this.#value
  }

  @Exposed
  echo(value: unknown): unknown {
    return value
  }
}
