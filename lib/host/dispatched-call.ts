import type { CallContext, ChainId } from '../call-context.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import type { Caller } from './caller.ts'
import type { Entrant, SerialGate } from './serial-gate.ts'

/** What `currentCall` shows while a request is carried out. */
export class DispatchedCall implements CallContext, Entrant {
  readonly typeid: string
  readonly method: string
  readonly session: Caller
  readonly #call: IncomingCall
  readonly #gate: SerialGate | undefined
  #id: string | undefined

  /** @param gate of a serial referent: it is told the id, by which it knows what is called for this call */
  constructor(typeid: string, method: string, session: Caller, call: IncomingCall, gate?: SerialGate) {
    this.typeid = typeid
    this.method = method
    this.session = session
    this.#call = call
    this.#gate = gate
  }

  get id(): string {
    // Random, so that nobody can say that it calls for this one who wasn't told by it.
    this.#id ??= crypto.randomUUID()
    this.#gate?.named(this)
    return this.#id
  }

  get knownId(): string | undefined {
    return this.#id
  }

  get label(): string {
    return `${this.typeid}.${this.method}`
  }

  get arrival(): IncomingCall {
    return this.#call
  }

  get callers(): readonly string[] {
    return this.#call.request.chain?.split(' ') ?? []
  }

  get chain(): ChainId | undefined {
    const { chain } = this.#call.request
    if (this.#gate === undefined && this.#id === undefined) return chain
    return chain === undefined ? this.id : `${chain} ${this.id}`
  }

  get delivered(): Promise<boolean> {
    return this.#call.delivered
  }

  get isAnswered(): boolean {
    return this.#call.isAnswered
  }

  /** Made when first asked for: most methods never ask. */
  get signal(): AbortSignal {
    return this.#call.signal
  }

  get deadline(): number | undefined {
    const { remainingMs } = this.#call
    return remainingMs === undefined ? undefined : Date.now() + remainingMs
  }

  get traceparent(): string | undefined {
    return this.#call.request.traceparent
  }

  get tracestate(): string | undefined {
    return this.#call.request.tracestate
  }

  get isAborted(): boolean {
    return this.#call.isAborted
  }

  get remainingMs(): number | undefined {
    const { remainingMs } = this.#call
    return remainingMs === undefined ? undefined : Math.max(remainingMs, 1)
  }

  /** @throws ManagerError the reason, where the call was aborted before it came to this */
  refuseAborted(): void {
    if (this.#call.isAborted) throw this.refusal()
  }

  /** Why it is not carried out, as it was aborted before it came to that. Its caller is told so. */
  refusal(): Error {
    this.turnedAway()
    return this.#call.signal.reason as Error
  }

  /** It will not run. */
  turnedAway(): void {
    this.#call.delivery = 'not-sent'
  }

  /** Whether its caller waits for the answer also when it has given the call up. */
  get isAwaited(): boolean {
    return this.#call.isAwaited
  }

  /** The caller wants no more of what the call goes on giving. */
  cancel(reason: unknown): void {
    this.#call.cancel(reason)
  }
}
