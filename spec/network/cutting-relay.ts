import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net'
import { hostAndPort, type NetworkAddress } from '../../lib/transport/address.ts'

export type Direction = 'to the server' | 'to the client'

/** Passes on what clients and a server say, and ends a connection where so many bytes have gone in one direction. */
export class CuttingRelay implements AsyncDisposable {
  readonly address: string
  /** How many bytes the last connection has had in either direction. */
  readonly passed: Record<Direction, number> = { 'to the server': 0, 'to the client': 0 }
  #cut: { readonly direction: Direction; readonly bytes: number } | undefined
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(address: string, server: Server) {
    this.address = address
    this.#server = server
  }

  static async start(serverAddress: string): Promise<CuttingRelay> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const relay = new CuttingRelay(serverAddress.replace(/\d+$/, String(port)), server)
    server.on('connection', (near) => relay.#connect(near, hostAndPort(serverAddress as NetworkAddress)))
    return relay
  }

  /** The next connection ends after so many bytes in this direction. */
  cutAfter(bytes: number, direction: Direction): void {
    this.#cut = { direction, bytes }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #connect(near: Socket, at: { readonly host: string; readonly port: number }): void {
    const far = createConnection(at)
    this.passed['to the server'] = this.passed['to the client'] = 0
    for (const socket of [near, far]) {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
    }
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
    near.on('data', (chunk) => this.#pass(chunk, far, 'to the server'))
    far.on('data', (chunk) => this.#pass(chunk, near, 'to the client'))
  }

  #pass(chunk: Buffer, to: Socket, direction: Direction): void {
    const left = this.#cut?.direction === direction ? this.#cut.bytes - this.passed[direction] : Infinity
    this.passed[direction] += chunk.byteLength
    if (chunk.byteLength < left) to.write(chunk)
    // The other one is closed by that.
    else to.end(chunk.subarray(0, left), () => to.destroy())
  }
}
