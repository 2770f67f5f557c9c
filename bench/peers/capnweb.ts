import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'
import { forkServer, packageOf, type Peer } from './peer.ts'
import { Plain } from './plain.ts'

interface Capnweb {
  readonly RpcTarget: new () => object
  readonly RpcSession: new (transport: Lines, main?: object, options?: object) => { getRemoteMain(): Remote }
}

interface Remote extends Disposable {
  increment(by: number): Promise<number>
  echo(value: unknown): Promise<unknown>
  create(): Promise<Remote>
  callBack(fn: (by: number) => number): Promise<number>
  count(items: number): Promise<ReadableStream<number>>
}

/** The records and numbers are more than it takes from strangers. */
const options = { limits: { maxMessageSize: 64 * 1024 * 1024 } }

/** Its messages, which are JSON, each in a line of a socket. Those of one turn of the event loop leave in one write. */
class Lines {
  readonly #socket: Socket
  readonly #received: string[] = []
  #part = ''
  #waiting: ((message: string) => void) | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('utf8').on('data', (text: string) => this.#receive(text))
  }

  send(message: string): void {
    if (this.#socket.writableCorked === 0) {
      this.#socket.cork()
      setImmediate(() => this.#socket.uncork())
    }
    this.#socket.write(`${message}\n`)
  }

  receive(): Promise<string> {
    const message = this.#received.shift()
    if (message !== undefined) return Promise.resolve(message)
    return new Promise((resolve) => (this.#waiting = resolve))
  }

  #receive(text: string): void {
    const [first = '', ...rest] = text.split('\n')
    const last = rest.pop()
    if (last === undefined) {
      this.#part += first
      return
    }
    this.#received.push(this.#part + first, ...rest)
    this.#part = last
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting !== undefined) waiting(this.#received.shift() ?? '')
  }
}

export async function serve(path: string): Promise<void> {
  const { RpcTarget, RpcSession } = await packageOf<Capnweb>('capnweb')
  class Target extends RpcTarget {
    readonly #plain = new Plain()

    increment(by: number): number {
      return this.#plain.increment(by)
    }

    echo(value: unknown): unknown {
      return value
    }

    create(): Target {
      return new Target()
    }

    callBack(fn: (by: number) => Promise<number>): Promise<number> {
      return fn(1)
    }

    count(items: number): ReadableStream<number> {
      let item = 0
      return new ReadableStream({
        pull(controller) {
          if (item === items) controller.close()
          else controller.enqueue(item++)
        },
      })
    }
  }
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined)
    void new RpcSession(new Lines(socket), new Target(), options)
  })
  server.listen({ path })
  await once(server, 'listening')
}

const addOne = (by: number): number => by + 1

export const capnweb: Peer<Remote> = {
  package: 'capnweb',
  needs: 'npm ci --prefix bench',
  carries: ['plain', 'bytes', 'numbers'],
  takesClients: true,
  async open(given) {
    const { RpcSession } = await packageOf<Capnweb>('capnweb')
    const server = given === undefined ? await forkServer('capnweb') : undefined
    const path = given ?? server?.address ?? ''
    const socket = createConnection({ path })
    await once(socket, 'connect')
    return {
      client: new RpcSession(new Lines(socket), undefined, options).getRemoteMain(),
      address: path,
      pids: () => server?.pids() ?? [],
      async close() {
        socket.destroy()
        await server?.close()
      },
    }
  },
  call: (remote) => remote.increment(1),
  async create(remote) {
    const made = await remote.create()
    made[Symbol.dispose]()
  },
  echo: (remote, value) => remote.echo(value),
  callBack: (remote) => remote.callBack(addOne),
  async stream(remote, items) {
    let came = 0
    for await (const _ of await remote.count(items)) came++
    return came
  },
}
