import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerOptions } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Server, Socket } from 'node:net'
import type * as Ws from 'ws'
import { importUrl } from '../dynamic-import.ts'
import { ManagerError, type ManagerErrorCode } from '../errors.ts'
import { hostAndPort, isEncrypted, type NetworkAddress } from './address.ts'
import { assertMayConnect, assertMayListen, connectFailed, countNewcomers, listenWith } from './network.ts'
import type { DialingOptions, NetworkOptions } from './network-options.ts'
import { Newcomers } from './newcomers.ts'
import { SocketReader } from './socket-reader.ts'
import { SocketTransport } from './socket-transport.ts'
import { bindingOf, dialingTls, servingTls } from './tls.ts'
import type { Listener, Transport } from './transport.ts'
import { subprotocol } from './subprotocol.ts'
import { demandUpgrade, refuseUpgrade, type Upgrade, UpgradeRefusal, upgradeOf } from './upgrade.ts'
import { maxMessageBytes } from './websocket-messages.ts'
import { maxFragments, WebSocketStream } from './websocket-stream.ts'

/** How long the other side may take to ask for a WebSocket, or to answer. */
const upgradeMs = 10_000

/** How long one that is closed waits for the other side to close too. */
const closeTimeout = 1000

/** Compressing what others chose beside what is secret tells of the secret; and it costs memory for each connection. */
const settings = { perMessageDeflate: false, maxPayload: maxMessageBytes, maxFragments, closeTimeout }

/** Requests are short, and come at once. */
const serving: ServerOptions = {
  noDelay: true,
  headersTimeout: upgradeMs,
  requestTimeout: upgradeMs,
  // Node looks for those that take too long now and then.
  connectionsCheckingInterval: 1000,
}

/** @throws ManagerError `CONNECT_FAILED`; `ABORTED` when the signal aborts first */
export async function connectWebSocket(
  address: NetworkAddress,
  options: DialingOptions,
  signal?: AbortSignal,
): Promise<Transport> {
  assertMayConnect(address, options)
  const { WebSocket } = await loadWs('CONNECT_FAILED')
  const { host } = hostAndPort(address)
  const webSocket = new WebSocket(`${address}/`, subprotocol.bound, {
    ...settings,
    handshakeTimeout: upgradeMs,
    ...(isEncrypted(address) ? dialingTls(host, options.tls) : {}),
  })
  let transport: Transport | undefined
  // What the server says may have come with its answer, and is delivered in the turn in which the WebSocket opens.
  webSocket.once('upgrade', ({ socket }) => {
    transport = transportOver(webSocket, socket.setNoDelay(true), { peer: address })
  })
  try {
    await once(webSocket, 'open', signal === undefined ? {} : { signal })
    if (transport === undefined) throw new Error('it opened without an answer')
    return transport
  } catch (cause) {
    webSocket.on('error', () => undefined).terminate()
    throw connectFailed(address, cause, signal)
  }
}

/**
 * Listens at a port, and hands each connection that has become a WebSocket to `accept`, which owns it from then on. Until then it is
 * among the newcomers.
 * @param refused is told of pages of other origins, and of clients of other protocols
 * @throws ManagerError `START_FAILED`
 */
export async function listenWebSocket(
  address: NetworkAddress,
  accept: (transport: Transport) => void,
  options: NetworkOptions,
  {
    newcomers = new Newcomers(Infinity),
    refused = () => undefined,
  }: { newcomers?: Newcomers; refused?: (error: ManagerError) => void } = {},
): Promise<Listener> {
  assertMayListen(address, options)
  const { WebSocketServer } = await loadWs('START_FAILED')
  const server: Server = isEncrypted(address)
    ? createTlsServer({ ...serving, ...servingTls(options.tls) }, demandUpgrade)
    : createServer(serving, demandUpgrade)
  const takeOut = countNewcomers(server, newcomers)
  server.on('connection', (socket: Socket) => socket.unref())
  const upgrades = new WebSocketServer({
    ...settings,
    noServer: true,
    clientTracking: false,
    handleProtocols: (asked) => [subprotocol.bound, subprotocol.unbound].find((each) => asked.has(each)) ?? false,
  })
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    try {
      const upgrade = upgradeOf(request, options.origins ?? [])
      upgrades.handleUpgrade(request, socket, head, (webSocket) => {
        takeOut(socket)
        socket.ref()
        accept(transportOver(webSocket, socket, { peer: `a client of ${address}`, upgrade }))
      })
    } catch (error) {
      if (!(error instanceof UpgradeRefusal)) throw error
      refuseUpgrade(socket, error)
      refused(error)
    }
  })
  return listenWith(server, address, options)
}

/** @param upgrade what the client asked for; undefined at the client's side */
function transportOver(
  webSocket: Ws.WebSocket,
  socket: Socket,
  { peer, upgrade }: { readonly peer: string; readonly upgrade?: Upgrade },
): Transport {
  const stream = new WebSocketStream(webSocket, socket)
  return new SocketTransport(new SocketReader(() => stream), peer, {
    appliesBackpressure: upgrade !== undefined,
    isLocal: false,
    binding: upgrade?.subprotocol === subprotocol.unbound ? '' : bindingOf(socket),
    admits: upgrade?.isGranted === true ? 'granted' : 'all',
  })
}

/** Not before it is needed: most programs have no such address. */
export async function loadWs(code: ManagerErrorCode): Promise<Pick<typeof Ws, 'WebSocket' | 'WebSocketServer'>> {
  try {
    return (await importUrl('ws')) as unknown as typeof Ws
  } catch (cause) {
    throw new ManagerError(code, "the package 'ws', by which WebSockets are served, can't be loaded; install it", {
      cause,
    })
  }
}
