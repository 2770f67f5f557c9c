import { once } from 'node:events'
import type { Server, Socket } from 'node:net'
import { hostname } from 'node:os'
import { ManagerError } from '../errors.ts'
import { addressAt, hostAndPort, isEncrypted, isEveryInterface, isLoopback, type NetworkAddress } from './address.ts'
import { isCode } from './link-address.ts'
import { ServerListener } from './listener.ts'
import { type DialingOptions, networkAddressOf, type NetworkOptions } from './network-options.ts'
import type { Newcomers } from './newcomers.ts'
import type { Listener } from './transport.ts'

/** @throws ManagerError `CONNECT_FAILED` where others could read what is said, and nobody has allowed that */
export function assertMayConnect(address: NetworkAddress, options: DialingOptions): void {
  if (isUnprotected(address, options))
    throw new ManagerError('CONNECT_FAILED', unencrypted(`connect to ${address}`, address))
}

/** Has a server of Node's listen, which the listener then owns. @throws ManagerError `START_FAILED` */
export async function listenWith(server: Server, address: NetworkAddress, options: NetworkOptions): Promise<Listener> {
  try {
    server.listen({ ...hostAndPort(address), exclusive: true })
    await once(server, 'listening')
  } catch (cause) {
    server.close()
    throw new ManagerError('START_FAILED', `can't listen at ${address}: ${reasonAgainstListening(cause)}`, { cause })
  }
  const bound = boundAddress(address, server)
  return new ServerListener(server, bound, advertisedFor(bound, options.advertise))
}

/** @throws ManagerError `START_FAILED` where others could read what is said, and nobody has allowed that */
export function assertMayListen(address: NetworkAddress, options: NetworkOptions): void {
  if (isUnprotected(address, options))
    throw new ManagerError('START_FAILED', unencrypted(`listen at ${address}`, address))
}

/** The connection by which an error or abort came of connecting, as an error for people. */
export function connectFailed(address: NetworkAddress, cause: unknown, signal?: AbortSignal): ManagerError {
  if (signal?.aborted === true)
    return new ManagerError('ABORTED', `connecting to ${address} was aborted`, { cause: signal.reason })
  return new ManagerError('CONNECT_FAILED', reasonAgainstConnecting(address, cause), { cause })
}

/**
 * Counts each connection of a server as a newcomer, until it is taken out or ends.
 * @returns what takes the connection out whose socket, or whose socket within TLS, this is
 */
export function countNewcomers(server: Server, newcomers: Newcomers): (socket: Socket) => void {
  // Node doesn't say which connection it is that has been encrypted.
  const leaving = new Map<string, () => void>()
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket)
    const leave = newcomers.enter(() => socket.destroy())
    leaving.set(name, leave)
    socket.once('close', () => {
      leave()
      if (leaving.get(name) === leave) leaving.delete(name)
    })
  })
  return (socket) => leaving.get(nameOf(socket))?.()
}

/** No other connection to the same port has the same name at the same time. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

function isUnprotected(address: NetworkAddress, { allowUnencrypted = false }: DialingOptions): boolean {
  return !isEncrypted(address) && !isLoopback(hostAndPort(address).host) && !allowUnencrypted
}

function unencrypted(what: string, address: NetworkAddress): string {
  return `can't ${what}: nothing would be encrypted on the way; use ${encryptedOf(address)}// instead, or say { allowUnencrypted: true }`
}

/** Where clients reach what listens there: as it is told to advertise, with the port at which it listens where it gives none. */
function advertisedFor(address: NetworkAddress, advertise: string | undefined): NetworkAddress {
  const { host, port } = hostAndPort(address)
  if (advertise === undefined) return isEveryInterface(host) ? addressAt(address, hostname(), port) : address
  const advertised = networkAddressOf(advertise)
  const given = hostAndPort(advertised)
  return addressAt(advertised, given.host, given.port === 0 ? port : given.port)
}

/** With the port that it has. */
function boundAddress(address: NetworkAddress, server: Server): NetworkAddress {
  const bound = server.address()
  const { host, port } = hostAndPort(address)
  return addressAt(address, host, typeof bound === 'object' && bound !== null ? bound.port : port)
}

/** The same kind of address with encryption, as it begins. */
function encryptedOf(address: NetworkAddress): string {
  return address.startsWith('ws:') ? 'wss:' : 'tls:'
}

function reasonAgainstConnecting(address: NetworkAddress, cause: unknown): string {
  const { host } = hostAndPort(address)
  const plain = address.startsWith('wss:') ? 'ws:' : 'tcp:'
  if (isCode(cause, 'ECONNREFUSED')) return `nothing answers at ${address}; is the manager's server running?`
  if (isCode(cause, 'ENOTFOUND') || isCode(cause, 'EAI_AGAIN')) return `there is no host ${host}, for ${address}`
  if (isNoTls(cause)) return `what answers at ${address} doesn't speak TLS; is it at ${plain} instead?`
  if (isCode(cause, 'ECONNRESET') && address.startsWith('ws:'))
    return `the connection to ${address} ended before it was a WebSocket; does it speak TLS, at wss: instead?`
  return `can't connect to ${address}: ${cause instanceof Error ? cause.message : String(cause)}`
}

/** Node has a code of its own for it, unless OpenSSL notices while it writes. */
function isNoTls(cause: unknown): boolean {
  if (isCode(cause, 'ERR_SSL_WRONG_VERSION_NUMBER') || isCode(cause, 'ERR_SSL_PACKET_LENGTH_TOO_LONG')) return true
  return isCode(cause, 'EPROTO') && cause instanceof Error && /wrong version number|packet length/.test(cause.message)
}

function reasonAgainstListening(cause: unknown): string {
  if (isCode(cause, 'EADDRINUSE')) return 'another process serves there; choose another port, or 0 for a free one'
  if (isCode(cause, 'EADDRNOTAVAIL')) return 'this machine has no such address; choose one of its own'
  return cause instanceof Error ? cause.message : String(cause)
}
