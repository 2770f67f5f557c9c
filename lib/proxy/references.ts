import type { ReferenceDescriptor } from '../codec/reference-port.ts'
import { ManagerError } from '../errors.ts'
import type { ExportTable } from '../host/export-table.ts'
import { isStreamSource } from '../session/outgoing-stream.ts'
import type { SessionReferences } from '../session/role.ts'
import type { Session } from '../session/session.ts'
import { type Descriptor, parseDescriptor, type Shape } from '../wire/descriptor.ts'
import type { TargetId } from '../wire/message.ts'
import type { ImportEntry } from './import-entry.ts'
import type { ImportTable } from './import-table.ts'
import { proxyStateOf } from './proxy.ts'

/** Gives the proxy of a referent elsewhere, or the referent itself where this process hosts it. */
export type OpenReference = (reference: string, shape: Shape) => object

/** All that crosses one session by reference, in both directions, the same for clients and servers. */
export class References implements SessionReferences {
  readonly #exports: ExportTable
  readonly #imports: ImportTable
  readonly #session: Session
  readonly #open: OpenReference

  constructor(session: Session, exports: ExportTable, imports: ImportTable, open: OpenReference) {
    this.#session = session
    this.#exports = exports
    this.#imports = imports
    this.#open = open
  }

  accepts(value: object): boolean {
    const state = proxyStateOf(value)
    state?.entry.refuseReleased()
    return state !== undefined || this.#exports.accepts(value) || isStreamSource(value)
  }

  export(value: object): Descriptor & ReferenceDescriptor {
    const described = this.#exportProxy(proxyStateOf(value)?.entry) ?? this.#exports.grant(value)
    if (described !== undefined) return described
    if (isStreamSource(value)) return { kind: 'stream', id: this.#session.streams.offer(value) }
    throw new ManagerError('UNSERIALIZABLE', 'a value that no reference can be made of')
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
        return this.#exports.comeHome(received.id)
      case 'portable':
        return this.#open(received.reference, received.shape)
      case 'stream':
        return this.#session.streams.accept(received.id)
    }
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
   * A proxy of the peer's own referent goes home. One of another server goes as a text that the peer attaches to. What
   * lives in a client can only be reached through this side, which hosts the proxy.
   */
  #exportProxy(entry: ImportEntry | undefined): (Descriptor & ReferenceDescriptor) | undefined {
    if (entry === undefined) return undefined
    if (this.#imports.isLive(entry)) return { kind: 'home', id: entry.id }
    if (entry.server === undefined) return undefined
    return { kind: 'portable', reference: entry.refer(), shape: entry.type.shape }
  }
}
