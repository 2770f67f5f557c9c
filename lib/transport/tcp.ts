import { once } from 'node:events'
import { createConnection, createServer, isIP, type Server, type Socket } from 'node:net'
import { hostname } from 'node:os'
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { ManagerError } from '../errors.ts'
import { addressAt, hostAndPort, isEveryInterface, isLoopback, type NetworkAddress } from './address.ts'
import { selfSigned } from './certificate.ts'
import { isCode } from './link-address.ts'
import { ServerListener } from './listener.ts'
import { type DialingOptions, networkAddressOf, type NetworkOptions, type TlsOptions } from './network-options.ts'
import { Newcomers } from './newcomers.ts'
import { SocketReader } from './socket-reader.ts'
import { SocketTransport } from './socket-transport.ts'
import type { Listener, Transport } from './transport.ts'

/** Older ones have nothing that binds a proof to the connection for sure. */
const minVersion = 'TLSv1.3'

/** How long the other side may take for a handshake of TLS. */
const handshakeTimeout = 10_000

/**
 * @throws ManagerError `CONNECT_FAILED`; `ABORTED` when the signal aborts first
 */
export async function connectTcp(
  address: NetworkAddress,
  options: DialingOptions,
  signal?: AbortSignal,
): Promise<Transport> {
  const { host } = hostAndPort(address)
  if (isUnprotected(address, host, options))
    throw new ManagerError('CONNECT_FAILED', unencrypted(`connect to ${address}`))
  const socket = isTls(address) ? connectEncrypted(address, options.tls) : connectPlain(address)
  try {
    await once(socket, isTls(address) ? 'secureConnect' : 'connect', signal === undefined ? {} : { signal })
  } catch (cause) {
    socket.destroy()
    if (signal?.aborted === true)
      throw new ManagerError('ABORTED', `connecting to ${address} was aborted`, { cause: signal.reason })
    throw new ManagerError('CONNECT_FAILED', reasonAgainstConnecting(address, cause), { cause })
  }
  return transportOver(socket, address, false)
}

/**
 * Listens at a port, and hands each connection to `accept`, which owns it from then on; one over TLS when it is encrypted. Until
 * then it is among the newcomers.
 * @throws ManagerError `START_FAILED`
 */
export async function listenTcp(
  address: NetworkAddress,
  accept: (transport: Transport) => void,
  options: NetworkOptions,
  newcomers: Newcomers = new Newcomers(Infinity),
): Promise<Listener> {
  const { host, port } = hostAndPort(address)
  if (isUnprotected(address, host, options)) throw new ManagerError('START_FAILED', unencrypted(`listen at ${address}`))
  const taken = (socket: Socket): void => accept(transportOver(socket, `a client of ${address}`, true))
  const server = isTls(address)
    ? createEncrypted(options.tls, taken, newcomers)
    : createServer({ noDelay: true }, taken)
  try {
    server.listen({ host, port, exclusive: true })
    await once(server, 'listening')
  } catch (cause) {
    server.close()
    throw new ManagerError('START_FAILED', `can't listen at ${address}: ${reasonAgainstListening(cause)}`, { cause })
  }
  const bound = boundAddress(address, server)
  return new ServerListener(server, bound, advertisedFor(bound, options.advertise))
}

/** Where clients reach what listens there: as it is told to advertise, with the port at which it listens where it gives none. */
function advertisedFor(address: NetworkAddress, advertise: string | undefined): NetworkAddress {
  const { host, port } = hostAndPort(address)
  if (advertise === undefined) return isEveryInterface(host) ? addressAt(address, hostname(), port) : address
  const given = hostAndPort(networkAddressOf(advertise))
  return addressAt(address, given.host, given.port === 0 ? port : given.port)
}

/** With the port that it has. */
function boundAddress(address: NetworkAddress, server: Server): NetworkAddress {
  const bound = server.address()
  const { host, port } = hostAndPort(address)
  return addressAt(address, host, typeof bound === 'object' && bound !== null ? bound.port : port)
}

function isTls(address: NetworkAddress): boolean {
  return address.startsWith('tls:')
}

/** Whether others could read what is said, and nobody has allowed that. */
function isUnprotected(address: NetworkAddress, host: string, { allowUnencrypted = false }: DialingOptions): boolean {
  return !isTls(address) && !isLoopback(host) && !allowUnencrypted
}

function unencrypted(what: string): string {
  return `can't ${what}: nothing would be encrypted on the way; use tls:// instead, or say { allowUnencrypted: true }`
}

/** Also one that comes from this machine may have been passed on by it. */
function transportOver(socket: Socket, peer: string, appliesBackpressure: boolean): Transport {
  const reader = new SocketReader(() => socket)
  return new SocketTransport(reader, peer, { appliesBackpressure, isLocal: false, binding: bindingOf(socket) })
}

/** What no other connection has, for proofs to be over (`tls-exporter` of RFC 9266). */
function bindingOf(socket: Socket | TLSSocket): string {
  if (!('exportKeyingMaterial' in socket)) return ''
  return socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)).toString('base64url')
}

function connectPlain(address: NetworkAddress): Socket {
  return createConnection({ ...hostAndPort(address), noDelay: true })
}

function connectEncrypted(address: NetworkAddress, tls: TlsOptions = {}): Socket {
  const { host, port } = hostAndPort(address)
  const { ca, servername = host, ...own } = tls
  return connectTls({
    ...own,
    ...(ca === undefined ? { rejectUnauthorized: false } : { ca: [...[ca].flat()] }),
    // An IP address is no name that could be asked for.
    ...(isIP(servername) === 0 ? { servername } : {}),
    host,
    port,
    minVersion,
  }).setNoDelay(true)
}

function createEncrypted(
  { ca, cert, key, passphrase }: TlsOptions = {},
  taken: (socket: Socket) => void,
  newcomers: Newcomers,
): Server {
  // Node doesn't say which connection it is that has been encrypted.
  const leaving = new Map<string, () => void>()
  const server = createTlsServer(
    {
      ...(cert === undefined ? selfSigned() : { cert, key, passphrase }),
      ...(ca === undefined ? {} : { ca: [...[ca].flat()], requestCert: true, rejectUnauthorized: true }),
      minVersion,
      handshakeTimeout,
      noDelay: true,
    },
    (socket) => {
      leaving.get(nameOf(socket))?.()
      taken(socket)
    },
  )
  return server.on('connection', (socket: Socket) => {
    const name = nameOf(socket)
    const leave = newcomers.enter(() => socket.destroy())
    leaving.set(name, leave)
    socket.once('close', () => {
      leave()
      if (leaving.get(name) === leave) leaving.delete(name)
    })
  })
}

/** No other connection to the same port has the same name at the same time. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

function reasonAgainstConnecting(address: NetworkAddress, cause: unknown): string {
  const { host } = hostAndPort(address)
  if (isCode(cause, 'ECONNREFUSED')) return `nothing answers at ${address}; is the manager's server running?`
  if (isCode(cause, 'ENOTFOUND') || isCode(cause, 'EAI_AGAIN')) return `there is no host ${host}, for ${address}`
  if (isCode(cause, 'ERR_SSL_WRONG_VERSION_NUMBER') || isCode(cause, 'ERR_SSL_PACKET_LENGTH_TOO_LONG'))
    return `what answers at ${address} doesn't speak TLS; is it at tcp: instead?`
  return `can't connect to ${address}: ${cause instanceof Error ? cause.message : String(cause)}`
}

function reasonAgainstListening(cause: unknown): string {
  if (isCode(cause, 'EADDRINUSE')) return 'another process serves there; choose another port, or 0 for a free one'
  if (isCode(cause, 'EADDRNOTAVAIL')) return 'this machine has no such address; choose one of its own'
  return cause instanceof Error ? cause.message : String(cause)
}
