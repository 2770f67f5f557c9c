import { runOutsideCalls } from '../call-context.ts'
import { isManagerError, ManagerError } from '../errors.ts'
import type { Session } from '../session/session.ts'
import { defaultReferences } from '../session/session-options.ts'
import { Spread } from '../spread.ts'
import { WeakValueMap } from '../weak-value-map.ts'
import { Rights } from '../wire/caveats.ts'
import { plainShape, type ReferentDescriptor, type Shape, weightOf } from '../wire/descriptor.ts'
import { maxDescribed } from '../wire/limits.ts'
import type { TargetId } from '../wire/message.ts'
import { type EntryTable, type Identity, ImportEntry, type ImportPeer } from './import-entry.ts'
import { createProxy, proxyStateOf } from './proxy.ts'
import type { Capability, ReferenceParts, ServerLocation } from './reference.ts'
import { RemoteType } from './remote-type.ts'

/**
 * The referents of a peer that this side holds, each under one proxy. The table outlives the sessions with the peer: an entry
 * of a lost session is attached again by the next one, when its proxy is next used.
 */
export class ImportTable implements EntryTable {
  readonly peer: ImportPeer
  #server: ServerLocation | undefined
  /** All entries that aren't released, with their proxies; a collected proxy releases its entry. */
  readonly #proxies = new WeakValueMap<ImportEntry, object>((entry) => entry.release())
  /** The entries that are live or may be again, by the ids of the present server. */
  readonly #entries = new Map<TargetId, ImportEntry>()
  /** Those that were narrowed, by their secrets: their ids are of one session. */
  readonly #narrowed = new Map<string, ImportEntry>()
  /** Bounds the ids with one hash, as the peer chooses them. */
  readonly #spread = new Spread()
  readonly #types = new Map<number, RemoteType>()
  readonly #spreadOfTypes = new Spread()
  /** What they weigh. */
  #described = 0
  readonly #maxReferences: number
  #id: string | undefined

  /** @param maxReferences how much of the peer this side holds at most */
  constructor(peer: ImportPeer, maxReferences: number = defaultReferences) {
    this.peer = peer
    this.#maxReferences = maxReferences
  }

  /** A session with this server begins. */
  begin(server: ServerLocation): void {
    this.#server = server
    this.#types.clear()
    this.#spreadOfTypes.clear()
    this.#described = 0
    // The ids of another server are others.
    for (const entries of [this.#entries, this.#narrowed])
      for (const entry of entries.values()) if (entry.server?.serverId !== server.serverId) this.#unlist(entry)
  }

  ended(): void {
    for (const entry of this.#proxies.keys()) if (entry.isWatched) this.reattach(entry)
  }

  get id(): string {
    this.#id ??= crypto.randomUUID()
    return this.#id
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0 && this.#narrowed.size === 0
  }

  /** How much of the peer this side holds. */
  get size(): number {
    return this.#entries.size
  }

  /** The typeid of the entry with this id, if there is one. */
  typeidOf(id: TargetId): string | undefined {
    return this.#entries.get(id)?.type.typeid
  }

  /** Whether the entry is live in the present session with this peer. */
  isLive(entry: ImportEntry): boolean {
    return entry.table === this && entry.isLive
  }

  /**
   * Counts a reference that the session brought, and returns the proxy: the same one while anything uses it.
   * @throws ManagerError `OVERLOADED` where it would be one too many, and is given back; `PROTOCOL`
   */
  receive(received: ReferentDescriptor, session: Session): object {
    try {
      return this.#receive(received, session)
    } catch (error) {
      if (isManagerError(error, 'OVERLOADED')) giveBack(received, session)
      throw error
    }
  }

  #receive(received: ReferentDescriptor, session: Session): object {
    const { id, secret, narrowed } = received
    const type = this.#typeOf(received)
    const capability = narrowed === undefined ? { id, secret } : { ...narrowed, secret }
    const known = this.#known(capability)
    if (known?.isLive === true && known.id === id) {
      known.count++
      return this.#proxyOf(known)
    }
    if (known === undefined) this.#refuseTooMany()
    const identity = { id, capability, server: this.#server }
    const entry = known?.isLive === false ? this.#relisted(known, id) : this.#list(this.#createEntry(type, identity))
    entry.attach(session, identity)
    return this.#proxyOf(entry)
  }

  #refuseTooMany(): void {
    if (this.#proxies.size < this.#maxReferences) return
    throw tooMany(`${this.#maxReferences} objects and functions of the other side are held already`)
  }

  /** Gives back a received reference that nothing uses. */
  discard(received: ReferentDescriptor, session: Session): void {
    giveBack(received, session)
    this.#typeOf(received)
  }

  /** Returns the proxy of a reference that came by another session at once, and attaches to its referent. */
  expect(parts: ReferenceParts, shape: Shape): object {
    const { id, secret, caveats, address, serverId } = parts
    const capability = { id, secret, caveats }
    const identity = { id, capability, server: { address, serverId } }
    const known = this.#known(capability)
    if (known === undefined) this.#refuseTooMany()
    const entry = known ?? this.#createEntry(this.#createType(shape), identity)
    // Only the server knows which secret is right: a wrong one must not displace the other entry.
    if (caveats !== undefined) this.#narrowed.set(secret, entry)
    else if (!this.#entries.has(id)) this.#list(entry)
    const proxy = this.#proxyOf(entry)
    // At once, as the pin of the reference lasts for a minute only.
    if (!entry.isLive) this.reattach(entry)
    return proxy
  }

  reattach(entry: ImportEntry): void {
    const end = this.peer.end()
    if (end !== undefined) return this.#lose(entry, end)
    if (entry.isAttaching) return
    entry.isAttaching = true
    void runOutsideCalls(() => this.#attach(entry))
  }

  forget(entry: ImportEntry): void {
    this.#proxies.delete(entry)
    this.#unlist(entry)
    if (this.isEmpty) this.peer.emptied?.()
  }

  async #attach(entry: ImportEntry): Promise<void> {
    try {
      // Again where that session is lost by now.
      do this.#attached(await this.peer.attach?.(entry), entry)
      while (entry.isWanted)
    } catch (error) {
      // Unless another message has brought a reference meanwhile.
      if (!entry.isLive) this.#lose(entry, error)
    } finally {
      entry.isAttaching = false
    }
  }

  #attached(proxy: unknown, entry: ImportEntry): void {
    const received = proxyStateOf(proxy)?.entry
    if (received?.table !== this)
      throw new ManagerError('PROTOCOL', 'the server attached a reference to something that is no referent of its own')
    if (received !== entry) this.#merge(received, entry)
  }

  /** The referent of the entry can't be attached to. */
  #lose(entry: ImportEntry, reason: unknown): void {
    entry.fail(reason)
    proxyStateOf(this.#proxies.get(entry))?.lose(reason)
    this.#unlist(entry)
    if (this.isEmpty) this.peer.emptied?.()
  }

  /** Moves one reference to `entry` from another entry, which turned out to be of the same referent. */
  #merge(received: ImportEntry, entry: ImportEntry): void {
    if (entry.isReleased) {
      entry.attachLike(received)
      return received.releaseOne()
    }
    this.#unlist(entry)
    if (received.count > 1) {
      received.count--
    } else {
      // Its proxy was never used.
      received.isReleased = true
      this.#proxies.delete(received)
      this.#entries.set(received.id, entry)
      const { caveats, secret } = received.capability
      if (caveats !== undefined) this.#narrowed.set(secret, entry)
    }
    entry.attachLike(received)
  }

  /** The entry of exactly these rights. */
  #known({ id, secret, caveats }: Capability): ImportEntry | undefined {
    const known = caveats === undefined ? this.#entries.get(id) : this.#narrowed.get(secret)
    return known?.capability.secret === secret ? known : undefined
  }

  /** @throws ManagerError `PROTOCOL` for caveats that aren't understood */
  #createEntry(type: RemoteType, identity: Identity): ImportEntry {
    const { caveats } = identity.capability
    return new ImportEntry(this, caveats === undefined ? type : type.narrowed(new Rights(caveats)), identity)
  }

  #relisted(entry: ImportEntry, id: TargetId): ImportEntry {
    if (entry.id === id && this.#entries.get(id) === entry) return entry
    this.#unlist(entry)
    entry.id = id
    return this.#list(entry)
  }

  #list(entry: ImportEntry): ImportEntry {
    if (!this.#spread.admits(entry.id, this.#entries))
      throw new ManagerError('PROTOCOL', 'the peer sent too many references whose ids have one hash')
    this.#entries.set(entry.id, entry)
    const { caveats, secret } = entry.capability
    if (caveats !== undefined) this.#narrowed.set(secret, entry)
    return entry
  }

  #unlist(entry: ImportEntry): void {
    const { secret } = entry.capability
    if (this.#narrowed.get(secret) === entry) this.#narrowed.delete(secret)
    if (this.#entries.get(entry.id) !== entry) return
    this.#entries.delete(entry.id)
    this.#spread.delete(entry.id)
  }

  #typeOf({ type, shape }: ReferentDescriptor): RemoteType {
    const known = shape === undefined ? this.#types.get(type) : this.#createType(shape)
    if (known === undefined)
      throw new ManagerError('PROTOCOL', 'the peer sent a reference of a type that it has not described')
    if (!this.#spreadOfTypes.admits(type, this.#types))
      throw new ManagerError('PROTOCOL', 'the peer described too many types whose numbers have one hash')
    if (shape !== undefined) this.#countType(type, shape)
    this.#types.set(type, known)
    return known
  }

  #countType(type: number, shape: Shape): void {
    const before = this.#types.get(type)
    const described = this.#described + weightOf(shape) - (before === undefined ? 0 : weightOf(before.shape))
    if (described > maxDescribed) throw new ManagerError('OVERLOADED', 'the other side has described too many types')
    this.#described = described
  }

  #createType(shape: Shape): RemoteType {
    return new RemoteType(plainShape(shape), this.peer.classOf(shape.typeid))
  }

  #proxyOf(entry: ImportEntry): object {
    const living = this.#proxies.get(entry)
    if (living !== undefined) return living
    const proxy = createProxy(entry)
    this.#proxies.set(entry, proxy)
    return proxy
  }
}

function giveBack({ id }: ReferentDescriptor, session: Session): void {
  session.send({ kind: 'release', to: id, count: 1 })
}

/** The error for more than a session may bring along. */
export function tooMany(why: string): ManagerError {
  return new ManagerError('OVERLOADED', `${why} (maxReferences); release some of them first`)
}
