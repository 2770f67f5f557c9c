import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import type { Manager } from 'referent'
import {
  addressAt,
  hostAndPort,
  isNetwork,
  parseAddress,
  privateAddress,
  removeFolder,
  socketPath,
} from '../../lib/transport/address.ts'

type Direction = 'to the server' | 'to the client'

/** Stands between a client and a server, and does what networks do. */
export class Relay implements AsyncDisposable {
  readonly address: string
  readonly #server: Server
  /** What it has beside its server, to be removed. */
  readonly #folder: string | undefined
  readonly #sockets = new Set<Socket>()
  #halving: Direction | undefined
  #isSilent = false

  private constructor(address: string, server: Server, folder?: string) {
    this.address = address
    this.#server = server
    this.#folder = folder
  }

  /** At a socket, or a port of this machine as the server is. */
  static async start({ address: target }: Manager): Promise<Relay> {
    const server = createServer()
    if (isNetwork(target)) {
      await listening(server.listen(0, '127.0.0.1'))
      const { port } = server.address() as AddressInfo
      return new Relay(addressAt(target, '127.0.0.1', port), server).#passOn(() =>
        createConnection({ ...hostAndPort(target), noDelay: true }),
      )
    }
    const { address } = await privateAddress()
    await listening(server.listen({ path: socketPath(address) }))
    return new Relay(address, server, dirname(socketPath(address))).#passOn(() =>
      createConnection({ path: socketPath(parseAddress(target)) }),
    )
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
    if (this.#folder !== undefined) await removeFolder(this.#folder)
  }

  #passOn(connect: () => Socket): this {
    this.#server.on('connection', (near: Socket) => {
      const far = connect()
      this.#pass(near, far, 'to the server')
      this.#pass(far, near, 'to the client')
    })
    return this
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

async function listening(server: Server): Promise<void> {
  await once(server, 'listening')
}
