import { runOutsideCalls } from '../call-context.ts'
import { isManagerError, ManagerError } from '../errors.ts'
import { keepingAlive } from '../deadline.ts'
import { Spread } from '../spread.ts'
import { type CallOptions, settledBy } from '../session/wait.ts'
import type { Request } from '../session/outgoing-calls.ts'
import type { Session } from '../session/session.ts'
import type { Descriptor } from '../wire/descriptor.ts'
import { serverTarget, type TargetId } from '../wire/message.ts'
import { type CallFailure, type Holder, ImportEntry } from './import-entry.ts'
import { RemoteType } from './remote-type.ts'
import { createProxy, lose, proxyStateOf } from './proxy.ts'
import { formatReference, isSameServer, keyOf, type Reference, type ServerPlace } from './reference.ts'

/** What is known here of the other side of a session. */
export interface PeerView {
  /** Where others reach it and which start of a server it is; undefined for a client. */
  readonly server: ServerPlace | undefined
  /** Proves to the server that a capability is known here. */
  prove?(secret: string, id: TargetId): string
  /** What takes the place of this session once it is lost, where something does. */
  successor?(): Promise<ImportTable> | undefined
  /** Whether something will. */
  isReopened?(): boolean
  /** How long names of a server that was started anew may yet take to be given again. */
  restoresWithinMs?(): number
  /** The class of that typeid, where it is loaded in this process. */
  classOf(typeid: string): (abstract new (...args: never[]) => object) | undefined
}

/** What an import table tells of. */
export interface ImportEvents {
  /** The last entry was given back. */
  emptied(): void
  /** A call failed whose promise nobody had taken. */
  unhandled(failure: CallFailure): void
}

type ReferentDescriptor = Descriptor & { kind: 'referent' }

interface Collected {
  readonly entry: ImportEntry
  readonly proxy: WeakRef<object>
}

/** What this side of one session holds of the other: each referent once, under one proxy, with the count of references received. */
export class ImportTable implements Holder {
  readonly #session: Session
  readonly #peer: PeerView
  readonly #imports = new Map<TargetId, ImportEntry>()
  /** The peer chooses their ids. */
  readonly #spread = new Spread()
  readonly #types = new Map<number, RemoteType>()
  #place: string | undefined
  readonly #adopting = new Map<ImportEntry, Promise<void>>()
  readonly #events: ImportEvents
  readonly #collected = new FinalizationRegistry<Collected>(({ entry, proxy }) => {
    if (entry.proxy === proxy) entry.holder.release(entry)
  })

  constructor(session: Session, peer: PeerView, events: ImportEvents) {
    this.#session = session
    this.#peer = peer
    this.#events = events
  }

  get server(): ServerPlace | undefined {
    return this.#peer.server
  }

  /** What lives in a client is known by its session alone. */
  get place(): string {
    this.#place ??= this.server === undefined ? crypto.randomUUID() : keyOf(this.server)
    return this.#place
  }

  /** Why the session is over; undefined while it lives. */
  get end(): ManagerError | undefined {
    return this.#session.end
  }

  get isEmpty(): boolean {
    return this.#imports.size === 0
  }

  /** The typeid of what the session holds under this id, if it does. */
  typeidOf(id: TargetId): string | undefined {
    return this.#imports.get(id)?.type.typeid
  }

  /** Counts a reference that was received, and gives the proxy of its referent: the same one while anything uses it. */
  hold(received: ReferentDescriptor): object {
    const entry = this.#imports.get(received.id) ?? this.#begin(received)
    entry.count++
    return this.#proxyOf(entry)
  }

  /** Gives back a reference that was received and that nobody wants. */
  discard(received: ReferentDescriptor): void {
    this.#typeOf(received)
    this.#session.tell({ kind: 'release', to: received.id, count: 1 })
  }

  get isReopened(): boolean {
    return this.#peer.isReopened?.() === true
  }

  request(entry: ImportEntry, request: Request, options?: CallOptions): Promise<unknown> {
    if (this.#session.end === undefined) return this.#session.request(request, options)
    const successor = this.#peer.successor?.()
    if (successor === undefined) return this.#session.request(request, options)
    return this.#requestOf(successor, entry, request, options)
  }

  /**
   * Gets the referent of a lost session's entry again, which from then on is one of this session.
   * @throws (as a rejection) ManagerError `REFERENT_GONE`, and whatever the server answers; the referent was not called
   */
  async adopt(entry: ImportEntry): Promise<void> {
    if (entry.holder === this) return
    const successor = this.#session.end === undefined ? undefined : this.#peer.successor?.()
    if (successor !== undefined) return (await successor).adopt(entry)
    const adopting = this.#adopting.get(entry) ?? runOutsideCalls(() => this.#adopt(entry))
    this.#adopting.set(entry, adopting)
    try {
      await adopting
    } finally {
      this.#adopting.delete(entry)
    }
  }

  /**
   * Has an entry of elsewhere take over one of the references that `received` counts: from then on it is one of this
   * session, and each of the two gives back its own. Where it was released meanwhile, that reference is given back.
   */
  cede(received: ImportEntry, heir: ImportEntry): void {
    if (heir.isReleased) return this.#drop(received)
    if (received.count > 1) {
      received.count--
    } else {
      // Nobody else has seen what came with the first reference: the heir's proxy takes its place.
      received.isReleased = true
      this.#imports.set(received.id, heir)
    }
    Object.assign(heir, { id: received.id, secret: received.secret, holder: this, count: 1 })
    const proxy = heir.proxy?.deref()
    if (proxy !== undefined && heir.proxy !== undefined)
      this.#collected.register(proxy, { entry: heir, proxy: heir.proxy })
  }

  /** The proxy of what is held under this id, for whoever knows its secret. */
  proxyOf(id: TargetId, secret: string): object | undefined {
    const entry = this.#imports.get(id)
    return entry?.secret === secret ? entry.proxy?.deref() : undefined
  }

  refer(entry: ImportEntry): Reference {
    entry.refuseReleased()
    const { id, secret, type } = entry
    const { server } = this.#peer
    if (server === undefined) throw noAddress(type.typeid)
    this.#session.tell({ kind: 'pin', to: id })
    return formatReference({ ...server, id, typeid: type.typeid, secret })
  }

  release(entry: ImportEntry): void {
    if (entry.isReleased) return
    entry.isReleased = true
    if (this.#imports.get(entry.id) === entry) {
      this.#imports.delete(entry.id)
      this.#spread.delete(entry.id)
    }
    this.#session.tell({ kind: 'release', to: entry.id, count: entry.count })
    if (this.isEmpty) this.#events.emptied()
  }

  watch(entry: ImportEntry): void {
    entry.isWatched = true
    if (this.#session.end !== undefined) this.#tellLost(entry, this.#session.end)
  }

  /** The session is over. */
  ended(error: ManagerError): void {
    for (const entry of this.#imports.values()) if (entry.isWatched) this.#tellLost(entry, error)
  }

  report(failure: CallFailure): void {
    this.#events.unhandled(failure)
  }

  async #requestOf(
    successor: Promise<ImportTable>,
    entry: ImportEntry,
    request: Request,
    options: CallOptions | undefined,
  ): Promise<unknown> {
    const adopted = successor.then((imports) => imports.adopt(entry))
    await keepingAlive(settledBy(adopted, options))
    return entry.request({ ...request, to: entry.id }, options)
  }

  async #adopt(entry: ImportEntry): Promise<void> {
    const again = proxyStateOf(await this.#askAgain(entry))?.entry
    if (again === undefined) throw gone(entry)
    this.cede(again, entry)
  }

  /** Tells the proxy of what was lost with the session, unless it lives on in the one that takes its place. */
  #tellLost(entry: ImportEntry, end: ManagerError): void {
    const successor = this.#peer.successor?.()
    if (successor === undefined) lose(entry, end)
    else void this.#followTo(successor, entry)
  }

  async #followTo(successor: Promise<ImportTable>, entry: ImportEntry): Promise<void> {
    let next: ImportTable | undefined
    try {
      next = await successor
      await next.adopt(entry)
    } catch (error) {
      if (next?.end === undefined) lose(entry, error)
      else next.#tellLost(entry, next.end)
    }
  }

  /** Gives back one reference of those that the entry counts. */
  #drop(entry: ImportEntry): void {
    if (entry.count === 1) return this.release(entry)
    entry.count--
    this.#session.tell({ kind: 'release', to: entry.id, count: 1 })
  }

  async #askAgain(entry: ImportEntry): Promise<unknown> {
    const { recipe, id, secret, holder } = entry
    if (recipe === undefined && !isSameServer(holder.server, this.server)) throw gone(entry)
    const waitMs = this.#peer.restoresWithinMs?.() ?? 0
    const wait = recipe?.operation === 'lookup' && waitMs > 0 ? [waitMs] : []
    const { operation, args } = recipe ?? { operation: 'attach', args: [id, this.#peer.prove?.(secret, id)] }
    try {
      return await this.#session.request({
        kind: 'call',
        to: serverTarget,
        method: operation,
        args: [...args, ...wait],
      })
    } catch (error) {
      throw isManagerError(error) ? Object.assign(error, { delivery: 'not-sent' }) : error
    }
  }

  #begin(received: ReferentDescriptor): ImportEntry {
    const entry = new ImportEntry(received.id, this.#typeOf(received), received.secret, this)
    if (!this.#spread.admits(received.id, this.#imports))
      throw new ManagerError('PROTOCOL', 'the peer sent too many references whose ids have one hash')
    this.#imports.set(received.id, entry)
    return entry
  }

  #typeOf({ type: number, shape }: ReferentDescriptor): RemoteType {
    const known =
      shape === undefined ? this.#types.get(number) : new RemoteType(shape, this.#peer.classOf(shape.typeid))
    if (known === undefined)
      throw new ManagerError('PROTOCOL', 'the peer sent a reference of a type that it has not described')
    this.#types.set(number, known)
    return known
  }

  #proxyOf(entry: ImportEntry): object {
    const living = entry.proxy?.deref()
    if (living !== undefined) return living
    const proxy = createProxy(entry)
    entry.proxy = new WeakRef(proxy)
    this.#collected.register(proxy, { entry, proxy: entry.proxy })
    return proxy
  }
}

function gone({ type, id }: ImportEntry): ManagerError {
  const message = `the ${type.typeid} ${id} went with the server that hosted it, which was started anew; create another, or give it a name`
  return new ManagerError('REFERENT_GONE', message, { delivery: 'not-sent' })
}

function noAddress(typeid: string): ManagerError {
  return new ManagerError(
    'UNSERIALIZABLE',
    `no reference can be made of this ${typeid}: it lives in a client, which others can't connect to; pass its proxy to a method of a shared object instead`,
  )
}
