import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net'

type Address = `tcp://127.0.0.1:${number}`

/** Stands between clients and a server of TCP on this machine, and does to their connections what networks do. */
export class Cutter implements AsyncDisposable {
  readonly address: Address
  /** How many connections there have been. */
  connections = 0
  /** What became of a connection in its first bytes: those that a handshake has. */
  cutsInHandshakes = 0
  isSilent = false
  readonly #server: Server
  readonly #port: number
  readonly #pairs = new Set<readonly [near: Socket, far: Socket]>()
  #isOpen = true
  #budget: () => number = () => Infinity

  private constructor(server: Server, port: number) {
    this.#server = server
    this.#port = port
    this.address = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('connection', (near) => this.#connect(near))
  }

  static async before(address: string): Promise<Cutter> {
    const server = createServer({ noDelay: true })
    server.listen({ host: '127.0.0.1', port: 0 })
    await once(server, 'listening')
    return new Cutter(server, Number(/\d+$/.exec(address)))
  }

  /** From now on each connection is reset, at both sides, when so many bytes have passed in both directions together. */
  resetAfter(bytes: () => number): void {
    this.#budget = bytes
  }

  /** Resets all connections. */
  reset(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy()
  }

  /** Resets all connections, and each that is made from now on, until `mend`. */
  cut(): void {
    this.#isOpen = false
    this.reset()
  }

  /** Resets the connections at the side of the clients only, as who stands between forgets them: the server hears nothing. */
  forget(): void {
    for (const [near, far] of this.#pairs) {
      far.removeAllListeners('data').pause()
      near.resetAndDestroy()
    }
  }

  /** What is sent is lost from now on, and the connections stay, until `mend`; those that are made then are as ever. */
  silence(): void {
    this.isSilent = true
  }

  mend(): void {
    this.#isOpen = true
    this.isSilent = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOpen = false
    this.#server.close()
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy()
    await once(this.#server, 'close')
  }

  #connect(near: Socket): void {
    if (!this.#isOpen) return void near.on('error', () => undefined).resetAndDestroy()
    this.connections++
    const far = createConnection({ host: '127.0.0.1', port: this.#port, noDelay: true })
    const pair = [near, far] as const
    this.#pairs.add(pair)
    const state = { left: this.#budget(), passed: 0, isLost: false }
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('error', () => undefined)
      from.on('data', (chunk: Buffer) => this.#pass(chunk, to, pair, state))
      from.once('close', () => {
        this.#pairs.delete(pair)
        if (from === far || !far.isPaused()) to.destroy()
      })
    }
  }

  #pass(
    chunk: Buffer,
    to: Socket,
    pair: readonly Socket[],
    state: { left: number; passed: number; isLost: boolean },
  ): void {
    if (this.isSilent) state.isLost = true
    if (state.isLost) return
    const part = chunk.subarray(0, Math.max(0, state.left))
    state.left -= chunk.byteLength
    state.passed += part.byteLength
    to.write(part, () => {
      if (state.left > 0) return
      if (state.passed < 900) this.cutsInHandshakes++
      for (const socket of pair) socket.resetAndDestroy()
    })
  }
}
