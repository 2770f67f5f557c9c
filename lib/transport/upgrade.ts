import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { ManagerError } from '../errors.ts'
import { subprotocol } from './subprotocol.ts'

/** What a request to become a WebSocket asks for. */
export interface Upgrade {
  readonly subprotocol: (typeof subprotocol)[keyof typeof subprotocol]
  /** Whether a page asks, or who can't bind what it proves: it may open references, and never uses the authkey. */
  readonly isGranted: boolean
}

/** @throws UpgradeRefusal for a page of an origin that isn't named, and for another protocol */
export function upgradeOf(request: IncomingMessage, origins: readonly string[]): Upgrade {
  const { origin, 'sec-websocket-protocol': protocols = '' } = request.headers
  if (origin !== undefined && !origins.includes(origin) && !origins.includes('*'))
    throw new UpgradeRefusal(
      403,
      `a page of ${shown(origin)}, which is none of the origins that this server names (origins)`,
    )
  const asked = protocols.split(',').map((each) => each.trim())
  const found = [subprotocol.bound, subprotocol.unbound].find((each) => asked.includes(each))
  if (found === undefined)
    throw new UpgradeRefusal(400, `a WebSocket of another protocol; that of this server is ${subprotocol.bound}`)
  return { subprotocol: found, isGranted: origin !== undefined || found === subprotocol.unbound }
}

/** Why a request isn't let in, and the status of HTTP that says so. */
export class UpgradeRefusal extends ManagerError {
  readonly status: 400 | 403

  constructor(status: 400 | 403, what: string) {
    super(status === 403 ? 'FORBIDDEN' : 'PROTOCOL', `the server refused ${what}`)
    this.status = status
  }
}

const reasons = { 400: 'Bad Request', 403: 'Forbidden' }

/** Answers a request that isn't let in, and ends its connection. */
export function refuseUpgrade(socket: Duplex, { status, message }: UpgradeRefusal): void {
  socket.on('error', () => undefined)
  socket.once('finish', () => socket.destroy())
  const head = [`HTTP/1.1 ${status} ${reasons[status]}`, 'Connection: close', 'Content-Type: text/plain; charset=utf-8']
  const length = `Content-Length: ${Buffer.byteLength(message)}`
  socket.end([...head, length, '', message].join('\r\n'))
}

/** Answers a request that is no WebSocket's (RFC 9110, 15.5.22). */
export function demandUpgrade(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, { upgrade: 'websocket', connection: 'upgrade, close' }).end('a WebSocket is served here\n')
}

/** What a stranger says of itself, for people. */
function shown(origin: string): string {
  return origin.length > 200 ? `${origin.slice(0, 200)}...` : origin
}
