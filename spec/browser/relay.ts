import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net'

/** Stands between browsers and a server at a port that was free, which doesn't listen yet. */
export class Relay implements AsyncDisposable {
  /** Where the server is to listen. */
  readonly target: number
  connections = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, target: number) {
    this.#server = server
    this.target = target
    server.on('connection', (near) => this.#pass(near))
  }

  static async start(): Promise<Relay> {
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const target = portOf(probe)
    probe.close()
    await once(probe, 'close')
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Relay(server, target)
  }

  /** Where browsers connect to. */
  get address(): string {
    return `ws://127.0.0.1:${portOf(this.#server)}`
  }

  /** Ends all connections; new ones are welcome. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #pass(near: Socket): void {
    this.connections++
    const far = createConnection(this.target, '127.0.0.1')
    for (const socket of [near, far]) {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => {
        this.#sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far).pipe(near)
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
