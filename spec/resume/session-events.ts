import { subscribe } from 'node:diagnostics_channel'
import type { SessionEvent } from 'referent'

/** What sessions of this process do from now on. */
export class SessionEvents {
  readonly #events: SessionEvent[] = []
  #wake: () => void = () => undefined

  constructor() {
    subscribe('referent:session', (event) => {
      this.#events.push(event as SessionEvent)
      this.#wake()
    })
  }

  /** Resolves when so many of these have been. */
  async next(kind: SessionEvent['kind'], side: SessionEvent['side'], count = 1): Promise<void> {
    while (this.#events.filter((event) => event.kind === kind && event.side === side).length < count)
      await new Promise<void>((resolve) => (this.#wake = resolve))
  }
}
