import { tracingChannel } from 'node:diagnostics_channel'
import { Exposed, Manager, Shared, type TracedCall } from 'referent'

type Moment = 'start' | 'end' | 'asyncStart' | 'asyncEnd' | 'error'

/** What was published at one moment. */
export interface Note extends TracedCall {
  readonly moment: Moment
}

/** Notes all that is published of the calls of this process, until it is disposed of. */
export class Watch implements Disposable {
  readonly notes: Note[] = []
  readonly #channel = tracingChannel<unknown, TracedCall>('referent:call')
  readonly #subscribers = {
    start: (call: TracedCall) => this.#note('start', call),
    end: (call: TracedCall) => this.#note('end', call),
    asyncStart: (call: TracedCall) => this.#note('asyncStart', call),
    asyncEnd: (call: TracedCall) => this.#note('asyncEnd', call),
    error: (call: TracedCall) => this.#note('error', call),
  }

  constructor() {
    this.#channel.subscribe(this.#subscribers)
  }

  /** The notes of the calls of one member, on one side. */
  of(side: TracedCall['side'], method: string): Note[] {
    return this.notes.filter((note) => note.side === side && note.method === method)
  }

  moments(side: TracedCall['side'], method: string): Moment[] {
    return this.of(side, method).map(({ moment }) => moment)
  }

  #note(moment: Moment, call: TracedCall): void {
    this.notes.push({ ...call, moment })
  }

  [Symbol.dispose](): void {
    this.#channel.unsubscribe(this.#subscribers)
  }
}

let here: Watch | undefined

/** An initializer: from now on its process notes what is published there. */
export function watch(): void {
  here = new Watch()
}

/** A manager whose server notes all that is published there. */
export function startWatched(): Promise<Manager> {
  return Manager.start({ initializer: watch })
}

/** Tells what its process has noted. */
@Shared()
export class Witness {
  /** What was noted of the calls of one member, on one side. */
  @Exposed
  of(side: TracedCall['side'], method: string): Note[] {
    return here?.of(side, method) ?? []
  }
}
