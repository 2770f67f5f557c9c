import type { Socket } from 'node:net'
import { forkServer, type Over, type Peer } from './peer.ts'
import { connectAt, listenAt } from './sockets.ts'

/** With its length, about what a call and its answer take on our wire. */
const bodyBytes = 36

/** A batch leaves when so many messages are in it, or at the end of the turn, as ours do. */
const batchMessages = 32

/** Answers every frame with one of the same body. */
export function serve(path: string, [over]: readonly string[]): Promise<string> {
  return listenAt(path, over as Over, (socket) => {
    const frames = new Frames(socket, (body) => frames.send(body))
  })
}

class Client {
  readonly socket: Socket
  readonly #frames: Frames
  /** Answers come in the order of their questions. */
  readonly #waiting: ((body: Buffer) => void)[] = []
  readonly #body = Buffer.alloc(bodyBytes, 'x')

  constructor(socket: Socket) {
    this.socket = socket
    this.#frames = new Frames(socket, (body) => this.#waiting.shift()?.(body))
  }

  call(): Promise<Buffer> {
    this.#frames.send(this.#body)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}

/** The least that calls of one connection need: frames that are cut out and copied, a promise each, and one write a turn. */
export const bareFrames: Peer<Client> = {
  crossesNetworks: true,
  async open(given, over = 'unix') {
    const server = given === undefined ? await forkServer('bare-frames', [over]) : undefined
    const client = new Client(await connectAt(given ?? server?.address ?? '', over))
    return {
      client,
      pids: () => server?.pids() ?? [],
      async close() {
        client.socket.destroy()
        await server?.close()
      },
    }
  },
  call: (client) => client.call(),
}

/** Frames over a socket: a length of four bytes and a body. */
class Frames {
  readonly #socket: Socket
  #rest: Buffer = Buffer.alloc(0)
  #batch: Buffer[] = []

  constructor(socket: Socket, receive: (body: Buffer) => void) {
    this.#socket = socket
    socket.on('data', (chunk) => {
      let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
      while (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32LE(0)) {
        const end = 4 + bytes.readUInt32LE(0)
        receive(bytes.subarray(4, end))
        bytes = bytes.subarray(end)
      }
      this.#rest = bytes
    })
  }

  send(body: Buffer): void {
    const frame = Buffer.allocUnsafe(4 + body.length)
    frame.writeUInt32LE(body.length, 0)
    frame.set(body, 4)
    if (this.#batch.push(frame) === batchMessages) this.#flush()
    // As promises that are settled in this turn may send more.
    else if (this.#batch.length === 1) queueMicrotask(() => process.nextTick(() => this.#flush()))
  }

  #flush(): void {
    const batch = this.#batch
    const [first] = batch
    if (first === undefined) return
    this.#batch = []
    this.#socket.write(batch.length === 1 ? first : Buffer.concat(batch))
  }
}
