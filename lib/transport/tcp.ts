import { once } from 'node:events'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { hostAndPort, isEncrypted, type NetworkAddress } from './address.ts'
import { assertMayConnect, assertMayListen, connectFailed, countNewcomers, listenWith } from './network.ts'
import type { DialingOptions, NetworkOptions, TlsOptions } from './network-options.ts'
import { Newcomers } from './newcomers.ts'
import { SocketReader } from './socket-reader.ts'
import { SocketTransport } from './socket-transport.ts'
import { bindingOf, dialingTls, servingTls } from './tls.ts'
import type { Listener, Transport } from './transport.ts'

/**
 * @throws ManagerError `CONNECT_FAILED`; `ABORTED` when the signal aborts first
 */
export async function connectTcp(
  address: NetworkAddress,
  options: DialingOptions,
  signal?: AbortSignal,
): Promise<Transport> {
  assertMayConnect(address, options)
  const socket = isEncrypted(address) ? connectEncrypted(address, options.tls) : connectPlain(address)
  try {
    await once(socket, isEncrypted(address) ? 'secureConnect' : 'connect', signal === undefined ? {} : { signal })
  } catch (cause) {
    socket.destroy()
    throw connectFailed(address, cause, signal)
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
  assertMayListen(address, options)
  const taken = (socket: Socket): void => accept(transportOver(socket, `a client of ${address}`, true))
  const server = isEncrypted(address)
    ? createEncrypted(options.tls, taken, newcomers)
    : createServer({ noDelay: true }, taken)
  return listenWith(server, address, options)
}

/** Also one that comes from this machine may have been passed on by it. */
function transportOver(socket: Socket, peer: string, appliesBackpressure: boolean): Transport {
  const reader = new SocketReader(() => socket)
  return new SocketTransport(reader, peer, { appliesBackpressure, isLocal: false, binding: bindingOf(socket) })
}

function connectPlain(address: NetworkAddress): Socket {
  return createConnection({ ...hostAndPort(address), noDelay: true })
}

function connectEncrypted(address: NetworkAddress, tls: TlsOptions | undefined): Socket {
  const { host, port } = hostAndPort(address)
  return connectTls({ ...dialingTls(host, tls), host, port }).setNoDelay(true)
}

function createEncrypted(tls: TlsOptions | undefined, taken: (socket: Socket) => void, newcomers: Newcomers): Server {
  const server = createTlsServer({ ...servingTls(tls), noDelay: true }, (socket) => {
    takeOut(socket)
    taken(socket)
  })
  const takeOut = countNewcomers(server, newcomers)
  return server
}
