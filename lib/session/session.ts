import type { Codec } from '../codec/codec.ts'
import { ManagerError } from '../errors.ts'
import type { Receiver, Transport } from '../transport/transport.ts'
import type { MessageHead } from '../wire/message.ts'
import { readMessage } from '../wire/message-form.ts'
import type { Reader } from '../wire/reader.ts'
import { IncomingCalls } from './incoming-calls.ts'
import { Link } from './link.ts'
import { OutgoingCalls } from './outgoing-calls.ts'
import type { Request } from './request.ts'
import { Heartbeat } from './heartbeat.ts'
import { type CallMeter, noMeter } from './call-meter.ts'
import type { IncomingCall } from './incoming-call.ts'
import type { CallOptions } from './wait.ts'
import type { Role } from './role.ts'
import { Running } from './running.ts'
import type { SessionSettings } from './session-options.ts'
import { Standing } from './standing.ts'
import { Streams } from './streams.ts'
import { outgoingTrace } from './traced-calls.ts'

/**
 * Requests, answers and streams over one transport, the same on both sides, which differ in their `Role`. Owns the transport.
 * While a request waits for its answer, the transport keeps the process alive; otherwise it doesn't.
 */
export class Session<R extends Role = Role> implements Receiver {
  /** What this side is to its peer. */
  readonly role: R
  readonly streams: Streams
  readonly #link: Link
  readonly #outgoing: OutgoingCalls
  readonly #incoming: IncomingCalls
  readonly #heartbeat: Heartbeat
  readonly #standing: Standing
  /** Counts the requests and the streams that run here for the peer. */
  readonly #running = new Running()
  #end: ManagerError | undefined

  /** @param meter measures the requests of the peer */
  constructor(
    transport: Transport,
    codec: Codec,
    settings: SessionSettings,
    createRole: (session: Session<R>) => R,
    meter: CallMeter = noMeter,
  ) {
    const link = new Link(transport, codec, () => this.role)
    this.#link = link
    const standing = new Standing(settings.peerPatienceMs, () => link.send({ kind: 'ping' }))
    this.#standing = standing
    this.#outgoing = new OutgoingCalls(link, settings, standing, (request) => outgoingTrace(this.role, request))
    this.#incoming = new IncomingCalls(
      link,
      settings,
      standing,
      () => this.role,
      this.#running,
      (request) => {
        return this.#outgoing.contextOf(request) ?? this.role.contextOf?.(request.to)
      },
      meter,
    )
    this.streams = new Streams(link, this.#running)
    this.role = createRole(this)
    this.#heartbeat = new Heartbeat(settings.heartbeat, {
      peer: link.peer,
      isPeerBusy: () => this.role.isPeerBusy?.() === true,
      ping: () => standing.ping(),
      lose: (error) => link.interrupt(error),
      get isInterrupted() {
        return link.interruption > 0
      },
      get queuedBytes() {
        return link.queuedBytes
      },
    })
    transport.limit(settings.limits, settings.peerLimits)
    transport.start(this)
  }

  /** The name of the other side, for messages to people. */
  get peer(): string {
    return this.#link.peer
  }

  /** Why the session is over; undefined while it lives. */
  get end(): ManagerError | undefined {
    return this.#end
  }

  /** Whether there is no connection at the moment: requests wait for another one. */
  get isInterrupted(): boolean {
    return this.#link.interruption > 0
  }

  /** Whether something of this side waits for the peer. */
  get isWaiting(): boolean {
    return this.#link.isWaiting
  }

  /**
   * Resolves with the peer's answer, or rejects with what the peer threw.
   * @throws (as a rejection) ManagerError `SESSION_LOST`, `SHUTTING_DOWN`, `OVERLOADED`, `TIMEOUT`, `ABORTED`,
   * `UNSERIALIZABLE`, `FRAME_TOO_LARGE`
   */
  request(request: Request, options?: CallOptions): Promise<unknown> {
    return this.#outgoing.request(request, options)
  }

  /** Sends a message that has no answer. Does nothing once the session is over. */
  send(head: MessageHead): void {
    this.#link.send(head)
  }

  /** The peer's requests to referents: how many have come, and how many of these have failed. */
  get tally(): { readonly calls: number; readonly errors: number } {
    return this.#incoming.tally
  }

  /** How many requests of the peer have no answer yet. */
  get pending(): number {
    return this.#incoming.size
  }

  /** The peer's requests that have no answer yet, the first that came first. */
  pendingCalls(): Iterable<IncomingCall> {
    return this.#incoming.running()
  }

  /** For how long nothing has come of the peer, as `Heartbeat.quietMs` says. */
  get quietMs(): number {
    return this.#heartbeat.quietMs
  }

  /** Resolves when nothing runs here for the peer, or the session is over. */
  idle(): Promise<void> {
    return this.#running.over()
  }

  /** Aborts what runs here for the peer: methods may still answer, streams fail with `reason`. */
  abort(reason: ManagerError): void {
    this.#incoming.abort(reason)
    this.streams.abort(reason)
  }

  /**
   * Sends what is queued and ends the session; what waits for an answer of the peer rejects with `SESSION_LOST`.
   * @param refusal answers the requests that still run; without it, they get no answer
   */
  close(refusal?: ManagerError): void {
    if (refusal !== undefined) this.#incoming.refuse(refusal)
    this.#link.close()
  }

  /** Tells the peer that this side ends. */
  sendGoodbye(): void {
    this.#link.send({ kind: 'goodbye' })
  }

  /** Ends the session at once. */
  destroy(error: Error): void {
    this.#link.destroy(error)
  }

  arrived(): void {
    this.#heartbeat.heard()
  }

  message(bytes: Reader, tail: Uint8Array): void {
    const message = readMessage(bytes)
    switch (message.kind) {
      case 'result':
        return this.#outgoing.resolve(message, tail)
      case 'error':
        return this.#outgoing.reject(message, tail)
      case 'call':
      case 'get':
      case 'assign':
      case 'snapshot':
        return this.#incoming.serve(message, tail)
      case 'cancel':
        return this.#incoming.cancel(message)
      case 'confirm':
        return this.#incoming.confirm(message.ids)
      case 'release':
        return this.role.references.released(message.to, message.count)
      case 'pin':
        return this.role.references.pinned(message.to)
      case 'pull':
      case 'item':
      case 'end':
      case 'fail':
      case 'stop':
        return this.streams.receive(message, tail)
      case 'ping':
        return this.#link.send({ kind: 'pong' })
      case 'pong':
        return this.#standing.answered()
      case 'goodbye':
        return this.role.goodbye?.()
    }
  }

  closed(cause?: Error): void {
    const message = `the session with ${this.peer} has ended`
    const end = new ManagerError('SESSION_LOST', message, cause === undefined ? {} : { cause })
    this.#end = end
    this.#heartbeat.stop()
    this.#link.ended()
    this.#outgoing.end(end)
    this.#incoming.end(end)
    this.streams.end(end)
    this.role.ended(end)
  }
}
