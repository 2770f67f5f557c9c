import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Exposed, type SessionEvent, Shared } from 'referent'

/** Notes what is published of the sessions of this process, until it is disposed of. */
export class Lives implements Disposable {
  readonly events: SessionEvent[] = []
  readonly #note = (event: unknown): void => void this.events.push(event as SessionEvent)

  constructor() {
    subscribe('referent:session', this.#note)
  }

  /** What was published of one side. */
  of(side: SessionEvent['side']): SessionEvent[] {
    return this.events.filter((event) => event.side === side)
  }

  [Symbol.dispose](): void {
    unsubscribe('referent:session', this.#note)
  }
}

@Shared()
export class Room {
  @Exposed
  enter(): string {
    return 'inside'
  }
}
