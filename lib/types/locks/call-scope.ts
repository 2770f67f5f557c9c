import { AsyncLocalStorage } from 'node:async_hooks'
import { type CurrentCall, currentCall } from '../../extension.ts'

/** The scopes that code of this process runs within, the outermost first, and the call that it runs for. */
const inside = new AsyncLocalStorage<{ readonly callId: string | undefined; readonly scopes: readonly CallScope[] }>()

/** From where a lock or key is asked for: for which call, and within which functions that run with others held. */
export class CallScope {
  readonly call: CurrentCall | undefined = currentCall()
  /** Those of this process that it is within, the outermost first. */
  readonly outer: readonly CallScope[]

  constructor() {
    const store = inside.getStore()
    // Where client and server are one process, calls of others may come in the same batch, and so from this very place.
    this.outer = store !== undefined && store.callId === this.callId ? store.scopes : []
  }

  /** The id of the call that asks, made when it is asked for: calls that are made for it from then on bring it along. */
  get callId(): string | undefined {
    return this.call?.id
  }

  /** The ids of the calls that the call is made for. */
  get callers(): readonly string[] {
    return this.call?.callers ?? []
  }

  /** Runs `body` within this scope. */
  run<T>(body: () => T): T {
    return inside.run({ callId: this.callId, scopes: [...this.outer, this] }, body)
  }

  /** Whether it is within `other`: in this process, or by calls of whatever processes. This is never wrong. */
  isWithin(other: CallScope): boolean {
    if (this.outer.includes(other)) return true
    return this.callers.length > 0 && other.callId !== undefined && this.callers.includes(other.callId)
  }
}
