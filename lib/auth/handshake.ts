import type { Serializer } from '../codec/codec.ts'
import { ManagerError } from '../errors.ts'
import { ownTask, pid, utf8 } from '../platform/node.ts'
import type { Transport } from '../transport/transport.ts'
import { isLimit } from '../wire/limits.ts'
import { createNonce, type Nonces, prove, verifyProof, isSignedBy, type ServerIdentity } from './proofs.ts'
import { caveatsOf, HandshakeChannel, type Line, numberOf, oneOf, textOf } from './handshake-channel.ts'

const protocolVersion = 2

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
  }
  /** The most bytes of a frame beside its tail that the server takes from this client. */
  readonly maxTextBytes: number
  /** How both sides write values. */
  readonly serializer: Serializer
  /** What both sides proved themselves over. Later proofs of the session are over them too, and so good for it alone. */
  readonly nonces: Nonces
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
  welcome(authority: Login['authority']): Omit<Welcome, 'serverId' | 'nonces'>
}

/**
 * A client's part. Borrows the transport, and leaves it to the caller to close where this throws.
 * @throws ManagerError `AUTH_FAILED`, `OVERLOADED` (the server has as many sessions as it takes), `REFERENT_GONE` (another
 * server has taken the address), `PROTOCOL` (also for another version), `SESSION_LOST`, `TIMEOUT`, `ABORTED`
 */
export async function logIn(transport: Transport, credential: Credential, signal: AbortSignal): Promise<Welcome> {
  const channel = new HandshakeChannel(transport, signal)
  const hello = await channel.receive()
  oneOf(hello, 'kind', 'hello')
  oneOf(hello, 'protocol', 'referent')
  checkVersion(hello, 'server')
  const serverId = textOf(hello, 'server')
  checkServer(serverId, credential, transport.peer)
  const nonces: Nonces = { client: createNonce(), server: textOf(hello, 'nonce'), binding: transport.binding }
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
  return {
    serverId,
    serverPid: numberOf(answer, 'pid'),
    ...threadOf(answer, 'serverTask'),
    sessionId: textOf(answer, 'session'),
    address: textOf(answer, 'address'),
    settings: {
      callTimeoutMs: numberOf(answer, 'callTimeoutMs'),
      reconnectMs: numberOf(answer, 'reconnectMs'),
      heartbeat: { intervalMs: numberOf(answer, 'heartbeatMs'), missed: numberOf(answer, 'missed') },
    },
    maxTextBytes: limitOf(answer, 'maxTextBytes'),
    serializer: oneOf(answer, 'serializer', 'binary', 'superjson'),
    nonces,
  }
}

/**
 * A server's part. Borrows the transport, and leaves it to the caller to close where this throws; a client that is refused
 * has been told so by then.
 * @throws ManagerError as `logIn`
 */
export async function admit(
  transport: Transport,
  credentials: ServerCredentials,
  signal: AbortSignal,
): Promise<Login & Welcome> {
  const channel = new HandshakeChannel(transport, signal)
  const nonce = createNonce()
  // `pid` is for a process that would serve at the same address.
  const { serverId } = credentials.identity
  channel.send({ kind: 'hello', protocol: 'referent', version: protocolVersion, nonce, server: serverId, pid })
  const login = await channel.receive()
  oneOf(login, 'kind', 'login')
  checkVersion(login, 'client')
  const nonces: Nonces = { client: textOf(login, 'nonce'), server: nonce, binding: transport.binding }
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
  })
  return { authority, pid: numberOf(login, 'pid'), ...threadOf(login, 'task'), ...welcome, serverId, nonces }
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

function checkVersion(line: Line, side: string): void {
  const version = numberOf(line, 'version')
  if (version === protocolVersion) return
  throw new ManagerError(
    'PROTOCOL',
    `the ${side} speaks version ${version} of the protocol and this side version ${protocolVersion}; use one version of referent on both sides`,
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
