import type { CallContext, ChainId, SessionPeer } from '../call-context.ts'
import { longestTimerMs } from '../deadline.ts'
import { type Delivery, isManagerError, ManagerError } from '../errors.ts'
import { type Body, type CallId, isRecord, type RequestMessage } from '../wire/message.ts'
import { withSignal } from './passed-signal.ts'

/** Where the requests of one session come from, and how their bodies are read. */
export interface CallOrigin {
  /** What the requests come by. */
  readonly link: object
  /** The other end, for `currentCall`. */
  readonly peer: SessionPeer
  /** Reads a body as a value; counts the references inside, and takes the attachments. */
  decode(body: Body, attachments: readonly Uint8Array[]): unknown
  /** Whether a value came by reference, so that what it holds is its own. */
  isReference(value: object): boolean
}

/** How a request is carried out: at once, in turn with others of its referent, or by the process that hosts that. */
export type Execution = 'at once' | 'in turn' | 'forwarded'

const noCallers: readonly string[] = []

/** A request of the peer while this side carries it out, as its code sees it by `currentCall`. */
export class IncomingCall implements CallContext {
  typeid = ''
  method = ''
  readonly session: SessionPeer
  readonly #request: RequestMessage
  readonly #attachments: readonly Uint8Array[]
  readonly #origin: CallOrigin
  /** When the caller stops waiting, by `performance.now()`: the clock of the day may jump. */
  readonly #dueMs: number | undefined
  #id: string | undefined
  #execution: Execution = 'at once'
  #isWaiting = false
  #isDecoded = false
  #isOver = false
  #isCancelled = false
  #abortReason: Error | undefined
  #timeout: ManagerError | undefined
  #controller: AbortController | undefined
  #timer: NodeJS.Timeout | undefined
  #delivered: Promise<boolean> | undefined
  #settleDelivered: ((isDelivered: boolean) => void) | undefined

  constructor(request: RequestMessage, attachments: readonly Uint8Array[], origin: CallOrigin) {
    const { timeoutMs = Infinity } = request
    this.session = origin.peer
    this.#request = request
    this.#attachments = attachments
    this.#origin = origin
    // What no timer can wait for is no bound.
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
    // Random, so that nobody can say that it calls for this one who wasn't told by it.
    return (this.#id ??= crypto.randomUUID())
  }

  /** Names it where somebody has asked for its id: other calls can only be made for it then. */
  get knownId(): string | undefined {
    return this.#id
  }

  get callers(): readonly string[] {
    return this.#request.chain?.split(' ') ?? noCallers
  }

  get chain(): ChainId | undefined {
    const { chain } = this.#request
    // Of a serial referent, what is called for this call must be known by its id.
    if (this.#execution !== 'in turn' && this.#id === undefined) return chain
    return chain === undefined ? this.id : `${chain} ${this.id}`
  }

  /** What messages call it. */
  get label(): string {
    return `${this.typeid}.${this.method}`
  }

  get traceparent(): string | undefined {
    return this.#request.traceparent
  }

  get tracestate(): string | undefined {
    return this.#request.tracestate
  }

  /** Sets what `currentCall` says is called. */
  begin(typeid: string, method: string, execution: Execution): void {
    this.typeid = typeid
    this.method = method
    this.#execution = execution
  }

  /** Whether it waits for its turn: it has not run. */
  get isWaiting(): boolean {
    return this.#isWaiting
  }

  /** It waits for its turn, until `enter`. */
  wait(): void {
    this.#isWaiting = true
  }

  /** Its turn has come. @throws the reason where it was aborted before that */
  enter(): void {
    this.throwIfAborted()
    this.#isWaiting = false
  }

  /** Whether it may have run, where it fails with `error`. */
  deliveryAt(error: unknown): Delivery {
    if (this.#isWaiting) return 'not-sent'
    const answered = this.#execution === 'forwarded' && isManagerError(error) ? error.delivery : undefined
    return answered ?? 'done'
  }

  /** The value in the request's body: an array of arguments, an object of properties. To be asked for once at most. */
  body(): unknown {
    this.#isDecoded = true
    return this.#origin.decode(this.#request as Body, this.#attachments)
  }

  /** The body of a call. @throws ManagerError `PROTOCOL` */
  args(): readonly unknown[] {
    const args = this.body()
    const at = this.#request.kind === 'call' ? this.#request.signalAt : undefined
    if (!Array.isArray(args)) throw new ManagerError('PROTOCOL', 'the arguments of a call are not a list')
    if (at === undefined) return args
    return withSignal(args, at, this.#plain(args[at], 'the argument that has a signal'), this.signal)
  }

  /** The body of an assignment. @throws ManagerError `PROTOCOL` */
  properties(): Readonly<Record<string, unknown>> {
    return this.#plain(this.body(), 'what holds the properties to assign')
  }

  /** Whether the body was asked for. */
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

  /** Made when first asked for: most methods never ask. */
  get signal(): AbortSignal {
    return (this.#controller ??= this.#createController()).signal
  }

  get abortReason(): Error | undefined {
    return this.#abortReason ?? (this.#isOverdue() ? this.timeout() : undefined)
  }

  get isAborted(): boolean {
    return this.abortReason !== undefined
  }

  throwIfAborted(): void {
    const { abortReason } = this
    if (abortReason !== undefined) throw abortReason
  }

  /** Whether the caller no longer waits. */
  get isCancelled(): boolean {
    return this.#isCancelled || (this.#isOverdue() && !this.isAwaited)
  }

  /** Whether the caller waits for the answer also when it has given the call up. */
  get isAwaited(): boolean {
    return this.#request.kind === 'call' && this.#request.awaited === true
  }

  /** Whether `error` is how a method ends that its caller has asked to end: the signal's reason, or caused by that. */
  isEndedBy(error: unknown): boolean {
    const reason = this.#abortReason
    if (!isManagerError(reason, 'ABORTED') && !isManagerError(reason, 'TIMEOUT')) return false
    return error === reason || (error instanceof Error && error.cause === reason)
  }

  /** Aborts the signal; the caller still waits for the answer. */
  abort(reason: Error): void {
    this.#abortReason ??= reason
    this.#controller?.abort(this.#abortReason)
  }

  /** The caller no longer waits. */
  cancel(reason: Error): void {
    clearTimeout(this.#timer)
    this.#isCancelled = true
    this.abort(reason)
  }

  /** The reason when its caller's time is up. */
  timeout(): ManagerError {
    const why = `the caller waited for ${this.#request.timeoutMs} ms, and no longer`
    return (this.#timeout ??= new ManagerError('TIMEOUT', why))
  }

  /** It is about to be answered: from now on its deadline means nothing. Whether anyone waits for the answer. */
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
    // Of what is asked for too late, nobody was asked for a confirmation.
    if (this.#isOver) return this.#delivered ?? Promise.resolve(false)
    return (this.#delivered ??= new Promise((resolve) => (this.#settleDelivered = resolve)))
  }

  /** Whether somebody asked whether the answer is delivered. */
  get wantsConfirmation(): boolean {
    return this.#delivered !== undefined
  }

  /** It is known now whether the caller has got the answer. */
  confirm(isDelivered: boolean): void {
    this.#settleDelivered?.(isDelivered)
  }

  #createController(): AbortController {
    const controller = new AbortController()
    const remainingMs = this.#remainingMs()
    if (this.isAborted) controller.abort(this.abortReason)
    else if (remainingMs !== undefined) this.#timer = setTimeout(() => this.#expire(), remainingMs).unref()
    return controller
  }

  /** How long the caller still waits, which may be over; undefined where it set no bound, or has its answer. */
  // A method: private getters take a hundred times as long on Node 20.
  #remainingMs(): number | undefined {
    return this.#isOver || this.#dueMs === undefined ? undefined : this.#dueMs - performance.now()
  }

  #isOverdue(): boolean {
    return (this.#remainingMs() ?? 1) <= 0
  }

  #expire(): void {
    if (this.isAwaited) this.abort(this.timeout())
    else this.cancel(this.timeout())
  }

  /** What a peer sent as an object of its own, never one of this side: that would be copied, with fields nobody exposed. */
  #plain(value: unknown, what: string): Readonly<Record<string, unknown>> {
    if (isRecord(value) && !this.#origin.isReference(value)) return value
    throw new ManagerError('PROTOCOL', `${what} is not a plain object`)
  }
}
