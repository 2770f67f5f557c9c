import { type Delivery, isManagerError, ManagerError } from '../errors.ts'
import { type Body, type CallId, isRecord, type RequestMessage } from '../wire/message.ts'
import { longestTimerMs } from '../deadline.ts'
import { withSignal } from './passed-signal.ts'

/** How the bodies of requests are read. */
export interface BodyReading {
  /** What the requests come by. */
  readonly link: object
  /** Gives a body as a value; counts the references inside, and takes the attachments. */
  decode(body: Body, attachments: readonly Uint8Array[]): unknown
  /** Whether a value came by reference, so that what it holds is its own. */
  isReference(value: object): boolean
}

/** A request of the peer while this side carries it out. */
export class IncomingCall {
  readonly request: RequestMessage
  /** Whether it may have run, where it is but handed on: known when that failed. */
  delivery: Delivery | undefined
  readonly #attachments: readonly Uint8Array[]
  readonly #reading: BodyReading
  /** When the caller stops waiting, by `performance.now()`: the clock of the day may jump. */
  readonly #dueMs: number | undefined
  #isDecoded = false
  #isOver = false
  #controller: AbortController | undefined
  #timer: NodeJS.Timeout | undefined
  #aborted: { readonly reason: unknown } | undefined
  #isCancelled = false
  #delivered: Promise<boolean> | undefined
  #settleDelivered: (isDelivered: boolean) => void = () => undefined

  constructor(request: RequestMessage, attachments: readonly Uint8Array[], reading: BodyReading) {
    const { timeoutMs = Infinity } = request
    this.request = request
    this.#attachments = attachments
    this.#reading = reading
    // What no timer can wait for is no bound.
    this.#dueMs = timeoutMs > longestTimerMs ? undefined : performance.now() + timeoutMs
  }

  get id(): CallId {
    return this.request.id
  }

  /** What the request came by. */
  get link(): object {
    return this.#reading.link
  }

  /** The value in the request's body: an array of arguments, an object of properties. To be asked for once at most. */
  body(): unknown {
    this.#isDecoded = true
    return this.#reading.decode(this.request as Body, this.#attachments)
  }

  /** The body of a call. @throws ManagerError `PROTOCOL` */
  args(): readonly unknown[] {
    const args = this.body()
    const at = this.request.kind === 'call' ? this.request.signalAt : undefined
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

  /** How long the caller still waits, in milliseconds; undefined where it set no bound, or has its answer. */
  get remainingMs(): number | undefined {
    return this.#isOver || this.#dueMs === undefined ? undefined : this.#dueMs - performance.now()
  }

  /** Aborts when the caller no longer waits, or no longer can. Made when first asked for: most methods never ask. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      this.#watchDeadline()
    }
    if (this.isAborted) this.#controller.abort(this.#aborted?.reason)
    return this.#controller.signal
  }

  /** Whether it should end: its caller no longer waits, or no longer can. */
  get isAborted(): boolean {
    return this.isCancelled || this.#aborted !== undefined
  }

  /** Whether the caller no longer waits. */
  get isCancelled(): boolean {
    if (this.remainingMs !== undefined && this.remainingMs <= 0) this.#expire()
    return this.#isCancelled
  }

  /** Whether the caller has got the answer: see `CurrentCall`. */
  get delivered(): Promise<boolean> {
    // Of what is asked for too late, nobody was asked for a confirmation.
    if (this.#isOver) return this.#delivered ?? Promise.resolve(false)
    this.#delivered ??= new Promise((resolve) => (this.#settleDelivered = resolve))
    return this.#delivered
  }

  /** Whether it is answered, or was given up: what is done for it from then on reaches nobody. */
  get isAnswered(): boolean {
    return this.#isOver
  }

  /** Whether somebody asked whether the answer is delivered. */
  get wantsConfirmation(): boolean {
    return this.#delivered !== undefined
  }

  /** It is known now whether the caller has got the answer. */
  confirm(isDelivered: boolean): void {
    this.#settleDelivered(isDelivered)
  }

  /** Whether the caller waits for the answer also when it has given the call up. */
  get isAwaited(): boolean {
    return this.request.kind === 'call' && this.request.awaited === true
  }

  /** Whether `error` is how a method ends that its caller has asked to end: the signal's reason, or caused by that. */
  isEndedBy(error: unknown): boolean {
    const reason = this.#aborted?.reason
    if (!isManagerError(reason, 'ABORTED') && !isManagerError(reason, 'TIMEOUT')) return false
    return error === reason || (error instanceof Error && error.cause === reason)
  }

  /** Aborts the signal; the caller still waits for the answer. */
  abort(reason: unknown): void {
    this.#aborted ??= { reason }
    this.#controller?.abort(reason)
  }

  /** The caller no longer waits. */
  cancel(reason: unknown): void {
    clearTimeout(this.#timer)
    this.#isCancelled = true
    this.abort(reason)
  }

  /** Why it ends when its caller's time is up. */
  timeout(): ManagerError {
    return new ManagerError('TIMEOUT', `the caller waited for ${this.request.timeoutMs} ms, and no longer`)
  }

  /** It is about to be answered: from now on its deadline means nothing. Whether anyone waits for the answer. */
  finish(): boolean {
    const isAwaited = !this.isCancelled
    this.#isOver = true
    clearTimeout(this.#timer)
    return isAwaited
  }

  #watchDeadline(): void {
    if (this.remainingMs !== undefined) this.#timer = setTimeout(() => this.#expire(), this.remainingMs).unref()
  }

  /** Its caller's time is up. */
  #expire(): void {
    if (!this.isAwaited) this.cancel(this.timeout())
    else if (this.#aborted === undefined) this.abort(this.timeout())
  }

  /** What a peer sent as an object of its own, never one of this side: that would be copied, with fields nobody exposed. */
  #plain(value: unknown, what: string): Readonly<Record<string, unknown>> {
    if (isRecord(value) && !this.#reading.isReference(value)) return value
    throw new ManagerError('PROTOCOL', `${what} is not a plain object`)
  }
}
