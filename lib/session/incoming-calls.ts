import type { CapturedContext, SessionPeer } from '../call-context.ts'
import { type Delivery, ManagerError } from '../errors.ts'
import {
  type CallId,
  type CancelMessage,
  type ErrorHead,
  type RequestMessage,
  type ResultHead,
  serverTarget,
} from '../wire/message.ts'
import { type CallOrigin, IncomingCall } from './incoming-call.ts'
import type { Reader } from '../wire/reader.ts'
import type { CallMeter } from './call-meter.ts'
import type { Link } from './link.ts'
import type { Role } from './role.ts'
import type { Running } from './running.ts'
import type { SessionSettings } from './session-options.ts'
import { Spread } from '../spread.ts'
import type { Standing } from './standing.ts'
import { isCallTraced } from '../tracing.ts'
import { dispatchTraced } from './traced-calls.ts'

/** The requests of the peer, each until it is answered. */
export class IncomingCalls {
  readonly #link: Link
  readonly #settings: SessionSettings
  readonly #standing: Standing
  readonly #role: () => Role
  readonly #contextOf: (request: RequestMessage) => CapturedContext | undefined
  readonly #origin: CallOrigin
  readonly #count: Running
  readonly #meter: CallMeter
  /** How many requests to referents have come, and how many of these have failed. */
  readonly tally = { calls: 0, errors: 0 }
  readonly #running = new Map<CallId, IncomingCall>()
  /** Answered calls that the peer is to confirm. */
  readonly #unconfirmed = new Map<CallId, IncomingCall>()
  /** Bounds the numbers of both with one hash, as the peer chooses them. */
  readonly #spread = new Spread()

  /** @param contextOf returns the async context that a request runs in, where it has one of its own */
  constructor(
    link: Link,
    settings: SessionSettings,
    standing: Standing,
    role: () => Role,
    count: Running,
    contextOf: (request: RequestMessage) => CapturedContext | undefined,
    meter: CallMeter,
  ) {
    this.#link = link
    this.#settings = settings
    this.#standing = standing
    this.#role = role
    this.#contextOf = contextOf
    this.#count = count
    this.#meter = meter
    this.#origin = new Origin(link, role)
  }

  /**
   * Carries a request out and answers it: synchronously, where its outcome is synchronous.
   * @throws ManagerError `PROTOCOL` for the id of a request that has no answer yet, or one too many of one hash
   */
  serve(request: RequestMessage, tail: Uint8Array): void {
    if (this.#running.has(request.id) || this.#unconfirmed.has(request.id))
      throw new ManagerError('PROTOCOL', `the peer made two requests under the number ${request.id}`)
    if (!this.#spread.hasPlaceFor(request.id))
      throw new ManagerError('PROTOCOL', 'the peer made too many requests whose numbers have one hash')
    const refusal = this.#overload() ?? this.#role().refusal?.(request)
    if (refusal !== undefined) return this.#reject(request, refusal)
    const call = new IncomingCall(request, tail, this.#origin)
    if (request.to !== serverTarget) this.tally.calls++
    if (this.#meter.isOn) this.#meter.begin(call)
    if (isOfFunction(request) && !this.#standing.isProven) this.#postpone(call)
    else this.#carryOut(call)
  }

  /** Functions run on behalf of the caller, for instance under its lock: not for a peer that may have given up this session. */
  #postpone(call: IncomingCall): void {
    this.#begin(call)
    this.#standing.whenProven(() => {
      this.#forget(call)
      if (call.isCancelled || call.isAnswered) this.#link.discard(call.request)
      else this.#carryOut(call)
    })
  }

  #carryOut(call: IncomingCall): void {
    const role = this.#role()
    let outcome: unknown
    try {
      const context = this.#contextOf(call.request)
      outcome = context === undefined ? carryOut(role, call) : context(() => carryOut(role, call))
    } catch (error) {
      if (!call.isDecoded) this.#link.discard(call.request)
      return this.#answerThrown(call, error)
    }
    if (!isThenable(outcome)) return this.#answer(call, outcome)
    this.#begin(call)
    outcome.then(
      (result) => {
        this.#forget(call)
        this.#answer(call, result)
      },
      (error: unknown) => {
        this.#forget(call)
        this.#answerThrown(call, error)
      },
    )
  }

  /** Those that have no answer yet, the first that came first. */
  running(): Iterable<IncomingCall> {
    return this.#running.values()
  }

  get size(): number {
    return this.#running.size
  }

  /** The peer no longer waits; with `awaited` it does, and confirms an answer that is on its way. */
  cancel({ id, timedOut = false, awaited = false }: CancelMessage): void {
    if (!awaited) this.#settle(id, false)
    const call = this.#running.get(id)
    if (call === undefined) return
    const reason = timedOut
      ? call.timeoutError()
      : new ManagerError('ABORTED', 'the caller no longer waits for this call')
    if (awaited) call.abort(reason)
    else call.cancel(reason)
  }

  /** The peer confirms that these answers have arrived. */
  confirm(ids: readonly CallId[]): void {
    for (const id of ids) this.#settle(id, true)
  }

  /** Aborts the signals of all running calls, which are still answered. */
  abort(reason: ManagerError): void {
    for (const call of this.#running.values()) call.abort(reason)
  }

  /** Answers all running calls with `error`. The link is closed next, so that later answers aren't sent. */
  refuse(error: ManagerError): void {
    for (const call of this.#running.values()) this.#answerThrown(call, error, error.delivery)
  }

  /** The session has ended: cancels all running calls. */
  end(cause: ManagerError): void {
    for (const call of this.#running.values()) {
      call.cancel(cause)
      this.#forget(call)
    }
    for (const id of [...this.#unconfirmed.keys()]) this.#settle(id, false)
  }

  #settle(id: CallId, isDelivered: boolean): void {
    const call = this.#unconfirmed.get(id)
    this.#unlist(id)
    call?.confirm(isDelivered)
  }

  #await(call: IncomingCall): void {
    this.#unconfirmed.set(call.requestId, call)
    this.#spread.add(call.requestId)
  }

  #unlist(id: CallId): void {
    if (this.#unconfirmed.delete(id)) this.#spread.delete(id)
  }

  #begin(call: IncomingCall): void {
    if (call.sinceMs === 0) call.sinceMs = performance.now()
    this.#running.set(call.requestId, call)
    this.#spread.add(call.requestId)
    this.#count.enter()
  }

  #forget(call: IncomingCall): void {
    if (!this.#running.delete(call.requestId)) return
    this.#spread.delete(call.requestId)
    this.#count.leave()
  }

  #overload(): ManagerError | undefined {
    const { maxPendingCalls } = this.#settings
    if (this.#running.size + this.#unconfirmed.size < maxPendingCalls) return undefined
    const why = `${maxPendingCalls} of this session run already (maxPendingCalls)`
    return new ManagerError('OVERLOADED', `this call was turned away: ${why}; await some of them first`)
  }

  /** Answers that the request has not run. */
  #reject(request: RequestMessage, refusal: ManagerError): void {
    this.#link.discard(request)
    this.#link.sendThrown({ kind: 'error', id: request.id, delivery: 'not-sent' }, refusal)
  }

  /** Sends the result, or drops it where the caller no longer waits. */
  #answer(call: IncomingCall, result: unknown): void {
    if (!call.finish()) {
      if (this.#meter.isOn) this.#meter.end(call)
      call.confirm(false)
      return this.#link.drop(result)
    }
    try {
      if (call.wantsConfirmation) this.#await(call)
      this.#link.sendValue(resultOf(call), result, 'result')
    } catch (error) {
      // Its caller waits, whatever taking back what was exported for it has done to it since: generators that end cancel their call.
      this.#unlist(call.requestId)
      call.confirm(false)
      this.#link.sendThrown(errorOf(call, error, call.deliveryOf(error)), error)
      if (this.#meter.isOn) this.#meter.end(call, { error })
      return
    }
    if (this.#meter.isOn) this.#meter.end(call)
  }

  #answerThrown(call: IncomingCall, error: unknown, delivery = call.deliveryOf(error)): void {
    if (call.request.to !== serverTarget) this.tally.errors++
    this.#unlist(call.requestId)
    call.confirm(false)
    const isAwaited = call.finish()
    if (this.#meter.isOn) this.#meter.end(call, { error })
    if (!isAwaited) return
    this.#link.sendThrown(errorOf(call, error, delivery), error)
  }
}

// A class: objects that are written out with functions in them would be of another kind for V8 in each session.
class Origin implements CallOrigin {
  readonly link: Link
  readonly #role: () => Role

  constructor(link: Link, role: () => Role) {
    this.link = link
    this.#role = role
  }

  get peer(): SessionPeer {
    return this.#role().peer
  }

  decode(body: Reader, tail: Uint8Array): unknown {
    return this.link.decode(body, tail)
  }

  isReference(value: object): boolean {
    return this.#role().references.accepts(value)
  }
}

function carryOut(role: Role, call: IncomingCall): unknown {
  return isCallTraced() ? dispatchTraced(role, call) : role.dispatch(call)
}

function errorOf(call: IncomingCall, error: unknown, delivery: Delivery): ErrorHead {
  const { requestId: id } = call
  const head: ErrorHead = delivery === 'done' ? { kind: 'error', id } : { kind: 'error', id, delivery }
  return call.settlesAfterAbort && call.isEndedBy(error) ? { ...head, ended: true } : head
}

function resultOf({ requestId: id, wantsConfirmation }: IncomingCall): ResultHead {
  return wantsConfirmation ? { kind: 'result', id, confirm: true } : { kind: 'result', id }
}

function isOfFunction(request: RequestMessage): boolean {
  return request.kind === 'call' && request.method === ''
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
