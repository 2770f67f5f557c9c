import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { ManagerError } from '../errors.ts'
import { assertOptions } from '../options.ts'
import { loadWs } from '../transport/websocket.ts'
import { InspectorAccess } from './access.ts'
import { Gatherer } from './gatherer.ts'
import { isOwnHost, isOwnOrigin, serveFile } from './http.ts'
import type { Inspected } from './inspected.ts'
import { inspectorChecks, type InspectorOptions } from './inspector-options.ts'
import { Looks } from './looks.ts'
import { closing } from './messages.ts'
import { pageFiles } from './page-files.ts'
import { PageLink, type PageSurroundings } from './page-link.ts'

/** How many pages may look at a time, and how many connections there may be. */
const maxPages = 16
const maxConnections = 128

/** What a page says is short. */
const upgrading = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: 256 * 1024,
  closeTimeout: 1000,
}

/** Requests are short, and come at once. */
const serving = { headersTimeout: 5000, requestTimeout: 5000, connectionsCheckingInterval: 1000 }

/** Serves a page by which people look at a server, to this machine alone. Keeps no process alive. */
export class Inspector implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #access: InspectorAccess
  readonly #gatherer: Gatherer
  readonly #pages: ReadonlySet<PageLink>
  #closing: Promise<void> | undefined

  private constructor(server: Server, { access, gatherer }: PageSurroundings, pages: ReadonlySet<PageLink>) {
    this.port = (server.address() as AddressInfo).port
    this.#server = server
    this.#access = access
    this.#gatherer = gatherer
    this.#pages = pages
  }

  /**
   * Opens an inspector of a manager, which must stay open for as long.
   * @throws (as a rejection) ManagerError `START_FAILED` where it can't listen; TypeError, RangeError for options that can't be
   */
  static async open(inspected: Inspected, options: InspectorOptions = {}): Promise<Inspector> {
    assertOptions('openInspector', options, inspectorChecks)
    const { port = 0, allowCalls = false } = options
    const files = pageFiles()
    const { WebSocketServer } = await loadWs('START_FAILED')
    const server = createServer(serving, (request, response) => serveFile(files, request, response))
    server.maxConnections = maxConnections
    server.on('connection', (socket: Socket) => socket.unref())
    await listen(server, port)
    const gatherer = new Gatherer(inspected)
    const looks = new Looks(inspected, gatherer, allowCalls)
    const pages = new Set<PageLink>()
    const admit = (): boolean => [...pages].filter(({ isOpen }) => isOpen).length < maxPages
    const surroundings = { access: new InspectorAccess(), inspected, gatherer, looks, allowsCalls: allowCalls, admit }
    const upgrades = new WebSocketServer(upgrading)
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (!isPageOf(request)) return refuse(socket)
      upgrades.handleUpgrade(request, socket, head, (webSocket) => {
        const page = new PageLink(webSocket, request.socket, surroundings)
        pages.add(page)
        void page.closed.then(() => pages.delete(page))
      })
    })
    return new Inspector(server, surroundings, pages)
  }

  /** A link to the page, which opens once. It is a secret: whoever has it first may look. */
  url(): string {
    return `http://127.0.0.1:${this.port}/#token=${this.#access.token()}`
  }

  /** Ends all pages, and takes no more. Idempotent. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    this.#gatherer.close()
    for (const page of this.#pages) page.close(closing.ended)
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

async function listen(server: Server, port: number): Promise<void> {
  try {
    server.listen({ host: '127.0.0.1', port, exclusive: true }).unref()
    await once(server, 'listening')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ManagerError('START_FAILED', `the inspector can't listen at 127.0.0.1:${port}: ${reason}`, { cause })
  }
}

function isPageOf(request: IncomingMessage): boolean {
  return request.url === '/live' && isOwnHost(request) && isOwnOrigin(request)
}

function refuse(socket: Duplex): void {
  socket.on('error', () => undefined)
  socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', () => socket.destroy())
}
