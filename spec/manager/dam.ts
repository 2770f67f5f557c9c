import { once } from 'node:events'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import type { Manager } from 'referent'
import { parseAddress, privateAddress, removeFolder, socketPath } from '../../lib/transport/address.ts'

type Side = 'client' | 'server'

/** Stands between clients and a server; while it is closed to one side, what that side sends waits in its own buffers. */
export class Dam implements AsyncDisposable {
  readonly address: string
  readonly #listener: Server
  readonly #folder: string | undefined
  readonly #sockets: Readonly<Record<Side, Set<Socket>>> = { client: new Set(), server: new Set() }

  private constructor(address: string, folder: string | undefined, target: string) {
    this.address = address
    this.#folder = folder
    this.#listener = createServer((near) => this.#connect(near, createConnection({ path: target })))
  }

  static async before(manager: Manager): Promise<Dam> {
    const { address, folder } = await privateAddress()
    const dam = new Dam(address, folder, socketPath(parseAddress(manager.address)))
    dam.#listener.listen({ path: socketPath(address) })
    await once(dam.#listener, 'listening')
    return dam
  }

  /** Reads nothing more from that side. */
  hold(side: Side): void {
    for (const socket of this.#sockets[side]) socket.pause()
  }

  open(side: Side): void {
    for (const socket of this.#sockets[side]) socket.resume()
  }

  /** Ends all connections; new ones are welcome. */
  cut(): void {
    for (const socket of [...this.#sockets.client, ...this.#sockets.server]) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.#listener.close()
    await once(this.#listener, 'close')
    if (this.#folder !== undefined) await removeFolder(this.#folder)
  }

  #connect(near: Socket, far: Socket): void {
    this.#sockets.client.add(near)
    this.#sockets.server.add(far)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (chunk) => to.write(chunk))
      from.on('error', () => undefined) // it is closed then
      from.on('close', () => {
        this.#sockets.client.delete(from)
        this.#sockets.server.delete(from)
        to.destroy()
      })
    }
  }
}
