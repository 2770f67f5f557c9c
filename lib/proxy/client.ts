import { proveCapability } from '../auth/proofs.ts'
import { type Credential, logIn, type Welcome } from '../auth/handshake.ts'
import { createCodec } from '../codec/codec.ts'
import type { AnyClass } from '../decorators/metadata.ts'
import { isManagerError, ManagerError } from '../errors.ts'
import { Caller } from '../host/caller.ts'
import { ObjectTable } from '../host/object-table.ts'
import type { Registry } from '../registry.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import {
  type SessionOptions,
  sessionOptionsOf,
  type SessionSettings,
  sessionSettings,
} from '../session/session-options.ts'
import { type SessionEvent, tellSession, type UnhandledFailure } from '../session-events.ts'
import { type CallOptions, settledBy } from '../session/wait.ts'
import { Session } from '../session/session.ts'
import { keepingAlive, withTimeLimit } from '../deadline.ts'
import { PeerProcess } from '../transport/peer-process.ts'
import { connectSocket } from '../transport/socket.ts'
import type { Transport } from '../transport/transport.ts'
import { serverTarget, type TargetId } from '../wire/message.ts'
import type { ImportEntry } from './import-entry.ts'
import type { ImportTable } from './import-table.ts'
import { Hostable } from './hostable.ts'
import type { ServerPlace } from './reference.ts'
import type { OpenReference } from './references.ts'
import { reopen } from './reopen.ts'
import { SessionRole } from './session-role.ts'

const connectTimeoutMs = 10_000

export interface ClientOptions extends SessionOptions {
  /** The classes that are known here: proxies of them are `instanceof` them, and instances of them can be passed. */
  readonly registry: Registry
  /** Opens references to other servers that come inside messages. */
  readonly open: OpenReference
  /** Told whenever something has ended that may have been the last thing the session was for: `isIdle` says so. */
  readonly idle?: (client: Client) => void
  /** Told of calls that failed and whose promises nobody had taken. */
  readonly unhandled?: (failure: UnhandledFailure) => void
  /** Told when the session is over. */
  readonly ended?: (client: Client) => void
  /** Opens the session anew that was lost. Without it, or where the server says not to, it stays lost. */
  readonly reopen?: (signal: AbortSignal) => Promise<Client>
  /** Told of what `reopen` opened. */
  readonly reopened?: (client: Client) => void
}

export interface OpenOptions extends CallOptions {
  /** `false`: the attempt doesn't keep the process alive. */
  readonly keepsAlive?: boolean
}

/**
 * Connects to the server at `address` and logs in.
 * @throws ManagerError `CONNECT_FAILED`, `AUTH_FAILED`, `PROTOCOL`, `TIMEOUT`, `ABORTED`
 */
export async function openClient(
  address: string,
  credential: Credential,
  options: ClientOptions,
  { timeoutMs = connectTimeoutMs, signal, keepsAlive = true }: OpenOptions = {},
): Promise<Client> {
  const open = async (limit: AbortSignal): Promise<Client> => {
    const transport = await connectSocket(address, limit)
    if (!keepsAlive) transport.unref()
    return logInOver(transport, address, credential, options, limit)
  }
  return withTimeLimit(timeoutMs, open, signal)
}

/** As `openClient`, over a transport that is open already; takes it, and closes it where the login fails. */
export async function logInClient(
  transport: Transport,
  address: string,
  credential: Credential,
  options: ClientOptions,
): Promise<Client> {
  return withTimeLimit(connectTimeoutMs, (limit) => logInOver(transport, address, credential, options, limit))
}

async function logInOver(
  transport: Transport,
  address: string,
  credential: Credential,
  options: ClientOptions,
  signal: AbortSignal,
): Promise<Client> {
  try {
    const welcome = await logIn(transport, credential, signal)
    const authority = credential.kind === 'authkey' ? 'all' : 'granted'
    tellSession({ kind: 'opened', ...sidesOf(address, welcome), authority })
    return new Client(transport, address, welcome, options)
  } catch (error) {
    tellSession({ kind: 'refused', side: 'client', address, error })
    transport.destroy()
    throw error
  }
}

/**
 * One session with a server, seen from the client's side; and when it is lost, those that were opened anew in its
 * place, if it has a successor.
 */
export class Client {
  readonly address: string
  readonly welcome: Welcome
  readonly #options: ClientOptions
  readonly #settings: SessionSettings
  readonly #session: Session<SessionRole>
  readonly #ended: Promise<void>
  #end: () => void = () => undefined
  #reopening: AbortController | undefined
  #successor: Promise<Client> | undefined
  /** What the successor holds: there go the proxies of this session. */
  #next: Promise<ImportTable> | undefined
  #latest: Client | undefined
  #isClosed = false
  #abandoned: ManagerError | undefined
  #hasLeft = false
  /** When it found another server in the place of the one before. */
  #restoredMs = -Infinity

  /** Takes the transport, on which this side has just logged in. */
  constructor(transport: Transport, address: string, welcome: Welcome, options: ClientOptions) {
    this.address = address
    this.welcome = welcome
    this.#options = options
    const { settings, maxTextBytes } = welcome
    const peer = { heartbeat: settings.heartbeat, maxTextBytes }
    this.#settings = sessionSettings({ ...settings, ...sessionOptionsOf(options) }, peer)
    this.#ended = new Promise((resolve) => (this.#end = resolve))
    this.#session = new Session(
      transport,
      createCodec({ maxTextBytes: () => transport.maxTextBytes }),
      this.#settings,
      (session) => this.#roleOf(session),
    )
  }

  /** Where the server is, and who it has proved to be. */
  get server(): ServerPlace {
    return { address: this.address, serverId: this.welcome.serverId }
  }

  /** The session at this time: itself, or what was opened in its place. */
  get latest(): Client {
    return this.#latest?.latest ?? this
  }

  /** Why the session is over; undefined while it lives. */
  get end(): ManagerError | undefined {
    return this.#session.end
  }

  /** Whether this side ended it. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Whether it is opened anew when it is lost. */
  get willReopen(): boolean {
    const { reopen: open } = this.#options
    const isOver = this.#isClosed || this.#hasLeft || this.#abandoned !== undefined
    return open !== undefined && !isOver && this.#settings.reconnectMs > 0
  }

  /** Whether neither side holds anything of the other, and nothing waits for an answer. */
  get isIdle(): boolean {
    const { role, streams, isWaiting } = this.#session
    return role.imports.isEmpty && role.exports.isEmpty && streams.isEmpty && !isWaiting
  }

  /** Calls an operation of the server itself. */
  ask(operation: string, args: readonly unknown[], options?: CallOptions): Promise<unknown> {
    const request = { kind: 'call', to: serverTarget, method: operation, args } as const
    return this.#withLiving((client) => client.#session.request(request, options), options)
  }

  /**
   * Gets the referent of a name.
   * @param isExpected whether the name was there before: it is waited for where the server was started anew
   * @throws (as a rejection) ManagerError `UNKNOWN_NAME`; and as `ask`
   */
  lookUp(name: string, isExpected: boolean, options?: CallOptions): Promise<unknown> {
    return this.#withLiving((client) => {
      const waitMs = isExpected ? client.#restoresWithinMs : 0
      const args = waitMs > 0 ? [name, waitMs] : [name]
      return client.#session.request({ kind: 'call', to: serverTarget, method: 'lookup', args }, options)
    }, options)
  }

  /**
   * Gets the referent of this server that a capability opens; the secret doesn't leave this process.
   * @throws (as a rejection) ManagerError `AUTH_FAILED`, `REFERENT_GONE`; and as `ask`
   */
  attach(id: number, secret: string, options?: CallOptions): Promise<unknown> {
    return this.#withLiving((client) => {
      const args = [id, proveCapability(secret, id, client.welcome.nonces)]
      return client.#session.request({ kind: 'call', to: serverTarget, method: 'attach', args }, options)
    }, options)
  }

  /** Gets the referent of a lost session's entry again, for this session. @throws as `ImportTable.adopt` */
  adopt(entry: ImportEntry): Promise<void> {
    return this.#session.role.imports.adopt(entry)
  }

  /** The proxy of what the session holds under this id, for whoever knows its secret. */
  proxyOf(id: TargetId, secret: string): object | undefined {
    return this.#session.role.imports.proxyOf(id, secret)
  }

  /** Resolves when the session has ended for good; keeps the process alive until then. */
  async join(): Promise<void> {
    await keepingAlive(this.#ended)
  }

  /** Has the server end. Resolves when the session has ended; also where the server is gone already. */
  async shutDown(): Promise<void> {
    try {
      await this.ask('shutdown', [])
      this.latest.#hasLeft = true
      await this.join()
    } catch (error) {
      if (!isManagerError(error, 'SESSION_LOST')) throw error
    }
  }

  /** Ends the session for good: the server takes back all that it held, and calls without an answer reject. */
  close(): void {
    this.#isClosed = true
    this.#session.close()
    this.#reopening?.abort(new ManagerError('ABORTED', 'it was closed before that'))
    this.#latest?.close()
  }

  /** Says that no server will come any more at the address: what is lost, or will be, is not opened anew. */
  abandon(reason: ManagerError): void {
    this.#abandoned = reason
    this.#reopening?.abort(reason)
    this.#latest?.abandon(reason)
  }

  /** How long the names of the server before this one may yet take to be given again: 0 where there was none. */
  get #restoresWithinMs(): number {
    return Math.max(0, this.#restoredMs + this.#settings.reconnectMs - performance.now())
  }

  #roleOf(session: Session): SessionRole {
    const { registry, open } = this.#options
    const { serverPid, sessionId, nonces } = this.welcome
    return new SessionRole(session, {
      // What lives in a client can't be reached from outside its session, so that nothing needs a secret.
      table: new ObjectTable({ capability: () => '', pinMs: 0 }),
      types: new Hostable((Class) => (typeof Class === 'function' ? registry.find(Class as AnyClass) : undefined)),
      peer: {
        server: this.server,
        prove: (secret, id) => proveCapability(secret, id, nonces),
        successor: () => this.#next,
        isReopened: () => this.willReopen,
        restoresWithinMs: () => this.#restoresWithinMs,
        classOf: (typeid) => registry.classOf(typeid),
      },
      caller: new Caller(sessionId, serverPid),
      process: new PeerProcess(serverPid),
      open,
      perform: refuseOperation,
      idle: () => this.#options.idle?.(this),
      // Who was told here to look for another server does so; elsewhere, the server knows whether one will come.
      left: () => (this.#hasLeft ||= !((this.#options.reconnectMs ?? 0) > 0)),
      ended: (error) => this.#over(error),
      unhandled: this.#options.unhandled,
    })
  }

  /** Waits for the session that is opened in the place of a lost one, as long as the options say. */
  async #withLiving<T>(use: (client: Client) => Promise<T>, options: CallOptions | undefined): Promise<T> {
    if (this.end === undefined || this.#successor === undefined) return use(this)
    const successor = await keepingAlive(settledBy(this.#successor, options))
    return successor.#withLiving(use, options)
  }

  #over(error: ManagerError): void {
    if (this.#isClosed) this.#tell({ kind: 'closed' })
    else this.#tell({ kind: 'lost', error })
    this.#options.ended?.(this)
    const { reopen: open } = this.#options
    if (open === undefined || !this.willReopen) return this.#end()
    this.#reopening = new AbortController()
    this.#successor = this.#openAnew(open, this.#reopening.signal)
    this.#successor.then((client) => client.#ended).then(this.#end, this.#end)
    this.#next = this.#successor.then((client) => client.#session.role.imports)
    this.#next.catch(() => undefined) // who calls is told
  }

  async #openAnew(open: (signal: AbortSignal) => Promise<Client>, signal: AbortSignal): Promise<Client> {
    const { reconnectMs } = this.#settings
    try {
      const client = await reopen(open, reconnectMs, signal)
      if (client.welcome.serverId !== this.welcome.serverId) client.#restoredMs = performance.now()
      client.#tell({ kind: 'reopened', replaced: this.welcome.sessionId })
      this.#latest = client
      if (this.#isClosed) client.close()
      else if (this.#abandoned !== undefined) client.abandon(this.#abandoned)
      else this.#options.reopened?.(client)
      return client
    } catch (cause) {
      this.#tell({ kind: 'abandoned', error: cause })
      if (isManagerError(cause, 'REFERENT_GONE')) throw Object.assign(cause, { delivery: 'not-sent' })
      const why = signal.aborted && cause instanceof Error ? `: ${cause.message}` : ` within ${reconnectMs} ms`
      const message = `the session with ${this.address} was lost, and not opened anew${why}`
      throw new ManagerError('SESSION_LOST', message, { cause, delivery: 'not-sent' })
    }
  }

  #tell(event: Pick<SessionEvent, 'kind' | 'error' | 'replaced'>): void {
    tellSession({ ...sidesOf(this.address, this.welcome), ...event })
  }
}

function sidesOf(address: string, { sessionId, serverPid }: Welcome): Omit<SessionEvent, 'kind'> {
  return { side: 'client', address, session: sessionId, pid: serverPid }
}

function refuseOperation(call: IncomingCall): never {
  throw new ManagerError('PROTOCOL', `a client has no operations, so that a '${call.request.kind}' of it means nothing`)
}
