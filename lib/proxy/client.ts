import type { Credential } from '../auth/handshake.ts'
import { isManagerError, ManagerError } from '../errors.ts'
import type { CallOptions } from '../session/wait.ts'
import { tellUnhandled, type UnhandledFailure } from '../session-events.ts'
import { connectSocket } from '../transport/socket.ts'
import type { TargetId } from '../wire/message.ts'
import { type Access, ClientSession, type ClientSessionOptions, type LoggedIn, logInTo } from './client-session.ts'
import type { CallFailure, ImportEntry } from './import-entry.ts'
import { ImportTable } from './import-table.ts'
import { proxyStateOf } from './proxy.ts'
import { type LostSession, ReconnectingSession } from './reconnecting-session.ts'
import { isSameServer, type ServerLocation } from './reference.ts'

export interface ClientOptions extends ClientSessionOptions {
  /** Whether a session that was lost is opened anew, where `reconnectMs` says so. Default true. */
  readonly reopens?: boolean
  /** Whether it closes when neither side holds anything of the other any more, and nothing waits for an answer. */
  readonly closesWhenIdle?: boolean
  /** Told when a session was lost; `willReopen`: another one is on its way. */
  readonly lost?: (session: LostSession) => void
  /** Told when a session was opened in the place of one that was lost. */
  readonly reopened?: () => void
  /** Told when no session is left, nor will be. */
  readonly ended?: () => void
  /** Told of calls that failed and whose promises nobody had taken. */
  readonly unhandled?: (failure: UnhandledFailure) => void
}

/** How the server at an address is reached. */
export function accessTo(address: string, credential: Credential): Access {
  return { address, credential, connect: (signal) => connectSocket(address, signal) }
}

/**
 * A client that has a session; the options bound the opening of that.
 * @throws ManagerError `CONNECT_FAILED`, `AUTH_FAILED`, `PROTOCOL`, `TIMEOUT`, `ABORTED`
 */
export async function openClient(access: Access, options: ClientOptions, calls?: CallOptions): Promise<Client> {
  const client = new Client(access, options, calls)
  await client.connected()
  return client
}

/**
 * A connection to one server, through all sessions with it. A server that is started anew at the same address has the
 * names again that were given by this client.
 */
export class Client {
  readonly address: string
  /** What is held of the server. */
  readonly imports: ImportTable
  readonly #access: Access
  readonly #options: ClientOptions
  readonly #session: ReconnectingSession
  /** The names that were found, with the arguments of those that were given here. */
  readonly #names = new Map<string, readonly unknown[] | undefined>()
  /** When another server was found in the place of the one before. */
  #replacedMs = -Infinity

  /** Opens a session at once, within the time and as long as the signal say; the time is 10 s unless given. */
  constructor(access: Access, options: ClientOptions, calls?: CallOptions) {
    this.address = access.address
    this.#access = access
    this.#options = options
    this.imports = new ImportTable({
      end: () => this.#session.end,
      willReopen: () => this.#session.willReopen,
      attach: (entry) => this.#attachAgain(entry),
      classOf: (typeid) => options.registry.classOf(typeid),
      emptied: () => this.#idle(),
      unhandled: (failure) => this.#unhandled(failure),
    })
    const sessions = {
      logIn: (signal: AbortSignal) => logInTo(access, signal),
      begin: (login: LoggedIn) => this.#begin(login),
      reopens: options.reopens ?? true,
      lost: (session: LostSession) => options.lost?.(session),
      reopened: (lost: ClientSession) => this.#reopened(lost),
      ended: () => options.ended?.(),
      idle: () => this.#idle(),
    }
    this.#session = new ReconnectingSession(sessions, calls)
  }

  /** Where the server is, and who it has proved to be, or is to prove to be; of one that only an authkey tells, later. */
  get server(): ServerLocation | undefined {
    const { address, credential } = this.#access
    if (this.#session.last !== undefined) return this.#session.last.server
    return credential.kind === 'capability' ? { address, serverId: credential.serverId } : undefined
  }

  /** The process of the server; undefined before the first session. */
  get serverPid(): number | undefined {
    return this.#session.last?.welcome.serverPid
  }

  /** Whether there is a session at this time. */
  get isConnected(): boolean {
    return this.#session.isConnected
  }

  /** Whether no session has been opened yet. */
  get isNew(): boolean {
    return this.#session.last === undefined
  }

  get isClosed(): boolean {
    return this.#session.isClosed
  }

  /** Resolves when there is a session. @throws (as a rejection) why there will be none */
  connected(): Promise<void> {
    return this.#session.use(async () => undefined)
  }

  /** Calls an operation of the server itself. */
  ask(operation: string, args: readonly unknown[], options?: CallOptions): Promise<unknown> {
    return this.#session.use((session) => session.ask(operation, args, options), options)
  }

  /**
   * The proxy of the referent of a name, which is made where there is none; also by a server that is started anew.
   * @throws (as a rejection) as `ask`
   */
  async named(name: string, args: readonly unknown[]): Promise<unknown> {
    const proxy = await this.ask('named', [name, ...args])
    this.#names.set(name, args)
    return this.#withName(proxy, name)
  }

  /**
   * The proxy of the referent of a name. One that was there before is waited for where the server was started anew.
   * @throws (as a rejection) ManagerError `UNKNOWN_NAME`; and as `ask`
   */
  async lookup(name: string, options?: CallOptions): Promise<unknown> {
    const proxy = await this.#session.use((session) => this.#lookUp(session, name, options), options)
    if (!this.#names.has(name)) this.#names.set(name, undefined)
    return this.#withName(proxy, name)
  }

  /** Takes its name from a referent. @throws (as a rejection) ManagerError `UNKNOWN_NAME`; and as `ask` */
  async forget(name: string, options?: CallOptions): Promise<void> {
    await this.ask('forget', [name], options)
    this.#names.delete(name)
  }

  /**
   * The proxy of the referent of this server that a capability opens.
   * @throws (as a rejection) ManagerError `AUTH_FAILED`, `REFERENT_GONE`; and as `ask`
   */
  attach(id: TargetId, secret: string, options?: CallOptions): Promise<unknown> {
    return this.#session.use((session) => session.attach(id, secret, options), options)
  }

  /** Resolves when no session is left, nor will be; keeps the process alive until then. */
  join(): Promise<void> {
    return this.#session.join()
  }

  /** Has the server end. Resolves when the session has ended; also where the server is gone already. */
  async shutDown(): Promise<void> {
    try {
      await this.ask('shutdown', [])
      this.abandon(new ManagerError('SESSION_LOST', 'it was shut down'))
      await this.join()
    } catch (error) {
      if (!isManagerError(error, 'SESSION_LOST')) throw error
    }
  }

  /** Ends the session for good: the server takes back all that it held, and calls without an answer reject. */
  close(): void {
    this.#session.close()
  }

  /** Says that no server will come any more at the address: what is lost, or will be, is not opened anew. */
  abandon(reason: ManagerError): void {
    this.#session.abandon(reason)
  }

  #lookUp(session: ClientSession, name: string, options?: CallOptions): Promise<unknown> {
    // For so long, the names of the server before this one may yet be given again.
    const waitMs = this.#names.has(name) ? this.#replacedMs + session.settings.reconnectMs - performance.now() : 0
    return session.ask('lookup', waitMs > 0 ? [name, waitMs] : [name], options)
  }

  #withName(proxy: unknown, name: string): unknown {
    const entry = proxyStateOf(proxy)?.entry
    if (entry !== undefined && (entry.name === undefined || !this.#names.has(entry.name))) entry.name = name
    return proxy
  }

  /** Attaches to what an earlier session has brought, or another server has told of. */
  async #attachAgain(entry: ImportEntry): Promise<unknown> {
    try {
      return await this.#session.useUntilDone((session) => this.#askFor(entry, session))
    } catch (error) {
      // What waits for it was not.
      throw isManagerError(error) ? Object.assign(error, { delivery: 'not-sent' }) : error
    }
  }

  async #askFor(entry: ImportEntry, session: ClientSession): Promise<unknown> {
    const { id, secret, server, name, type } = entry
    if (isSameServer(server, session.server)) return session.attach(id, secret)
    if (name === undefined || !this.#names.has(name)) throw gone(type.typeid, id)
    const args = this.#names.get(name)
    return args === undefined ? this.#lookUp(session, name) : session.ask('named', [name, ...args])
  }

  #begin(login: LoggedIn): ClientSession {
    const before = this.#session.last
    if (before !== undefined && before.server.serverId !== login.welcome.serverId) this.#replacedMs = performance.now()
    return new ClientSession(login, this.#access, this.#options, this.imports, {
      idle: () => this.#idle(),
      goodbye: () => this.#goodbye(),
      ended: (error) => this.#session.over(error),
    })
  }

  #reopened(lost: ClientSession): void {
    if (lost.server.serverId !== this.server?.serverId) this.#nameAgain()
    this.#options.reopened?.()
  }

  /** Has all that was made under a name here made by another server. What fails there, a call says. */
  #nameAgain(): void {
    for (const [name, args] of this.#names)
      if (args !== undefined)
        this.ask('named', [name, ...args]).then(
          (proxy) => proxyStateOf(proxy)?.entry.releaseOne(),
          () => undefined,
        )
  }

  /** The server ends. Whether another one comes, it knows itself, unless who made this client does. */
  #goodbye(): void {
    if (!((this.#options.reconnectMs ?? 0) > 0)) this.abandon(new ManagerError('SESSION_LOST', 'it ended'))
  }

  /** Something has ended that may have been the last thing that it was for. */
  #idle(): void {
    if (this.#options.closesWhenIdle !== true) return
    // A microtask later, when an answer that has just come is decoded.
    queueMicrotask(() => {
      if (this.#isIdle()) this.close()
    })
  }

  #isIdle(): boolean {
    const { isWaitedFor, last } = this.#session
    return !isWaitedFor && this.imports.isEmpty && last?.isIdle !== false
  }

  #unhandled(failure: CallFailure): void {
    const { sessionId, serverPid } = this.#session.last?.welcome ?? {}
    const told = { ...failure, session: sessionId, pid: serverPid }
    tellUnhandled(told)
    this.#options.unhandled?.(told)
  }
}

function gone(typeid: string, id: TargetId): ManagerError {
  const message = `the ${typeid} ${id} went with the server that hosted it, which was started anew; create another, or give it a name`
  return new ManagerError('REFERENT_GONE', message, { delivery: 'not-sent' })
}
