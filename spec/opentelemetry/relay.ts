import { trace } from '@opentelemetry/api'
import { setImmediate as turn } from 'node:timers/promises'
import { Exposed, type Remote, Shared } from 'referent'

/** Calls another one, in another process. */
@Shared()
export class Relay {
  readonly #next: Remote<Relay> | undefined

  constructor(next?: Remote<Relay>) {
    this.#next = next
  }

  @Exposed
  get name(): string {
    return 'relay'
  }

  @Exposed
  leaf(): number {
    return 1
  }

  /** Within a span of its own. */
  @Exposed
  async forward(): Promise<number> {
    await turn()
    return trace.getTracer('spec').startActiveSpan('inside', async (span) => {
      await turn()
      const answer = await this.#next?.leaf()
      span.end()
      return (answer ?? 0) + 1
    })
  }

  @Exposed
  async *steps(count: number): AsyncGenerator<string | undefined> {
    for (let step = 0; step < count; step++) {
      await this.#next?.leaf()
      yield trace.getActiveSpan()?.spanContext().spanId
    }
  }

  @Exposed
  async callBack(callback: () => Promise<number>): Promise<number> {
    return callback()
  }

  @Exposed
  async fail(): Promise<never> {
    await turn()
    throw new RangeError('out of range')
  }

  @Exposed
  failAtOnce(message = 'out of range'): never {
    throw new RangeError(message)
  }

  /** Answers never. */
  @Exposed
  async hang(): Promise<void> {
    await new Promise(() => undefined)
  }
}

/** One call after the other. */
@Shared({ concurrency: 'serial' })
export class Serial {
  @Exposed
  async here(): Promise<string | undefined> {
    await turn()
    return trace.getActiveSpan()?.spanContext().spanId
  }
}
