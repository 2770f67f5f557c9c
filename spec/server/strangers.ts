import { createConnection, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { hostAndPort, isNetwork, parseAddress, socketPath } from '../../lib/transport/address.ts'
import { isCode } from '../../lib/transport/link-address.ts'
import { eventually, within } from '../harness/eventually.ts'

/** How far a stranger goes before it falls silent. */
export type Stage = 'connected' | 'encrypted' | 'heard'

/** Connections of strangers to a server, each at the same stage of its handshake. */
export class Strangers implements Disposable {
  readonly #sockets: Socket[] = []
  ended = 0

  /** @param speaks what each says, once it is connected */
  static async at(address: string, stage: Stage, count: number, speaks?: Uint8Array): Promise<Strangers> {
    const strangers = new Strangers()
    // Not more at a time than wait to be accepted.
    for (let left = count; left > 0; left -= 100)
      await Promise.all(Array.from({ length: Math.min(100, left) }, () => strangers.#come(address, stage, speaks)))
    return strangers
  }

  async #come(address: string, stage: Stage, speaks: Uint8Array | undefined): Promise<void> {
    const socket = await eventually('there is place in the line of those who wait to be accepted', () =>
      this.#connected(address, stage),
    )
    if (stage !== 'connected') socket.resume()
    if (speaks !== undefined) socket.write(speaks)
  }

  /** Undefined where more wait to be accepted than the system lets wait. One that is ended at once has been connected. */
  async #connected(address: string, stage: Stage): Promise<Socket | undefined> {
    const socket = stage === 'encrypted' ? encrypted(address) : plain(address)
    let isRefused = false
    socket.on('error', (error) => (isRefused ||= isCode(error, 'EAGAIN')))
    const came = stage === 'encrypted' ? 'secureConnect' : 'connect'
    await within('a stranger comes', new Promise((resolve) => socket.once(came, resolve).once('close', resolve)))
    if (isRefused) return undefined
    this.#sockets.push(socket)
    if (socket.closed) this.ended++
    else socket.once('close', () => this.ended++)
    return socket
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}

function plain(text: string): Socket {
  const address = parseAddress(text)
  return createConnection(isNetwork(address) ? hostAndPort(address) : { path: socketPath(address) })
}

function encrypted(text: string): Socket {
  const address = parseAddress(text)
  if (!isNetwork(address)) throw new TypeError(`${text} is no address of a network`)
  return connectTls({ ...hostAndPort(address), rejectUnauthorized: false })
}
