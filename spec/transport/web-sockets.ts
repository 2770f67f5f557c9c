import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type ClientOptions, WebSocket } from 'ws'
import { SocketReader } from '../../lib/transport/socket-reader.ts'
import { SocketTransport } from '../../lib/transport/socket-transport.ts'
import type { Transport } from '../../lib/transport/transport.ts'
import { WebSocketStream } from '../../lib/transport/websocket-stream.ts'
import { within } from '../harness/eventually.ts'

/** A client that says of itself what it likes. */
export interface Guise extends ClientOptions {
  readonly protocol?: string
}

/** A bare WebSocket to a server, open. */
export async function openWebSocket(
  address: string,
  { protocol = 'referent', ...options }: Guise = {},
): Promise<WebSocket> {
  const webSocket = new WebSocket(`${address}/`, protocol, { rejectUnauthorized: false, ...options })
  await within('the WebSocket opens', once(webSocket, 'open'))
  return webSocket
}

/** The transport of a client that proves nothing over the connection, as one in a browser. */
export async function connectUnbound(address: string, guise: Guise = {}): Promise<Transport> {
  const webSocket = new WebSocket(`${address}/`, guise.protocol ?? 'referent-unbound', {
    rejectUnauthorized: false,
    ...guise,
  })
  let transport: Transport | undefined
  webSocket.once('upgrade', ({ socket }) => {
    const stream = new WebSocketStream(webSocket, socket)
    transport = new SocketTransport(new SocketReader(() => stream), address, { isLocal: false })
  })
  await within('the WebSocket opens', once(webSocket, 'open'))
  return transport ?? assert.fail()
}

/** The status that a request to become a WebSocket is answered with, where it isn't let in. */
export async function statusOf(
  address: string,
  { protocol = 'referent', ...options }: Guise,
): Promise<number | undefined> {
  const webSocket = new WebSocket(`${address}/`, protocol, { rejectUnauthorized: false, ...options })
  webSocket.on('error', () => undefined)
  const [, response] = (await within('it is refused', once(webSocket, 'unexpected-response'))) as [
    unknown,
    IncomingMessage,
  ]
  response.resume()
  webSocket.terminate()
  return response.statusCode
}
