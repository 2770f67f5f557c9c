import type { Credential } from '../auth/handshake.ts'
import { isManagerError, ManagerError } from '../errors.ts'
import type { CallOptions } from '../session/wait.ts'
import { tellUnhandled, type UnhandledFailure } from '../session-events.ts'
import { connectTo } from '../transport/open.ts'
import type { DialingOptions } from '../transport/network-options.ts'
import type { TargetId } from '../wire/message.ts'
import { type Access, ClientSession, type ClientSessionOptions, type LoggedIn } from './client-session.ts'
import type { CallFailure, ImportEntry } from './import-entry.ts'
import { ImportTable } from './import-table.ts'
import { proxyStateOf } from './proxy.ts'
import { type ReconnectHooks, ReconnectingSession, type ReconnectOptions } from './reconnecting-session.ts'
import { type Capability, isSameServer, type ServerLocation } from './reference.ts'

export interface ClientOptions extends ClientSessionOptions, ReconnectOptions {
  /** Whether the client closes when neither side holds anything of the other and nothing waits for an answer. */
  readonly closesWhenIdle?: boolean
  /** Called when a session was opened in place of a lost one. */
  readonly reopened?: (server: { readonly pid: number }) => void
  /** Is told of calls that failed and whose promises nobody had taken. */
  readonly unhandled?: (failure: UnhandledFailure) => void
}

export function accessTo(address: string, credential: Credential, network: DialingOptions): Access {
  return { address, credential, network, connect: (signal) => connectTo(address, network, signal) }
}

/**
 * Returns a client that has a session; the options bound the opening of that.
 * @throws ManagerError `CONNECT_FAILED`, `AUTH_FAILED`, `PROTOCOL`, `TIMEOUT`, `ABORTED`
 */
export async function openClient(access: Access, options: ClientOptions, calls?: CallOptions): Promise<Client> {
  const client = new Client(access, options, calls)
  await client.session.use(async () => undefined)
  return client
}

/**
 * A connection to one server that outlives its sessions. What this client has named is made again under its name by a server
 * that is started anew at the same address.
 */
export class Client {
  readonly address: string
  readonly network: DialingOptions
  readonly session: ReconnectingSession
  /** What this side holds of the server. */
  readonly imports: ImportTable
  readonly #access: Access
  readonly #options: ClientOptions
  /** The names that `lookup` found, and those that `named` gave, with their arguments. */
  readonly #names = new Map<string, readonly unknown[] | undefined>()
  /** When another server was found at the address. */
  #replacedMs = -Infinity

  /** Begins to open a session. The options bound that; the default of `timeoutMs` is 10 seconds. */
  constructor(access: Access, options: ClientOptions, calls?: CallOptions) {
    this.address = access.address
    this.network = access.network ?? {}
    this.#access = access
    this.#options = options
    this.imports = new ImportTable(
      {
        end: () => this.session.end,
        willReopen: () => this.session.willReopen,
        attach: (entry) => this.session.useUntilDone((session) => this.#attachAgain(entry, session)),
        classOf: (typeid) => options.registry.classOf(typeid),
        emptied: () => this.#idle(),
        unhandled: (failure) => this.#unhandled(failure),
      },
      options.maxReferences,
    )
    const hooks: ReconnectHooks = {
      begin: (login) => this.#begin(login),
      reopened: (lost) => this.#reopened(lost),
      idle: () => this.#idle(),
    }
    this.session = new ReconnectingSession(access, options, hooks, calls)
  }

  /** The server and its identity: proved, or as the capability names it; undefined where it isn't known yet. */
  get server(): ServerLocation | undefined {
    const { address, credential } = this.#access
    if (this.session.last !== undefined) return this.session.last.server
    return credential.kind === 'capability' ? { address, serverId: credential.serverId } : undefined
  }

  /** The process id of the server; undefined before the first session. */
  get serverPid(): number | undefined {
    return this.session.last?.welcome.serverPid
  }

  /** Calls an operation of the server itself. */
  ask(operation: string, args: readonly unknown[], options?: CallOptions): Promise<unknown> {
    return this.session.use((session) => session.ask(operation, args, options), options)
  }

  /**
   * Returns the proxy of the referent of a name, which is made where there is none; also by a server that is started anew.
   * @throws (as a rejection) as `ask`
   */
  async named(name: string, args: readonly unknown[]): Promise<unknown> {
    const proxy = await this.ask('named', [name, ...args])
    this.#names.set(name, args)
    return this.#withName(proxy, name)
  }

  /**
   * Returns the proxy of the referent of a name. A name that was there before is waited for where the server was started anew.
   * @throws (as a rejection) ManagerError `UNKNOWN_NAME`; and as `ask`
   */
  async lookup(name: string, options?: CallOptions): Promise<unknown> {
    const proxy = await this.session.use((session) => this.#lookUp(session, name, options), options)
    if (!this.#names.has(name)) this.#names.set(name, undefined)
    return this.#withName(proxy, name)
  }

  /** Removes a name. @throws (as a rejection) ManagerError `UNKNOWN_NAME`; and as `ask` */
  async forget(name: string, options?: CallOptions): Promise<void> {
    await this.ask('forget', [name], options)
    this.#names.delete(name)
  }

  /**
   * Returns the proxy of what a capability of this server opens.
   * @throws (as a rejection) ManagerError `AUTH_FAILED`, `REFERENT_GONE`, `EXPIRED`; and as `ask`
   */
  attach(capability: Capability, options?: CallOptions): Promise<unknown> {
    return this.session.use((session) => session.attach(capability, options), options)
  }

  /** Ends the server. Resolves when the session has ended; also where the server is gone already. */
  async shutDown(): Promise<void> {
    try {
      await this.ask('shutdown', [])
      this.session.abandon(new ManagerError('SESSION_LOST', 'it was shut down'))
      await this.session.join()
    } catch (error) {
      if (!isManagerError(error, 'SESSION_LOST')) throw error
    }
  }

  #lookUp(session: ClientSession, name: string, options?: CallOptions): Promise<unknown> {
    // For so long, other clients may yet give the names again that the server before had.
    const waitMs = this.#names.has(name) ? this.#replacedMs + session.settings.reconnectMs - performance.now() : 0
    return session.ask('lookup', waitMs > 0 ? [name, waitMs] : [name], options)
  }

  #withName(proxy: unknown, name: string): unknown {
    const entry = proxyStateOf(proxy)?.entry
    if (entry !== undefined && (entry.name === undefined || !this.#names.has(entry.name))) entry.name = name
    return proxy
  }

  /** Attaches to what an earlier session or another server brought. */
  async #attachAgain(entry: ImportEntry, session: ClientSession): Promise<unknown> {
    const { id, capability, server, name, type } = entry
    if (isSameServer(server, session.server)) return session.attach(capability)
    if (name === undefined || !this.#names.has(name)) throw gone(type.typeid, id)
    const args = this.#names.get(name)
    return args === undefined ? this.#lookUp(session, name) : session.ask('named', [name, ...args])
  }

  #begin(login: LoggedIn): ClientSession {
    const before = this.session.last
    if (before !== undefined && before.server.serverId !== login.welcome.serverId) this.#replacedMs = performance.now()
    return new ClientSession(login, this.#access, this.#options, this.imports, {
      idle: () => this.#idle(),
      goodbye: () => this.#goodbye(),
      ended: (error) => this.session.over(error),
    })
  }

  #reopened(lost: ClientSession): void {
    if (lost.server.serverId !== this.server?.serverId) this.#nameAgain()
    this.#options.reopened?.({ pid: this.serverPid ?? lost.welcome.serverPid })
  }

  /** Makes what this client has named again, in another server. Calls reject where that fails. */
  #nameAgain(): void {
    for (const [name, args] of this.#names)
      if (args !== undefined)
        this.ask('named', [name, ...args]).then(
          (proxy) => proxyStateOf(proxy)?.entry.releaseOne(),
          () => undefined,
        )
  }

  /** The server ends. It knows whether another one will come, unless this client was told so. */
  #goodbye(): void {
    if (!((this.#options.reconnectMs ?? 0) > 0)) this.session.abandon(new ManagerError('SESSION_LOST', 'it ended'))
  }

  /** Closes the client if it is idle. */
  #idle(): void {
    if (this.#options.closesWhenIdle !== true) return
    // A microtask later, when an answer that has just arrived is decoded.
    queueMicrotask(() => {
      if (this.#isIdle()) this.session.close()
    })
  }

  #isIdle(): boolean {
    const { isWaitedFor, last } = this.session
    return !isWaitedFor && this.imports.isEmpty && last?.isIdle !== false
  }

  #unhandled(failure: CallFailure): void {
    const { sessionId, serverPid } = this.session.last?.welcome ?? {}
    const told = { ...failure, session: sessionId, pid: serverPid }
    tellUnhandled(told)
    this.#options.unhandled?.(told)
  }
}

function gone(typeid: string, id: TargetId): ManagerError {
  const message = `the ${typeid} ${id} went with the server that hosted it, which was started anew; create another, or give it a name`
  return new ManagerError('REFERENT_GONE', message, { delivery: 'not-sent' })
}
