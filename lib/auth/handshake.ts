import type { Serializer } from '../codec/codec.ts'
import { ManagerError } from '../errors.ts'
import { ownTask, pid, utf8 } from '../platform/node.ts'
import type { Transport } from '../transport/transport.ts'
import { isLimit } from '../wire/limits.ts'
import {
  createNonce,
  deriveSessionKey,
  isSignedBy,
  type Nonces,
  prove,
  type ServerIdentity,
  verifyProof,
} from './proofs.ts'
import { caveatsOf, HandshakeChannel, type Line, numberOf, oneOf, textOf } from './handshake-channel.ts'
import { checkVersion, protocolVersion, readHello } from './hello.ts'
import { admitAgain, type ResumableSession, type Resumption } from './resumption.ts'

/** What a client proves that it knows: the manager's key, or the capability of one referent. */
export type Credential =
  | { readonly kind: 'authkey'; readonly key: Uint8Array }
  | {
      readonly kind: 'capability'
      readonly serverId: string
      readonly id: number
      readonly secret: string
      readonly caveats?: readonly string[] | undefined
    }

/**
 * What the server says of itself once both sides have proved that they know the credential, and the server that it is the
 * one of its name.
 */
export interface Welcome {
  /** Another for each start of a server. */
  readonly serverId: string
  readonly serverPid: number
  /** The thread of that process, as the kernel counts it; absent for the main one. */
  readonly serverTask?: number | undefined
  readonly sessionId: string
  /** Where others reach the server; '' for one that listens nowhere. */
  readonly address: string
  /** What the server would have its clients do, where they aren't told otherwise. */
  readonly settings: {
    readonly callTimeoutMs: number
    readonly reconnectMs: number
    readonly heartbeat: { readonly intervalMs: number; readonly missed: number }
    /** How long the server lets a session be without a connection. */
    readonly resumeMs?: number
  }
  /** The most bytes of a frame beside its tail that the server takes from this client. */
  readonly maxTextBytes: number
  /** How both sides write values. */
  readonly serializer: Serializer
  /** What both sides proved themselves over. Later proofs of the session are over them too, and so good for it alone. */
  readonly nonces: Nonces
  /** How the session goes on over another connection; none where it ends with this one. */
  readonly resumption?: Resumption
}

/** What a server knows of a client that has logged in. */
export interface Login {
  /** What the session may do: `all`, or only reach what it is `granted`. */
  readonly authority: 'all' | 'granted'
  readonly pid: number
  /** As `serverTask`. */
  readonly task?: number | undefined
}

/** What a server answers to clients with. */
export interface ServerCredentials {
  readonly identity: ServerIdentity
  /** The key that the credential stands for: the authkey, or what a capability for this id with these caveats would be. */
  keyFor(kind: 'authkey' | 'capability', id: number, caveats: readonly string[]): Uint8Array
  /** Why a client that has proved that it knows the credential isn't let in, if so. */
  refusal?(authority: Login['authority']): ManagerError | undefined
  welcome(authority: Login['authority']): Omit<Welcome, 'serverId' | 'nonces' | 'resumption'>
  /** The session of that id, where it can go on over another connection. */
  resumable?(sessionId: string): ResumableSession | undefined
}

/**
 * A client's part. Borrows the transport, and leaves it to the caller to close where this throws.
 * @param resumeMs how long the session shall outlive a connection over a network at most; 0: not at all
 * @throws ManagerError `AUTH_FAILED`, `OVERLOADED` (the server has as many sessions as it takes), `REFERENT_GONE` (another
 * server has taken the address), `PROTOCOL` (also for another version), `SESSION_LOST`, `TIMEOUT`, `ABORTED`
 */
export async function logIn(
  transport: Transport,
  credential: Credential,
  signal: AbortSignal,
  resumeMs = 0,
): Promise<Welcome> {
  const channel = new HandshakeChannel(transport, signal)
  const { serverId, nonce } = await readHello(channel)
  checkServer(serverId, credential, transport.peer)
  const nonces: Nonces = { client: createNonce(), server: nonce, binding: transport.binding }
  const key = credential.kind === 'authkey' ? credential.key : utf8(credential.secret)
  channel.send({
    kind: 'login',
    version: protocolVersion,
    nonce: nonces.client,
    pid,
    thread: ownTask(),
    credential: credential.kind,
    id: credential.kind === 'capability' ? credential.id : 0,
    ...(credential.kind === 'capability' ? { caveats: credential.caveats } : {}),
    proof: prove('client', key, nonces),
    ...resuming(transport, resumeMs),
  })
  const answer = await channel.receive()
  if (oneOf(answer, 'kind', 'welcome', 'refused') === 'refused')
    throw new ManagerError(answer['code'] === 'OVERLOADED' ? 'OVERLOADED' : 'AUTH_FAILED', textOf(answer, 'message'))
  if (!verifyProof('server', key, nonces, textOf(answer, 'proof'))) {
    throw new ManagerError(
      'AUTH_FAILED',
      `the server at ${transport.peer} does not know the authkey; is it another manager's?`,
    )
  }
  if (!isSignedBy(serverId, nonces, textOf(answer, 'signature')))
    throw new ManagerError('AUTH_FAILED', `the server at ${transport.peer} is not the one that it claims to be`)
  const sessionId = textOf(answer, 'session')
  const { resumeMs: agreedMs = 0 } = resuming(transport, Math.min(resumeMs, resumeMsIn(answer)))
  return {
    serverId,
    serverPid: numberOf(answer, 'pid'),
    ...threadOf(answer, 'serverTask'),
    sessionId,
    address: textOf(answer, 'address'),
    settings: {
      callTimeoutMs: numberOf(answer, 'callTimeoutMs'),
      reconnectMs: numberOf(answer, 'reconnectMs'),
      heartbeat: { intervalMs: numberOf(answer, 'heartbeatMs'), missed: numberOf(answer, 'missed') },
    },
    maxTextBytes: limitOf(answer, 'maxTextBytes'),
    serializer: oneOf(answer, 'serializer', 'binary', 'superjson'),
    nonces,
    ...resumptionOf(agreedMs, key, sessionId, nonces),
  }
}

/**
 * A server's part. Borrows the transport, and leaves it to the caller to close where this throws; a client that is refused
 * has been told so by then. Where it goes on with a session, that has taken the transport.
 * @throws ManagerError as `logIn`
 */
export async function admit(
  transport: Transport,
  credentials: ServerCredentials,
  signal: AbortSignal,
): Promise<(Login & Welcome) | 'resumed'> {
  const channel = new HandshakeChannel(transport, signal)
  const nonce = createNonce()
  // `pid` is for a process that would serve at the same address.
  const { serverId } = credentials.identity
  channel.send({ kind: 'hello', protocol: 'referent', version: protocolVersion, nonce, server: serverId, pid })
  const login = await channel.receive()
  const isLogin = oneOf(login, 'kind', 'login', 'resume') === 'login'
  checkVersion(login, 'client')
  const nonces: Nonces = { client: textOf(login, 'nonce'), server: nonce, binding: transport.binding }
  if (!isLogin) {
    const refusal = admitAgain(channel, transport, login, nonces, (id) => credentials.resumable?.(id))
    if (refusal === undefined) return 'resumed'
    channel.send(refusedLine(refusal))
    throw refusal
  }
  const kind = oneOf(login, 'credential', 'authkey', 'capability')
  const key = credentials.keyFor(kind, numberOf(login, 'id'), caveatsOf(login))
  const authority = kind === 'authkey' ? 'all' : 'granted'
  const isProved = verifyProof('client', key, nonces, textOf(login, 'proof'))
  const refusal = unadmitted(authority, transport) ?? (isProved ? credentials.refusal?.(authority) : wrong(kind))
  if (refusal !== undefined) {
    channel.send(refusedLine(refusal))
    throw refusal
  }
  const welcome = credentials.welcome(authority)
  const { callTimeoutMs, reconnectMs, heartbeat } = welcome.settings
  const { resumeMs = 0 } = resuming(transport, Math.min(resumeMsIn(login), welcome.settings.resumeMs ?? 0))
  channel.send({
    kind: 'welcome',
    pid: welcome.serverPid,
    thread: welcome.serverTask,
    session: welcome.sessionId,
    address: welcome.address,
    callTimeoutMs: Math.ceil(callTimeoutMs),
    reconnectMs: Math.ceil(reconnectMs),
    heartbeatMs: Math.ceil(heartbeat.intervalMs),
    missed: heartbeat.missed,
    maxTextBytes: welcome.maxTextBytes,
    serializer: welcome.serializer,
    proof: prove('server', key, nonces),
    signature: credentials.identity.sign(nonces),
    ...resuming(transport, resumeMs),
  })
  const resumption = resumptionOf(resumeMs, key, welcome.sessionId, nonces)
  return {
    authority,
    pid: numberOf(login, 'pid'),
    ...threadOf(login, 'task'),
    ...welcome,
    serverId,
    nonces,
    ...resumption,
  }
}

/** A local connection isn't lost unless its other side is. */
function resuming({ isLocal }: Transport, resumeMs: number): { readonly resumeMs?: number } {
  return isLocal || resumeMs === 0 ? {} : { resumeMs: Math.ceil(resumeMs) }
}

/** Of a line whose side may know nothing of it. */
function resumeMsIn(line: Line): number {
  return line['resumeMs'] === undefined ? 0 : numberOf(line, 'resumeMs')
}

function resumptionOf(
  resumeMs: number,
  key: Uint8Array,
  sessionId: string,
  nonces: Nonces,
): { readonly resumption?: Resumption } {
  return resumeMs === 0 ? {} : { resumption: { resumeMs, key: deriveSessionKey(key, sessionId, nonces) } }
}

/** What a client is told that isn't let in. */
export function refusedLine({ code, message }: ManagerError): Line {
  return { kind: 'refused', code, message }
}

/** Where the other side can't be sure who reads what it proves, or is a page, that is good for no more than a reference. */
function unadmitted(authority: Login['authority'], { admits }: Transport): ManagerError | undefined {
  if (authority === 'granted' || admits === 'all') return undefined
  return new ManagerError('AUTH_FAILED', 'the server lets browsers in by references alone, never by the authkey')
}

function wrong(kind: Credential['kind']): ManagerError {
  return new ManagerError(
    'AUTH_FAILED',
    `the server at this address refused the ${kind}: it is not the one this manager was started with`,
  )
}

function checkServer(serverId: string, credential: Credential, peer: string): void {
  if (credential.kind === 'authkey' || credential.serverId === serverId) return
  throw new ManagerError(
    'REFERENT_GONE',
    `the server that hosted the referent has ended, and another one is at ${peer}`,
  )
}

/** Said by those alone that aren't in the main thread of their process. */
function threadOf<N extends 'task' | 'serverTask'>(line: Line, name: N): { readonly [K in N]?: number } {
  return line['thread'] === undefined ? {} : ({ [name]: numberOf(line, 'thread') } as { [K in N]: number })
}

function limitOf(line: Line, field: string): number {
  const bytes = numberOf(line, field)
  if (isLimit(bytes)) return bytes
  throw new ManagerError('PROTOCOL', `the peer sent a handshake whose '${field}' is ${bytes}`)
}
