import { once } from 'node:events'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import type { Manager } from 'referent'
import { parseAddress, privateAddress, removeFolder, socketPath } from '../../lib/transport/address.ts'

type Direction = 'to the server' | 'to the client'

/** Stands between a client and a server, and does what networks do. */
export class Relay implements AsyncDisposable {
  readonly address: string
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #halving: Direction | undefined
  #isSilent = false

  private constructor(address: string, server: Server) {
    this.address = address
    this.#server = server
  }

  static async start(manager: Manager): Promise<Relay> {
    const { address } = await privateAddress()
    const server = createServer()
    const relay = new Relay(address, server)
    server.on('connection', (near) => relay.#connect(near, socketPath(parseAddress(manager.address))))
    server.listen({ path: socketPath(address) })
    await once(server, 'listening')
    return relay
  }

  /** Starts one for what `use` makes, which owns it from then on; where that fails, nothing of the relay is left. */
  static async with<T>(manager: Manager, use: (relay: Relay) => Promise<T>): Promise<T> {
    const relay = await Relay.start(manager)
    try {
      return await use(relay)
    } catch (error) {
      await relay[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Ends all connections, at both sides. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Passes on the first half of what is sent next in this direction, and from then on nothing in either one. */
  halve(direction: Direction): void {
    this.#halving = direction
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
    await removeFolder(dirname(this.#path))
  }

  get #path(): string {
    return socketPath(parseAddress(this.address))
  }

  #connect(near: Socket, target: string): void {
    const far = createConnection({ path: target })
    this.#pass(near, far, 'to the server')
    this.#pass(far, near, 'to the client')
  }

  #pass(from: Socket, to: Socket, direction: Direction): void {
    this.#sockets.add(from)
    from.on('data', (chunk) => this.#passChunk(chunk, to, direction))
    from.on('error', () => undefined) // it is closed then
    from.once('close', () => {
      this.#sockets.delete(from)
      if (!this.#isSilent) to.destroy()
    })
  }

  #passChunk(chunk: Buffer, to: Socket, direction: Direction): void {
    if (this.#isSilent) return
    this.#isSilent = this.#halving === direction
    to.write(this.#isSilent ? chunk.subarray(0, chunk.length / 2) : chunk)
  }
}
