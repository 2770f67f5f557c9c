import {
  type CallContext,
  type CapturedContext,
  captureContext,
  type ChainId,
  currentContext,
} from '../call-context.ts'
import type { Encoded } from '../codec/codec.ts'
import { type Delivery, isManagerError, ManagerError } from '../errors.ts'
import type { CallId, ErrorMessage, RequestHead, RequestMessage, ResultMessage } from '../wire/message.ts'
import { isCallTraced, traceCall, type TracedCall } from '../tracing.ts'
import { maxChainLength, maxConfirmed, maxNameLength } from '../wire/limits.ts'
import { longestTimerMs } from '../deadline.ts'
import { longestSilenceMs } from './heartbeat.ts'
import type { Link } from './link.ts'
import { type PendingCall, PendingCalls } from './pending-calls.ts'
import { cancelOf, headOf, liftSignal, nameOf, type Request } from './request.ts'
import { passedSignal, withOwn } from './passed-signal.ts'
import type { SessionSettings } from './session-options.ts'
import type { Standing } from './standing.ts'
import { carriedTrace } from './traced-calls.ts'
import { type CallOptions, timeoutError, Wait } from './wait.ts'

/** The requests of this side, each until it is answered or given up, or the session ends. */
export class OutgoingCalls {
  readonly #link: Link
  readonly #settings: SessionSettings
  readonly #standing: Standing
  readonly #describe: (request: Request) => TracedCall
  readonly #pending = new PendingCalls()
  /** Results that wait to be confirmed. */
  readonly #unconfirmed: { readonly id: CallId; readonly result: unknown }[] = []

  /** @param describe returns what tracers see of a request; called only while calls are traced */
  constructor(link: Link, settings: SessionSettings, standing: Standing, describe: (request: Request) => TracedCall) {
    this.#link = link
    this.#settings = settings
    this.#standing = standing
    this.#describe = describe
  }

  /** Like `Session.request`. */
  request(request: Request, options?: CallOptions): Promise<unknown> {
    const passed = request.kind === 'call' ? passedSignal(request.args) : undefined
    if (request.kind !== 'call' || passed === undefined) return this.#begin(request, options)
    return this.#begin(liftSignal(request, passed), { ...options, signal: withOwn(options?.signal, passed) })
  }

  #begin(request: Request, options: CallOptions | undefined): Promise<unknown> {
    return isCallTraced() ? this.#traced(request, options) : this.#ask(request, options)
  }

  /** Returns another promise than the one that tracers handle, whose unhandled rejection would not be reported. */
  #traced(request: Request, options: CallOptions | undefined): Promise<unknown> {
    const traced = this.#describe(request)
    return traceCall(traced, () => this.#ask(request, options, traced)).then((result) => result)
  }

  #ask(request: Request, options: CallOptions | undefined, traced?: TracedCall): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const what = nameOf(request)
      const context = currentContext()
      const trace = traced === undefined ? context : carriedTrace(traced, context)
      const wait = this.#waitOf(options, context)
      const refusal = this.#refusal(what) ?? lengthy(request, context?.chain) ?? wait?.refusal(what)
      if (refusal !== undefined) throw refusal
      const { timeoutMs = 0 } = wait ?? {}
      const id = this.#pending.nextId()
      const head = headOf(request, id, context?.chain, timeoutMs, trace)
      const encoded = this.#send(this.#withinOuter(head, context), request)
      const { interruption } = this.#link
      this.#pending.add({ id, resolve, reject, what, timeoutMs, handedOver: handedOver(encoded), interruption })
      if (traced !== undefined) traced.id = id
      this.#link.ref()
      if (wait !== undefined) this.#watch(id, request, wait)
    })
  }

  /** The async context of a call of a function: that of the call that passed it, where it is called within that one. */
  contextOf(request: RequestMessage): CapturedContext | undefined {
    const within = request.kind === 'call' ? request.within : undefined
    const handed = within === undefined ? undefined : this.#pending.get(within)?.handedOver
    return handed?.ids.has(request.to) === true ? handed.context : undefined
  }

  /** A call of a function names the call of the function's owner that it is made for. */
  #withinOuter(head: RequestHead, context: CallContext | undefined): RequestHead {
    if (context === undefined || head.kind !== 'call' || head.method !== '') return head
    return context.link === this.#link ? { ...head, within: context.requestId as CallId } : head
  }

  /** The peer answered. The references of an answer that nothing waits for are given back. */
  resolve(message: ResultMessage, tail: Uint8Array): void {
    const { id, confirm = false } = message
    const call = confirm ? this.#pending.hold(id) : this.#take(id)
    if (call === undefined) return this.#link.discard(message)
    let result: unknown
    try {
      result = this.#link.decode(message.body, tail)
    } catch (error) {
      if (confirm) this.#link.send({ kind: 'cancel', id })
      this.#take(id)
      return call.reject(error)
    }
    if (confirm) this.#confirmSoon(id, result)
    else call.resolve(result)
  }

  /** Results that arrive together are confirmed together, once it is proven that the session stands. */
  #confirmSoon(id: CallId, result: unknown): void {
    this.#unconfirmed.push({ id, result })
    if (this.#unconfirmed.length === 1) queueMicrotask(() => this.#standing.whenProven(this.#confirmAll))
  }

  /**
   * Confirms at once, before any code goes on with the results: while that computes, or this process is stopped, the peer could
   * give the session up, and hand the items to another.
   */
  readonly #confirmAll = (): void => {
    while (this.#unconfirmed.length > 0) {
      const waited = this.#unconfirmed.splice(0, maxConfirmed).filter(({ id }) => this.#pending.has(id))
      if (waited.length > 0) this.#link.sendNow({ kind: 'confirm', ids: waited.map(({ id }) => id) })
      for (const { id, result } of waited) this.#take(id)?.resolve(result)
    }
  }

  /** The peer's method threw. */
  reject(message: ErrorMessage, tail: Uint8Array): void {
    const call = this.#take(message.id)
    if (call === undefined) return this.#link.discard(message)
    try {
      const thrown = this.#link.decode(message.body, tail)
      // The caller of an aborted method sees its own reason.
      const end = message.ended === true ? endOf(call) : undefined
      call.reject(delivered(end ?? thrown, message.delivery ?? 'done'))
    } catch (error) {
      call.reject(error)
    }
  }

  /** The session is over. What was asked since the connection was lost has never left. */
  end(cause: ManagerError): void {
    const { interruption: last } = this.#link
    this.#pending.rejectAll(({ what, interruption }) =>
      this.#lost(what, interruption > 0 && interruption === last ? 'not-sent' : 'unknown', cause),
    )
  }

  /** Returns what bounds the wait; undefined where nothing does. */
  #waitOf(options: CallOptions | undefined, context: CallContext | undefined): Wait | undefined {
    const timeoutMs = options?.timeoutMs ?? this.#settings.callTimeoutMs
    if (timeoutMs === 0 && options?.signal === undefined && context === undefined) return undefined
    return new Wait({ ...options, timeoutMs }, context)
  }

  /** Why no request can be sent now, if none can. */
  #refusal(what: string): ManagerError | undefined {
    if (this.#link.isOver) return this.#lost(what, 'not-sent')
    const { maxPendingCalls, maxQueuedBytes } = this.#settings
    if (this.#pending.size >= maxPendingCalls) {
      return overloaded(what, `${maxPendingCalls} calls of this session have no answer yet (maxPendingCalls)`)
    }
    if (this.#link.queuedBytes > maxQueuedBytes) {
      return overloaded(what, `${this.#link.queuedBytes} bytes wait for ${this.#link.peer} to read (maxQueuedBytes)`)
    }
    return undefined
  }

  /** @throws ManagerError `UNSERIALIZABLE`, `FRAME_TOO_LARGE`, `OVERLOADED`, each of which says that nothing was sent */
  #send(head: RequestHead, request: Request): Encoded | undefined {
    try {
      return this.#write(head, request)
    } catch (error) {
      throw isManagerError(error) ? delivered(error, 'not-sent') : error
    }
  }

  #write(head: RequestHead, request: Request): Encoded | undefined {
    switch (request.kind) {
      case 'call':
        return this.#link.sendValue(head, request.args, 'arguments')
      case 'assign':
        return this.#link.sendValue(head, request.properties, 'properties')
      case 'get':
      case 'snapshot':
        return this.#link.sendRequest(head)
    }
  }

  #watch(id: CallId, request: Request, wait: Wait): void {
    const isAwaited = request.kind === 'call' && request.awaited === true
    const expire = (error: ManagerError): void =>
      isAwaited ? this.#abort(id, wait.timeoutMs, error) : this.#giveUp(id, error)
    this.#pending.watch(id, wait.watch(nameOf(request), expire))
  }

  /** The caller no longer waits. */
  #giveUp(id: CallId, error: ManagerError): void {
    const call = this.#take(id)
    if (call === undefined) return
    this.#link.send(cancelOf(id, error))
    call.reject(error)
  }

  /** The caller has aborted the call and waits for its answer: as long again, and as long as for a silent peer. */
  #abort(id: CallId, timeoutMs: number, error: ManagerError): void {
    if (!this.#pending.abort(id, error)) return
    this.#link.send({ ...cancelOf(id, error), awaited: true })
    const patienceMs = Math.max(timeoutMs, longestSilenceMs(this.#settings.heartbeat))
    const timer = setTimeout(() => this.#giveUp(id, error), Math.min(patienceMs, longestTimerMs))
    this.#pending.watch(id, () => clearTimeout(timer))
  }

  #take(id: CallId): PendingCall | undefined {
    const call = this.#pending.take(id)
    if (call !== undefined) this.#link.unref()
    return call
  }

  #lost(what: string, delivery: 'not-sent' | 'unknown', cause?: ManagerError): ManagerError {
    const reason = delivery === 'not-sent' ? 'was not sent' : 'had no answer yet'
    const message = `'${what}' ${reason}: the session with ${this.#link.peer} has ended`
    return new ManagerError('SESSION_LOST', message, { delivery, ...(cause === undefined ? {} : { cause }) })
  }
}

/** Why a request is too long in its name or chain, if it is. */
function lengthy(request: Request, chain: ChainId | undefined): ManagerError | undefined {
  const name = request.kind === 'call' ? request.method : request.kind === 'get' ? request.property : ''
  if (name.length > maxNameLength) {
    const message = `a name of ${name.length} characters was not sent: ${maxNameLength} are the most`
    return new ManagerError('FRAME_TOO_LARGE', message, { delivery: 'not-sent' })
  }
  if (chain === undefined || chain.length <= maxChainLength) return undefined
  return overloaded(name, `more than ${Math.floor(maxChainLength / 40)} calls of serial objects wait for each other`)
}

/** The functions and streams among the arguments, which run in the async context of the caller. */
function handedOver(encoded: Encoded | undefined): PendingCall['handedOver'] {
  const { references = [] } = encoded ?? {}
  if (references.length === 0) return undefined
  const ids = references.filter(({ kind }) => kind === 'referent').map(({ id }) => id)
  return ids.length === 0 ? undefined : { ids: new Set(ids), context: captureContext() }
}

/** Why a caller aborted its call. The peer's clock may be the first to find that the time is up. */
function endOf({ end, what, timeoutMs }: PendingCall): ManagerError | undefined {
  return end ?? (timeoutMs > 0 ? timeoutError(what, timeoutMs) : undefined)
}

/** The delivery of an error is that of this call, not of another one whose error the peer passes on. */
function delivered(thrown: unknown, delivery: Delivery): unknown {
  return isManagerError(thrown) ? Object.assign(thrown, { delivery }) : thrown
}

function overloaded(what: string, why: string): ManagerError {
  return new ManagerError('OVERLOADED', `'${what}' was not sent: ${why}; await some of them first`, {
    delivery: 'not-sent',
  })
}
