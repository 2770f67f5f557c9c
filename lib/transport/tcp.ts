import { once } from 'node:events'
import { createConnection, createServer, type OnReadOpts, type Server, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions, createServer as createTlsServer } from 'node:tls'
import { withOnread } from './accepted.ts'
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
  const reader = new SocketReader((onread) =>
    isEncrypted(address) ? connectEncrypted(address, options.tls, onread) : connectPlain(address, onread),
  )
  const { socket } = reader
  try {
    await once(socket, isEncrypted(address) ? 'secureConnect' : 'connect', signal === undefined ? {} : { signal })
  } catch (cause) {
    socket.destroy()
    throw connectFailed(address, cause, signal)
  }
  return transportOver(reader, address, false)
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
  const taken = (open: (onread: OnReadOpts) => Socket): void =>
    accept(transportOver(new SocketReader(open), `a client of ${address}`, true))
  const server = isEncrypted(address)
    ? createEncrypted(options.tls, (socket) => taken(() => socket), newcomers)
    : createServer({ noDelay: true }, (socket) => taken((onread) => withOnread(socket, onread)))
  return listenWith(server, address, options)
}

/** Also one that comes from this machine may have been passed on by it. */
function transportOver(reader: SocketReader, peer: string, appliesBackpressure: boolean): Transport {
  return new SocketTransport(reader, peer, { appliesBackpressure, isLocal: false, binding: bindingOf(reader.socket) })
}

function connectPlain(address: NetworkAddress, onread: OnReadOpts): Socket {
  return createConnection({ ...hostAndPort(address), noDelay: true, onread })
}

/** With Node's `onread` (https://nodejs.org/api/tls.html#tlsconnectoptions-callback), which its types don't know. */
interface EncryptedOptions extends ConnectionOptions {
  readonly onread: OnReadOpts
}

function connectEncrypted(address: NetworkAddress, tls: TlsOptions | undefined, onread: OnReadOpts): Socket {
  const { host, port } = hostAndPort(address)
  const options: EncryptedOptions = { ...dialingTls(host, tls), host, port, onread }
  return connectTls(options).setNoDelay(true)
}

function createEncrypted(tls: TlsOptions | undefined, taken: (socket: Socket) => void, newcomers: Newcomers): Server {
  const server = createTlsServer({ ...servingTls(tls), noDelay: true }, (socket) => {
    takeOut(socket)
    taken(socket)
  })
  const takeOut = countNewcomers(server, newcomers)
  return server
}
