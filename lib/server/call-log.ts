import { ManagerError } from '../errors.ts'
import type { Referent } from '../host/referent.ts'
import type { Thrown } from '../session/call-meter.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import { type CallFilter, type Recorded, recordOf, seenOf } from './call-record.ts'
import { CallWatch } from './call-watch.ts'

/** Each of them looks at each call. */
const maxWatches = 64

export interface CallLogOptions {
  /** Whether stacks of errors may be told to whoever has the authkey. */
  readonly showsStacks: boolean
  /** The referent that a call is of. */
  readonly referentOf: (call: IncomingCall) => Referent | undefined
  /** Called when somebody begins to watch, and when nobody does any more. */
  readonly changed: () => void
}

/** Tells those who watch of the calls that a server has answered. */
export class CallLog {
  readonly #options: CallLogOptions
  readonly #watches = new Set<CallWatch>()

  constructor(options: CallLogOptions) {
    this.#options = options
  }

  get isWatched(): boolean {
    return this.#watches.size > 0
  }

  /** @throws ManagerError `OVERLOADED` where too many watch */
  watch(filter: CallFilter): CallWatch {
    if (this.#watches.size >= maxWatches)
      throw new ManagerError('OVERLOADED', `calls are watched ${maxWatches} times already; end another watch first`)
    const watch: CallWatch = new CallWatch(
      filter,
      () => this.#change(() => this.#watches.add(watch)),
      () => this.#change(() => this.#watches.delete(watch)),
    )
    return watch
  }

  add(call: IncomingCall, thrown: Thrown | undefined): void {
    const { referentOf, showsStacks } = this.#options
    const referent = referentOf(call)
    const seen = seenOf(call, referent, thrown)
    let recorded: Recorded | undefined
    for (const watch of this.#watches)
      if (watch.takes(seen)) watch.add((recorded ??= recordOf(seen, call, referent, thrown, showsStacks)))
  }

  /** Ends all watches. */
  end(): void {
    for (const watch of this.#watches) watch.end()
  }

  #change(change: () => void): void {
    change()
    this.#options.changed()
  }
}
