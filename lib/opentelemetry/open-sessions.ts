import type { Meter, ObservableResult, ObservableUpDownCounter } from '@opentelemetry/api'
import type { SessionEvent } from '../session-events.ts'

/** Counts the sessions that are open, of those that were opened since. */
export class OpenSessions {
  readonly #open = { client: new Set<string>(), server: new Set<string>() }
  readonly #counter: ObservableUpDownCounter

  constructor(meter: Meter) {
    this.#counter = meter.createObservableUpDownCounter('referent.sessions', {
      description: 'Sessions that are open.',
      unit: '{session}',
    })
    this.#counter.addCallback(this.#observe)
  }

  /** Subscribes to `referent:session`. */
  readonly changed = (message: unknown): void => {
    const { kind, side, address, session, pid } = message as SessionEvent
    const key = JSON.stringify([address, session, pid])
    if (kind === 'opened') this.#open[side].add(key)
    if (kind === 'closed' || kind === 'lost') this.#open[side].delete(key)
  }

  stop(): void {
    this.#counter.removeCallback(this.#observe)
  }

  readonly #observe = (result: ObservableResult): void => {
    for (const side of ['client', 'server'] as const) result.observe(this.#open[side].size, { 'referent.side': side })
  }
}
