import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { type Place, privateAddress, removeFolder, socketPath } from '../lib/transport/address.ts'
import { moduleUrl } from '../spec/harness/module.ts'
import type { Row } from './row.ts'
import { Slice } from './slice.ts'
import type { WireBytes } from './wire-bytes.ts'

/**
 * The floor under any remote call: bytes to another process and back over the same kind of socket, with no frame, no
 * value, no promise and nothing to look up. Its messages are as long as those of a call and its answer on our wire.
 *
 * With several in flight it is as good as it gets: the client writes as many messages as came back in one write, and
 * the server writes each chunk back whole, however many messages are in it.
 */
export class Echo implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #socket: Socket
  readonly #place: Place

  private constructor(process: ChildProcess, socket: Socket, place: Place) {
    this.#process = process
    this.#socket = socket
    this.#place = place
  }

  static async start(): Promise<Echo> {
    const place = await privateAddress()
    const path = socketPath(place.address)
    const child = fork(moduleUrl('./echo-main.ts', import.meta.url), [path])
    await once(child, 'message')
    const socket = createConnection({ path })
    await once(socket, 'connect')
    return new Echo(child, socket, place)
  }

  rows({ sequential, batched }: WireBytes, inFlight: number): { sequential: Row; batched: Row } {
    return {
      sequential: {
        name: `bare echo, ${sequential} bytes`,
        unit: 'us',
        echo: 'sequential',
        measure: (sliceMs) => this.#exchange(sliceMs, sequential, 1),
      },
      batched: {
        name: `bare echo, ${inFlight} x ${batched} bytes in flight`,
        unit: '/s',
        echo: 'batched',
        measure: (sliceMs) => this.#exchange(sliceMs, batched, inFlight),
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy()
    this.#process.disconnect()
    await once(this.#process, 'exit')
    if (this.#place.folder !== undefined) await removeFolder(this.#place.folder)
  }

  #exchange(sliceMs: number, messageBytes: number, inFlight: number): Promise<number> {
    const messages = Buffer.alloc(messageBytes * inFlight, 'x')
    const slice = new Slice(sliceMs)
    let [echoed, outstanding, partBytes] = [0, inFlight, 0]
    return new Promise((resolve) => {
      const receive = (chunk: Buffer): void => {
        const arrived = Math.floor((partBytes + chunk.length) / messageBytes)
        partBytes += chunk.length - arrived * messageBytes
        echoed += arrived
        if (slice.isOver) outstanding -= arrived
        else if (arrived > 0) this.#socket.write(messages.subarray(0, arrived * messageBytes))
        if (outstanding > 0) return
        this.#socket.off('data', receive)
        resolve(slice.usPer(echoed))
      }
      this.#socket.on('data', receive)
      this.#socket.write(messages)
    })
  }
}
