import { createServer, type Server, type Socket } from 'node:net'

/** Where a hostile server waits for clients: an address for each lane, so that what each is told depends on the seed. */
export class Lobby implements Disposable {
  readonly #lanes: readonly Lane[]

  private constructor(lanes: readonly Lane[]) {
    this.#lanes = lanes
  }

  /** Resolves when it listens. */
  static async open(address: string, lanes: number): Promise<Lobby> {
    return new Lobby(
      await Promise.all(Array.from({ length: lanes }, (_, lane) => Lane.open(laneAddress(address, lane)))),
    )
  }

  /** The next client of a lane; undefined where the lobby closes before. */
  next(lane: number): Promise<Socket | undefined> {
    return this.#lanes[lane]?.next() ?? Promise.resolve(undefined)
  }

  [Symbol.dispose](): void {
    for (const lane of this.#lanes) lane.close()
  }
}

/** Where the clients of a lane connect. */
export function laneAddress(address: string, lane: number): string {
  return `${address}-${lane}`
}

class Lane {
  readonly #server: Server
  readonly #waiting: Socket[] = []
  #wake: (() => void) | undefined
  #isClosed = false

  private constructor() {
    this.#server = createServer((socket) => {
      socket.on('error', () => undefined)
      this.#waiting.push(socket)
      this.#wake?.()
    })
  }

  static async open(address: string): Promise<Lane> {
    const lane = new Lane()
    await new Promise<void>((resolve) => lane.#server.listen(address.slice('unix:'.length), resolve))
    return lane
  }

  async next(): Promise<Socket | undefined> {
    while (this.#waiting.length === 0 && !this.#isClosed) await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.#waiting.shift()
  }

  close(): void {
    this.#isClosed = true
    this.#server.close()
    for (const socket of this.#waiting) socket.destroy()
    this.#wake?.()
  }
}
