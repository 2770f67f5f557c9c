import { currentCall, Exposed, type Remote, Shared } from 'referent'

/** Where a call has come to: what it carries there. */
export interface Stop {
  readonly traceparent: string | undefined
  readonly tracestate: string | undefined
}

export function here(): Stop {
  const { traceparent, tracestate } = currentCall() ?? {}
  return { traceparent, tracestate }
}

/** Is called, and calls others. */
@Shared({ snapshot: true })
export class Traveller {
  mood = 'good'

  @Exposed
  add(a: number, b: number): number {
    return a + b
  }

  @Exposed
  async addLater(a: number, b: number): Promise<number> {
    await Promise.resolve()
    return a + b
  }

  @Exposed
  fail(): never {
    throw new RangeError('at once')
  }

  @Exposed
  async failLater(): Promise<never> {
    await Promise.resolve()
    throw new RangeError('later')
  }

  @Exposed
  get here(): Stop {
    return here()
  }

  /** Itself, and where its callback and its other come to. */
  @Exposed
  async tour(callback: () => Stop | Promise<Stop>, other: Remote<Traveller>): Promise<Stop[]> {
    return [here(), await callback(), await other.here]
  }

  @Exposed
  *steps(): Generator<Stop> {
    yield here()
  }
}
