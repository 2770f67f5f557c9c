import type { ReferenceDescriptor } from '../codec/reference-port.ts'
import { ExportTable } from '../host/export-table.ts'
import type { HostableTypes } from '../host/referent.ts'
import type { ObjectTable } from '../host/object-table.ts'
import { ManagerError } from '../errors.ts'
import type { CapturedContext, SessionPeer } from '../call-context.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import type { StreamReader } from '../session/incoming-stream.ts'
import { isStreamSource } from '../session/outgoing-stream.ts'
import type { Role, SessionReferences } from '../session/role.ts'
import type { Session } from '../session/session.ts'
import type { TracedCall } from '../tracing.ts'
import type { PeerProcess } from '../transport/peer-process.ts'
import { type Descriptor, parseDescriptor, type Shape } from '../wire/descriptor.ts'
import { maxDescribed } from '../wire/limits.ts'
import { type RequestMessage, serverTarget, type StreamId, type TargetId } from '../wire/message.ts'
import type { ImportEntry } from './import-entry.ts'
import { type ImportTable, tooMany } from './import-table.ts'
import { proxyStateOf } from './proxy.ts'

/** Returns the proxy for a reference to another server, or the referent itself where this process hosts it. */
export type OpenReference = (reference: string, shape: Shape) => object

export interface SessionRoleOptions {
  /** What this side hosts, and what it may come to host. */
  readonly table: ObjectTable
  readonly types: HostableTypes
  /** What this side holds of the other. */
  readonly imports: ImportTable
  /** How much either side may hold of the other. */
  readonly maxReferences: number
  /** The session as both sides call it, the process at its other end, and where its server listens, if it does. */
  readonly session: { readonly id: string; readonly pid: number; readonly address: string | undefined }
  readonly process: PeerProcess
  readonly open: OpenReference
  /** What this side itself hosts behind a proxy, where it has come by one of that. */
  readonly own?: (entry: ImportEntry) => object | undefined
  /** Why a request isn't taken at the moment, if that is so; without it, all are taken. */
  readonly refusal?: (request: RequestMessage) => ManagerError | undefined
  /** Carries out a request to this side itself. */
  readonly perform: (call: IncomingCall, exports: ExportTable) => unknown
  /** Called when the session may be idle now. */
  readonly idle?: () => void
  /** Called when the other side has said that it ends. */
  readonly goodbye?: () => void
  readonly ended: (error: ManagerError) => void
}

/** One side of a session, a client's or a server's: what it hosts for the peer, and what it holds of it. */
export class SessionRole implements Role {
  readonly peer: Peer
  readonly references: SessionReferences
  readonly exports: ExportTable
  readonly imports: ImportTable
  readonly #options: SessionRoleOptions

  constructor(session: Session, options: SessionRoleOptions) {
    this.#options = options
    this.peer = new Peer(options.session)
    this.exports = new ExportTable(options.table, options.types, options.idle)
    this.imports = options.imports
    this.references = new References(session, this.exports, options)
  }

  refusal(request: RequestMessage): ManagerError | undefined {
    return this.#options.refusal?.(request)
  }

  contextOf(to: TargetId): CapturedContext | undefined {
    return this.exports.contextOf(to)
  }

  dispatch(call: IncomingCall): unknown {
    if (call.request.to === serverTarget) return this.#options.perform(call, this.exports)
    return this.exports.dispatch(call)
  }

  describe(side: TracedCall['side'], to: TargetId): Pick<TracedCall, 'session' | 'pid' | 'address' | 'typeid'> {
    const { id, pid, address } = this.#options.session
    return { session: id, pid, address, typeid: (side === 'caller' ? this.imports : this.exports).typeidOf(to) }
  }

  isPeerBusy(): boolean {
    return this.#options.process.isBusy()
  }

  idle(): void {
    this.#options.idle?.()
  }

  goodbye(): void {
    this.#options.goodbye?.()
  }

  ended(error: ManagerError): void {
    // First, so that disposals see why.
    this.peer.end(error)
    this.exports.end()
    this.#options.ended(error)
    // Last: what was held may be attached again by the next session.
    this.imports.ended()
  }
}

/** What crosses one session by reference, in both directions. */
class References implements SessionReferences {
  readonly #exports: ExportTable
  readonly #imports: ImportTable
  readonly #session: Session
  readonly #open: OpenReference
  readonly #own: SessionRoleOptions['own']
  readonly #maxReferences: number

  constructor(session: Session, exports: ExportTable, { imports, open, own, maxReferences }: SessionRoleOptions) {
    this.#session = session
    this.#exports = exports
    this.#imports = imports
    this.#open = open
    this.#own = own
    this.#maxReferences = maxReferences
  }

  accepts(value: object): boolean {
    const state = proxyStateOf(value)
    state?.entry.refuseReleased()
    return state !== undefined || this.#exports.accepts(value) || isStreamSource(value)
  }

  export(value: object): Descriptor & ReferenceDescriptor {
    const described = this.#exportProxy(proxyStateOf(value)?.entry) ?? this.#exports.export(value)
    if (described !== undefined) return described
    if (isStreamSource(value)) return { kind: 'stream', id: this.#session.streams.offer(value) }
    throw new ManagerError('UNSERIALIZABLE', 'a value that no reference can be made of')
  }

  refuseTooMany(): void {
    const { kept, described } = this.#exports
    if (described > maxDescribed)
      throw new ManagerError('OVERLOADED', 'this session has too many types of objects to describe')
    if (kept + this.#session.streams.offered <= this.#maxReferences) return
    throw tooMany(
      `the other side would hold more than ${this.#maxReferences} objects, functions and streams of this one`,
    )
  }

  sent(descriptor: ReferenceDescriptor): void {
    const sent = parseDescriptor(descriptor)
    if (sent.kind === 'stream') this.#session.streams.open(sent.id)
  }

  unexport(descriptor: ReferenceDescriptor): void {
    const sent = parseDescriptor(descriptor)
    if (sent.kind === 'stream') this.#session.streams.withdraw(sent.id)
    if (sent.kind === 'referent') this.#exports.unexport(sent)
  }

  import(descriptor: ReferenceDescriptor): unknown {
    const received = parseDescriptor(descriptor)
    switch (received.kind) {
      case 'referent':
        return this.#imports.receive(received, this.#session)
      case 'home':
        return this.#exports.find(received.id).unwrap()
      case 'portable':
        return this.#open(received.reference, received.shape)
      case 'stream':
        return this.#accept(received.id)
    }
  }

  #accept(id: StreamId): StreamReader {
    const { streams } = this.#session
    if (streams.accepted < this.#maxReferences) return streams.accept(id)
    streams.refuse(id)
    throw tooMany(`the other side has ${this.#maxReferences} streams open already`)
  }

  discard(descriptor: ReferenceDescriptor): void {
    const received = parseDescriptor(descriptor)
    if (received.kind === 'referent') this.#imports.discard(received, this.#session)
    if (received.kind === 'stream') this.#session.streams.refuse(received.id)
  }

  released(to: TargetId, count: number): void {
    this.#exports.released(to, count)
  }

  pinned(to: TargetId): void {
    this.#exports.pinned(to)
  }

  /**
   * A proxy of the peer's own referent crosses as its id, one of another server, or one that was narrowed, as a reference that the
   * peer attaches to.
   * What lives in another client can only be reached through this side, which hosts the proxy: undefined.
   */
  #exportProxy(entry: ImportEntry | undefined): (Descriptor & ReferenceDescriptor) | undefined {
    if (entry === undefined) return undefined
    if (this.#imports.isLive(entry) && entry.capability.caveats === undefined) return { kind: 'home', id: entry.id }
    if (entry.server === undefined) return undefined
    const own = this.#own?.(entry)
    if (own !== undefined) return this.#exports.export(own)
    return { kind: 'portable', reference: entry.refer(), shape: entry.type.shape }
  }
}

/** The other end of a session, as methods see it: one object for each session. */
class Peer implements SessionPeer {
  readonly id: string
  readonly pid: number
  #endReason: unknown
  #controller: AbortController | undefined

  constructor({ id, pid }: SessionRoleOptions['session']) {
    this.id = id
    this.pid = pid
  }

  /** Made when first asked for: most sessions are never asked. */
  get ended(): AbortSignal {
    return (this.#controller ??= this.#createController()).signal
  }

  end(reason: ManagerError): void {
    this.#endReason = reason
    this.#controller?.abort(reason)
  }

  #createController(): AbortController {
    const controller = new AbortController()
    if (this.#endReason !== undefined) controller.abort(this.#endReason)
    return controller
  }
}
