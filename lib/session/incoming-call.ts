import type { CallContext, CapturedContext, ChainId, SessionPeer } from '../call-context.ts'
import { longestTimerMs } from '../deadline.ts'
import { type Delivery, isManagerError, ManagerError } from '../errors.ts'
import { unref } from '../platform/node.ts'
import { maxChainLength } from '../wire/limits.ts'
import type { TraceContext } from '../tracing.ts'
import { isRecord, type Reader } from '../wire/reader.ts'
import type { CallId, RequestMessage } from '../wire/message.ts'
import { withSignal } from './passed-signal.ts'

/** Where the requests of one session come from, and how their bodies are read. */
export interface CallOrigin {
  /** The session's link, which identifies it. */
  readonly link: object
  /** The other end of the session, for `currentCall`. */
  readonly peer: SessionPeer
  /** Decodes a body, whose references are counted and whose attachments are taken. */
  decode(body: Reader, tail: Uint8Array): unknown
  /** Whether a value came by reference. */
  isReference(value: object): boolean
}

/** How a request is carried out: at once, when its turn comes (`concurrency: 'serial'`), or by another process. */
export type Execution = 'at once' | 'in turn' | 'forwarded'

const noBytes = new Uint8Array()
const noCallers: readonly string[] = []

/** Before the ids in a chain that nobody has asked for. */
const traced = '~'

/** A request of the peer, until it is answered; also what `currentCall` returns to the code that carries it out. */
export class IncomingCall implements CallContext {
  typeid = ''
  method = ''
  /** When it came, by `performance.now()`; 0 where nobody needs to know. */
  sinceMs = 0
  /** Whether how long it takes is to be counted. */
  isTimed = false
  /** When its turn came, where it had to wait for that and `sinceMs` is known; else 0. */
  enteredMs = 0
  within: CapturedContext | undefined
  readonly session: SessionPeer
  readonly #request: RequestMessage
  #tail: Uint8Array
  readonly #origin: CallOrigin
  /** When the caller stops waiting, by `performance.now()`: the wall clock may jump. */
  readonly #dueMs: number | undefined
  #id: string | undefined
  #isTraced = false
  /** Names it in chains for those who watch calls, before somebody has asked for its id. */
  #tracedId: ChainId | undefined
  #execution: Execution = 'at once'
  #isWaiting = false
  #isDecoded = false
  #isOver = false
  #isCancelled = false
  #abortReason: Error | undefined
  #timeout: ManagerError | undefined
  #controller: AbortController | undefined
  #abortListeners: Set<(reason: Error) => void> | undefined
  #timer: NodeJS.Timeout | undefined
  #delivered: Promise<boolean> | undefined
  #settleDelivered: ((isDelivered: boolean) => void) | undefined
  #refuseProperty: ((name: string) => void) | undefined
  #trace: TraceContext | undefined

  constructor(request: RequestMessage, tail: Uint8Array, origin: CallOrigin) {
    const { timeoutMs = Infinity } = request
    this.session = origin.peer
    this.#request = request
    this.#tail = tail
    this.#origin = origin
    // A time that no timer can wait for is no bound.
    this.#dueMs = timeoutMs > longestTimerMs ? undefined : performance.now() + timeoutMs
  }

  get request(): RequestMessage {
    return this.#request
  }

  get requestId(): CallId {
    return this.#request.id
  }

  get link(): object {
    return this.#origin.link
  }

  get id(): string {
    // Random, so that a peer can't name it as a caller without having been told.
    return (this.#id ??= this.#tracedId?.slice(traced.length) ?? crypto.randomUUID())
  }

  /** Its id, once somebody has asked for that: calls that are made for it name it. */
  get knownId(): string | undefined {
    return this.#id
  }

  get callers(): readonly string[] {
    return this.#request.chain?.split(' ').filter(isAskedFor) ?? noCallers
  }

  get chain(): ChainId | undefined {
    const { chain } = this.#request
    // A serial referent must know the calls that are made for its running one.
    const own = this.#execution === 'in turn' ? this.id : (this.#id ?? this.#nameTraced())
    if (own === undefined) return chain
    return chain === undefined ? own : lengthened(chain, own)
  }

  /**
   * Has calls that are made for it name it, for whoever watches calls. `callers` doesn't tell of that: what locks take a call for
   * is the same whether somebody watches or not.
   */
  trace(): void {
    this.#isTraced = true
  }

  /** Its id and those of its callers, as whoever watches calls sees them: once it was traced, or asked for its id. */
  get traced(): { readonly callId: string | undefined; readonly callers: readonly string[] } {
    const { chain } = this.#request
    const callers = chain === undefined ? noCallers : chain.replaceAll(traced, '').split(' ')
    return { callId: this.#id ?? this.#nameTraced()?.slice(traced.length), callers }
  }

  /** Its name in error messages. */
  get label(): string {
    return `${this.typeid}.${this.method}`
  }

  get traceparent(): string | undefined {
    return (this.#trace ?? this.#request).traceparent
  }

  get tracestate(): string | undefined {
    return (this.#trace ?? this.#request).tracestate
  }

  /** What a tracer has set: the trace context in the place of the request's, and what runs it. */
  carry({ traceparent, tracestate }: TraceContext, within: CapturedContext | undefined): void {
    this.#trace = { traceparent, tracestate }
    this.within = within
  }

  /** Sets what `currentCall` tells of the referent and its member. */
  begin(typeid: string, method: string, execution: Execution): void {
    this.typeid = typeid
    this.method = method
    this.#execution = execution
  }

  /** Whether it waits for its turn, or for its arguments to be checked, and so has not run. */
  get isWaiting(): boolean {
    return this.#isWaiting
  }

  /** It waits until `enter`. */
  wait(): void {
    this.#isWaiting = true
  }

  /** It runs from now on. @throws the abort reason where it is aborted by now */
  enter(): void {
    this.throwIfAborted()
    if (this.sinceMs !== 0) this.enteredMs = performance.now()
    this.#isWaiting = false
  }

  /** What its caller is told of whether it has run, where it fails with `error`. */
  deliveryOf(error: unknown): Delivery {
    if (this.#isWaiting) return 'not-sent'
    const answered = this.#execution === 'forwarded' && isManagerError(error) ? error.delivery : undefined
    return answered ?? 'done'
  }

  /** Decodes the request's body: an array of arguments, an object of properties. To be called once at most. */
  body(): unknown {
    this.#isDecoded = true
    const { body } = this.#request as { readonly body?: Reader }
    const tail = this.#tail
    this.#tail = noBytes
    return body === undefined ? undefined : this.#origin.decode(body, tail)
  }

  /** Decodes the body of a call. @throws ManagerError `PROTOCOL` */
  args(): readonly unknown[] {
    const args = this.body()
    const at = this.#request.kind === 'call' ? this.#request.signalAt : undefined
    if (!Array.isArray(args)) throw new ManagerError('PROTOCOL', 'the arguments of a call are not a list')
    if (at === undefined) return args
    return withSignal(args, at, this.#plain(args[at], 'the argument that has a signal'), this.signal)
  }

  /** Decodes the body of an assignment. @throws ManagerError `PROTOCOL`, and as what `refuseProperties` was given */
  properties(): Readonly<Record<string, unknown>> {
    const properties = this.#plain(this.body(), 'what holds the properties to assign')
    if (this.#refuseProperty !== undefined) Object.keys(properties).forEach(this.#refuseProperty)
    return properties
  }

  /** @param refuse throws for the name of a property that this call may not assign */
  refuseProperties(refuse: (name: string) => void): void {
    this.#refuseProperty = refuse
  }

  /** Whether the body was decoded, or an attempt made. */
  get isDecoded(): boolean {
    return this.#isDecoded
  }

  get deadline(): number | undefined {
    const remainingMs = this.#remainingMs()
    return remainingMs === undefined ? undefined : Date.now() + remainingMs
  }

  get remainingMs(): number | undefined {
    const remainingMs = this.#remainingMs()
    return remainingMs === undefined ? undefined : Math.max(remainingMs, 1)
  }

  /** Created when first asked for: most methods never ask. */
  get signal(): AbortSignal {
    return (this.#controller ??= this.#createController()).signal
  }

  get abortReason(): Error | undefined {
    return this.#abortReason ?? (this.#isOverdue() ? this.timeoutError() : undefined)
  }

  get isAborted(): boolean {
    return this.abortReason !== undefined
  }

  onAbort(listener: (reason: Error) => void): () => void {
    const listeners = (this.#abortListeners ??= new Set())
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  throwIfAborted(): void {
    const { abortReason } = this
    if (abortReason !== undefined) throw abortReason
  }

  /** Whether the caller no longer waits. */
  get isCancelled(): boolean {
    return this.#isCancelled || (this.#isOverdue() && !this.settlesAfterAbort)
  }

  /** Whether the caller waits for the answer even when the call is aborted or its time is up. */
  get settlesAfterAbort(): boolean {
    return this.#request.kind === 'call' && this.#request.awaited === true
  }

  /** Whether the method threw `error` because its caller aborted it: it is the signal's reason, or caused by that. */
  isEndedBy(error: unknown): boolean {
    const reason = this.#abortReason
    if (!isManagerError(reason, 'ABORTED') && !isManagerError(reason, 'TIMEOUT')) return false
    return error === reason || (error instanceof Error && error.cause === reason)
  }

  /** Aborts the signal. The caller still waits for the answer. */
  abort(reason: Error): void {
    this.#abortReason ??= reason
    this.#controller?.abort(this.#abortReason)
    const listeners = this.#abortListeners ?? []
    this.#abortListeners = undefined
    for (const tell of listeners) tell(this.#abortReason)
  }

  /** The caller no longer waits. */
  cancel(reason: Error): void {
    clearTimeout(this.#timer)
    this.#isCancelled = true
    this.abort(reason)
  }

  /** The abort reason when the caller's time is up; always the same object. */
  timeoutError(): ManagerError {
    const why = `the caller waited for ${this.#request.timeoutMs} ms, and no longer`
    return (this.#timeout ??= new ManagerError('TIMEOUT', why))
  }

  /** Ends the call, which is to be answered next: its deadline no longer counts. Returns whether its caller waits for the answer. */
  finish(): boolean {
    if (this.#isOverdue()) this.#expire()
    clearTimeout(this.#timer)
    this.#isOver = true
    return !this.#isCancelled
  }

  get isAnswered(): boolean {
    return this.#isOver
  }

  get delivered(): Promise<boolean> {
    // Asked for too late: the caller was not asked to confirm.
    if (this.#isOver) return this.#delivered ?? Promise.resolve(false)
    return (this.#delivered ??= new Promise((resolve) => (this.#settleDelivered = resolve)))
  }

  /** Whether the caller is to confirm the answer, as somebody has asked for `delivered`. */
  get wantsConfirmation(): boolean {
    return this.#delivered !== undefined
  }

  /** Settles `delivered`. */
  confirm(isDelivered: boolean): void {
    this.#settleDelivered?.(isDelivered)
  }

  #createController(): AbortController {
    const controller = new AbortController()
    const remainingMs = this.#remainingMs()
    if (this.isAborted) controller.abort(this.abortReason)
    else if (remainingMs !== undefined) this.#timer = unref(setTimeout(() => this.#expire(), remainingMs))
    return controller
  }

  /** Made when first asked for: few calls make others, and not all are told. */
  #nameTraced(): ChainId | undefined {
    if (this.#isTraced) this.#tracedId ??= `${traced}${crypto.randomUUID()}`
    return this.#tracedId
  }

  /** How long the caller still waits, 0 or less when its time is up; undefined where it set no bound, or is answered. */
  // A method: private getters take a hundred times as long on Node 20.
  #remainingMs(): number | undefined {
    return this.#isOver || this.#dueMs === undefined ? undefined : this.#dueMs - performance.now()
  }

  #isOverdue(): boolean {
    return (this.#remainingMs() ?? 1) <= 0
  }

  #expire(): void {
    if (this.settlesAfterAbort) this.abort(this.timeoutError())
    else this.cancel(this.timeoutError())
  }

  /** Checks that the peer sent a plain object, not a reference to one of this process: fields of that aren't exposed. */
  #plain(value: unknown, what: string): Readonly<Record<string, unknown>> {
    if (isRecord(value) && !this.#origin.isReference(value)) return value
    throw new ManagerError('PROTOCOL', `${what} is not a plain object`)
  }
}

/** Where the chain becomes long, the ids leave it that nobody has asked for: they must not be why a call is refused. */
function lengthened(chain: ChainId, own: ChainId): ChainId {
  const whole = `${chain} ${own}`
  return whole.length * 2 <= maxChainLength ? whole : whole.split(' ').filter(isAskedFor).join(' ')
}

function isAskedFor(id: string): boolean {
  return !id.startsWith(traced)
}
