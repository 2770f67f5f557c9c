import { HandshakeChannel, numberOf, sendLine } from '../auth/handshake-channel.ts'
import { admit, refusedLine, type ServerCredentials, type Login } from '../auth/handshake.ts'
import type { Serializer } from '../codec/codec.ts'
import type { ManagerError } from '../errors.ts'
import { type Check, type Checks, isAtLeast, isNumber, isOneOf, mustBe, pick } from '../options.ts'
import {
  sessionChecks,
  type SessionOptions,
  type SessionSettings,
  sessionSettings,
} from '../session/session-options.ts'
import { withTimeLimit } from '../deadline.ts'
import { connectionPool } from '../proxy/connection-pool.ts'
import { connectTo, listenAt } from '../transport/open.ts'
import { type NetworkOptions, networkChecks } from '../transport/network-options.ts'
import { type Address, clearPlace, type Place, removeFolderNow } from '../transport/address.ts'
import { ownTask } from '../platform/node.ts'
import { Newcomers } from '../transport/newcomers.ts'
import type { Listener, Transport } from '../transport/transport.ts'
import type { TargetId } from '../wire/message.ts'
import { graceOf, shuttingDown } from './ending.ts'
import { Loopback } from './loopback.ts'
import { Referents, type TypeCatalogue } from './referents.ts'
import type { CallFilter } from './call-record.ts'
import type { CallWatch } from './call-watch.ts'
import { detailOf, sessionDetailOf } from './inspect-detail.ts'
import type { ReferentDetail, ServerInspection, SessionDetail } from './inspection.ts'
import { inspectServer } from './inspect-server.ts'
import { Meter } from './meter.ts'
import type { Administration } from './server-operations.ts'
import { Sessions } from './sessions.ts'
import { tellServer, tellSession, type UnhandledFailure } from '../session-events.ts'

const handshakeTimeoutMs = 10_000

/** How long a server may take to say who it is, as on a busy machine: one that is stopped never does. */
const helloMs = 5000

/** The longest text of a message of a session that a reference opened, where the options don't say. */
const grantedTextBytes = 1024 * 1024

const defaultHandshakes = 1024
const defaultSessions = 10_000

/** How a server serves. */
export interface ServingOptions extends SessionOptions, NetworkOptions {
  /** How long a reference that travels (`refOf`) keeps its referent alive, in milliseconds. Default 60,000; at most 24 days. */
  readonly pinMs?: number
  /**
   * Which sessions see the stacks of the server's errors, and of their causes: a stack names functions and files. Default
   * `authkey`: sessions that were opened with the authkey, not those that a reference opened; `true` for all, `false` for
   * none. Without it an error has its class, message and fields.
   */
  readonly exposeStacks?: boolean | 'authkey'
  /**
   * How long running calls may take to finish once the server is to end, in milliseconds; then their signals abort.
   * Default 2000; 0 for no time at all.
   */
  readonly graceMs?: number
  /**
   * How values are written: `binary`, or `superjson`, whole and readable in superjson's own format, which takes ten to twenty
   * times as long and refuses what superjson's reader would change: see docs/values.md. The server tells its clients.
   * Default `binary`.
   */
  readonly serializer?: Serializer
  /**
   * How many connections there may be that haven't proved yet what they know, those of a handshake of TLS or HTTP included: one more
   * ends the oldest. Default 1024.
   */
  readonly maxHandshakes?: number
  /**
   * How many sessions there may be that were opened with the authkey, and how many that references opened: neither take the
   * places of the others. Logins beyond are refused with `OVERLOADED`. Default 10,000.
   */
  readonly maxSessions?: number
}

const isStacksChoice: Check = (name, value) => {
  if (typeof value !== 'boolean' && value !== 'authkey') throw mustBe(name, value, "true, false or 'authkey'")
}

/** For the option bags that have these; what serves by them checks the ranges. */
export const servingChecks: Checks<ServingOptions> = {
  ...sessionChecks,
  ...networkChecks,
  pinMs: isNumber,
  exposeStacks: isStacksChoice,
  graceMs: isNumber,
  serializer: isOneOf('binary', 'superjson'),
  maxHandshakes: isAtLeast(1),
  maxSessions: isAtLeast(1),
}

export interface ServerOptions extends ServingOptions {
  readonly types: TypeCatalogue
  readonly authkey: Uint8Array
  /** Whether another one may come to the same address when it has ended in order, for which its clients wait. */
  readonly isSucceeded?: boolean
  /** Is told of calls that failed and whose promises nobody had taken. */
  readonly unhandled?: (failure: UnhandledFailure) => void
}

/**
 * Hosts referents and serves sessions, in whatever process it is made. Without `listen`, only transports given to
 * `accept` reach it.
 */
export class Server implements Administration {
  readonly #graceMs: number
  readonly #network: NetworkOptions
  readonly #referents: Referents
  readonly #credentials: ServerCredentials
  readonly #sessions: Sessions
  readonly #newcomers: Newcomers
  readonly #meter: Meter
  readonly #startMs = performance.now()
  #listener: Listener | undefined
  /** Whose folder it removes. */
  #place: Place | undefined
  #lastSession = 0
  #closing: Promise<void> | undefined
  readonly ended: Promise<void>
  #end: () => void = () => undefined

  /** @throws RangeError for a lease or a time of grace that no timer can keep */
  constructor(options: ServerOptions) {
    const settings = settingsOf(options)
    const { serializer = 'binary' } = options
    this.#graceMs = graceOf(options.graceMs)
    this.#network = pick(options, networkChecks)
    this.#newcomers = new Newcomers(options.maxHandshakes ?? defaultHandshakes)
    this.#referents = new Referents(options.types, new Loopback(this), options.pinMs)
    this.#meter = new Meter({
      showsStacks: options.exposeStacks !== false,
      referentOf: ({ session, request }) => this.#sessions.reached(session.id, request.to),
    })
    this.#sessions = new Sessions({
      referents: this.#referents,
      administration: this,
      settings,
      maxSessions: options.maxSessions ?? defaultSessions,
      isSucceeded: options.isSucceeded === true,
      exposeStacks: options.exposeStacks ?? 'authkey',
      serializer,
      meter: this.#meter,
      unhandled: options.unhandled,
    })
    const { identity } = this.#referents
    this.#credentials = {
      identity,
      keyFor: (kind, id, caveats) =>
        kind === 'authkey' ? options.authkey : Buffer.from(this.#referents.capability(id as TargetId, caveats)),
      refusal: (authority) => this.#sessions.refusal(authority),
      resumable: (sessionId) => this.#sessions.resumable(sessionId),
      welcome: (authority) => ({
        serverPid: process.pid,
        serverTask: ownTask(),
        sessionId: `s${++this.#lastSession}`,
        address: this.advertised,
        settings: settings[authority],
        maxTextBytes: settings[authority].limits.maxTextBytes,
        serializer,
      }),
    }
    this.ended = new Promise((resolve) => (this.#end = resolve))
  }

  /**
   * Accepts sessions at a place, whose folder it then takes.
   * @throws ManagerError `START_FAILED` where it can't listen there
   */
  async listen(place: Place): Promise<void> {
    const accept = (transport: Transport): void => void this.accept(transport)
    const newcomers = this.#newcomers
    const refused = (error: ManagerError): void => this.#refused(error)
    const hooks = { newcomers, occupant: occupantOf, refused }
    this.#listener = await listenAt(place.address, accept, this.#network, hooks)
    this.#place = place
    connectionPool.allow(this.#network)
    tellServer(this.serverId, `listens at ${this.address}`)
  }

  /** Where it listens; undefined before. */
  get address(): Address | undefined {
    return this.#listener?.address
  }

  /** Where others reach it; '' for one that listens nowhere. */
  get advertised(): string {
    return this.#listener?.advertised ?? ''
  }

  /** Leaves nothing at the place: for a process that exits before the server has ended. */
  vanish(): void {
    void this.#listener?.close()
    if (this.#place?.folder !== undefined) removeFolderNow(this.#place.folder)
  }

  get serverId(): string {
    return this.#referents.identity.serverId
  }

  /** Keeps the process alive while the server listens, as it does at first, or lets it end. */
  ref(): void {
    this.#listener?.ref()
  }

  unref(): void {
    this.#listener?.unref()
  }

  /** Takes a client's transport: admits the client and serves it, or closes it. Never rejects. */
  async accept(transport: Transport): Promise<void> {
    const leave = this.#newcomers.enter((reason) => drop(transport, reason))
    transport.unref()
    try {
      const login = await withTimeLimit(handshakeTimeoutMs, (limit) => admit(transport, this.#credentials, limit))
      leave()
      if (login !== 'resumed') this.#sessions.serve(transport, login, this.address)
    } catch (error) {
      this.#refused(error)
      // A stranger's failed handshake is the stranger's: it has been told what it may know of it. It has its place until it goes.
      transport.start({ message: () => undefined, closed: leave })
      transport.close()
    }
  }

  inspect(limit: number, withLoad: boolean, find: string): ServerInspection {
    return {
      serverId: this.serverId,
      uptimeMs: performance.now() - this.#startMs,
      ...inspectServer(this.#referents.table, this.#sessions, limit, find),
      ...(withLoad ? { load: this.#meter.look() } : {}),
    }
  }

  inspectReferent(id: TargetId): ReferentDetail {
    return detailOf(this.#referents.find(id), this.#sessions)
  }

  watchCalls(filter: CallFilter): CallWatch {
    return this.#meter.log.watch(filter)
  }

  inspectSession(id: string): SessionDetail {
    return sessionDetailOf(id, this.#sessions)
  }

  /** Hosts an object of this process until it is forgotten. @throws ManagerError `UNKNOWN_TYPEID` */
  share(instance: object): { readonly id: TargetId; readonly secret: string } {
    const { id } = this.#referents.share(instance)
    return { id, secret: this.#referents.table.capability(id) }
  }

  unshare(instance: object): void {
    const referent = this.#referents.table.known(instance)
    if (referent !== undefined) this.#referents.table.unshare(referent)
  }

  shutDown(): void {
    setImmediate(() => void this.close())
  }

  /**
   * Ends in order. From now on nobody gets in, and new requests are refused with `SHUTTING_DOWN`; what runs may finish
   * within `graceMs`, then its signal aborts, and half a second later calls without an answer reject with `SHUTTING_DOWN`. Then
   * the sessions end, the referents are disposed of, and nothing is left at the address.
   *
   * Takes at most `graceMs`, that half second, and five seconds for disposals. Idempotent; never rejects.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /**
   * Ends the sessions at once, as the state of this process may be broken: calls without an answer reject with `error`, and
   * nothing is disposed of. Resolves when the answers have left, or after one and a half seconds. Never rejects.
   */
  async abandon(error: ManagerError): Promise<void> {
    this.#referents.table.disown()
    await this.#refuse()
    await this.#sessions.close(error)
  }

  async #close(): Promise<void> {
    await this.#refuse()
    const { table } = this.#referents
    await this.#sessions.settle(table, this.#graceMs)
    await Promise.all([this.#sessions.close(shuttingDown('unknown')), table.clear()])
    if (this.#place !== undefined) await clearPlace(this.#place)
    this.#end()
    tellServer(this.serverId, 'has ended')
  }

  #refused(error: unknown): void {
    tellSession({ kind: 'refused', side: 'server', address: this.address, error })
  }

  async #refuse(): Promise<void> {
    // Streams that go on take time of the end.
    this.#meter.stop()
    this.#sessions.refuse()
    this.#newcomers.dropAll()
    await this.#listener?.close()
  }
}

/** Ends a handshake at once; the client may yet hear why, where there is a reason. */
function drop(transport: Transport, reason?: ManagerError): void {
  if (reason !== undefined) sendLine(transport, refusedLine(reason))
  transport.destroy(reason)
}

/** A client with a mere reference may keep the server from its other clients for less time than one with the authkey. */
function settingsOf(options: SessionOptions): Record<Login['authority'], SessionSettings> {
  const all = sessionSettings(options)
  return { all, granted: sessionSettings({ maxTextBytes: grantedTextBytes, ...options }, options) }
}

/** The process that serves at an address, in words. */
async function occupantOf(address: Address): Promise<string> {
  try {
    return `process ${await withTimeLimit(helloMs, (limit) => pidAt(address, limit))}`
  } catch {
    return 'another process, which does not say its number,'
  }
}

async function pidAt(address: Address, limit: AbortSignal): Promise<number> {
  const transport = await connectTo(address, {}, limit)
  try {
    return numberOf(await new HandshakeChannel(transport, limit).receive(), 'pid')
  } finally {
    transport.destroy()
  }
}
