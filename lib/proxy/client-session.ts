import { proveCapability } from '../auth/proofs.ts'
import { type Credential, logIn, type Welcome } from '../auth/handshake.ts'
import { createCodec } from '../codec/codec.ts'
import { ManagerError } from '../errors.ts'
import { ObjectTable } from '../host/object-table.ts'
import { longestTimerMs } from '../deadline.ts'
import { pick } from '../options.ts'
import type { Registry } from '../registry.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import {
  keptBytesOf,
  resumableSettings,
  sessionChecks,
  type SessionOptions,
  type SessionSettings,
  sessionSettings,
} from '../session/session-options.ts'
import { Session } from '../session/session.ts'
import type { CallOptions } from '../session/wait.ts'
import { type SessionEvent, tellSession } from '../session-events.ts'
import { isNetwork } from '../transport/address.ts'
import type { DialingOptions } from '../transport/network-options.ts'
import { PeerProcess } from '../transport/peer-process.ts'
import type { Transport } from '../transport/transport.ts'
import { serverTarget } from '../wire/message.ts'
import { Hostable } from './hostable.ts'
import type { ImportTable } from './import-table.ts'
import type { Capability, ServerLocation } from './reference.ts'
import { outliving } from './resuming.ts'
import { type OpenReference, SessionRole } from './session-role.ts'

/** How a server is reached. */
export interface Access {
  readonly address: string
  readonly network?: DialingOptions
  readonly credential: Credential
  /** @throws (as a rejection) ManagerError `CONNECT_FAILED`, `ABORTED` */
  readonly connect: (signal: AbortSignal) => Promise<Transport>
  /** Whether the server of this identity, which it has proved, is the right one; without it, any that knows the credential. */
  readonly isExpected?: (serverId: string) => boolean
}

/** A transport that this side has logged in on. */
export interface LoggedIn {
  readonly transport: Transport
  readonly welcome: Welcome
}

export interface ClientSessionOptions extends SessionOptions {
  /** The classes that are known here: proxies of them are `instanceof` them, and instances of them can be passed. */
  readonly registry: Registry
  /** Opens references to other servers that come inside messages. */
  readonly open: OpenReference
}

/** What a session tells its client. */
export interface ClientSessionEvents {
  /** The session may be idle now. */
  idle(): void
  /** The server has said that it ends. */
  goodbye(): void
  ended(error: ManagerError): void
}

/**
 * Connects to a server and logs in.
 * @param resumeMs how long the session may be without a connection at most; as the server has it, unless given
 * @throws ManagerError `CONNECT_FAILED`, `AUTH_FAILED`, `PROTOCOL`, `TIMEOUT`, `ABORTED`
 */
export async function logInTo(
  { address, credential, connect, isExpected }: Access,
  signal: AbortSignal,
  resumeMs: number = longestTimerMs,
): Promise<LoggedIn> {
  const transport = await connect(signal)
  // Callers that wait for the session keep the process alive.
  transport.unref()
  try {
    const welcome = await logIn(transport, credential, signal, resumeMs)
    signal.throwIfAborted()
    if (isExpected?.(welcome.serverId) === false)
      throw new ManagerError('CONNECT_FAILED', `the server of process ${welcome.serverPid} has taken ${address}`)
    return { transport, welcome }
  } catch (error) {
    tellSession({ kind: 'refused', side: 'client', address, error })
    transport.destroy()
    throw error
  }
}

/** One session with a server, and what the server said of itself at login. */
export class ClientSession {
  readonly session: Session<SessionRole>
  readonly welcome: Welcome
  readonly settings: SessionSettings
  /** The address of the server, and the identity that it proved. */
  readonly server: ServerLocation

  /** Takes the transport. */
  constructor(
    { transport: connection, welcome }: LoggedIn,
    { address, credential, connect }: Access,
    options: ClientSessionOptions,
    imports: ImportTable,
    events: ClientSessionEvents,
  ) {
    const { serverId, settings, maxTextBytes, serializer, address: advertised } = welcome
    this.welcome = welcome
    this.server = { address, serverId, ...(isNetwork(advertised) ? { advertised } : {}) }
    const peer = { heartbeat: settings.heartbeat, maxTextBytes }
    const { resumption } = welcome
    const own = sessionSettings({ ...settings, ...pick(options, sessionChecks) }, peer)
    this.settings = resumption === undefined ? own : resumableSettings(own, resumption.resumeMs)
    const transport = outliving(connection, welcome, connect, {
      maxKeptBytes: keptBytesOf(own),
      changed: (kind, error) => this.tell({ kind, error }),
    })
    this.tell({ kind: 'opened', authority: credential.kind === 'authkey' ? 'all' : 'granted' })
    imports.begin(this.server)
    const { maxParts } = this.settings.limits
    const codec = createCodec({ serializer, maxTextBytes: () => transport.maxTextBytes, maxParts })
    const createRole = (session: Session): SessionRole =>
      createClientRole(session, this, transport.isLocal, options, imports, events)
    this.session = new Session(transport, codec, this.settings, createRole)
  }

  /** Whether the server holds nothing of this side, and no call and no stream is open. */
  get isIdle(): boolean {
    const { role, streams, isWaiting } = this.session
    return role.exports.isEmpty && streams.isEmpty && !isWaiting
  }

  /** Calls an operation of the server itself. */
  ask(operation: string, args: readonly unknown[], options?: CallOptions): Promise<unknown> {
    return this.session.request({ kind: 'call', to: serverTarget, method: operation, args }, options)
  }

  /** Returns the proxy of what a capability opens; the secret doesn't leave this process. */
  attach({ id, secret, caveats }: Capability, options?: CallOptions): Promise<unknown> {
    const proof = proveCapability(secret, id, this.welcome.nonces)
    return this.ask('attach', caveats === undefined ? [id, proof] : [id, proof, caveats], options)
  }

  /** Publishes an event of the session. */
  tell(event: Pick<SessionEvent, 'kind' | 'authority' | 'error' | 'replaced'>): void {
    const { sessionId, serverPid } = this.welcome
    tellSession({ side: 'client', address: this.server.address, session: sessionId, pid: serverPid, ...event })
  }
}

function createClientRole(
  session: Session,
  { welcome: { serverPid, serverTask, sessionId }, settings: { maxReferences }, server: { address } }: ClientSession,
  isLocal: boolean,
  { registry, open }: ClientSessionOptions,
  imports: ImportTable,
  events: ClientSessionEvents,
): SessionRole {
  return new SessionRole(session, {
    // Objects of a client can't be reached from outside its session, so that none needs a secret.
    table: new ObjectTable({ capability: () => '', pinMs: 0 }),
    types: new Hostable(registry),
    imports,
    maxReferences,
    session: { id: sessionId, pid: serverPid, address },
    process: new PeerProcess(isLocal ? serverPid : 0, serverTask),
    open,
    perform: refuseOperation,
    ...events,
  })
}

function refuseOperation(call: IncomingCall): never {
  throw new ManagerError('PROTOCOL', `a client has no operations, so that a '${call.request.kind}' of it means nothing`)
}
