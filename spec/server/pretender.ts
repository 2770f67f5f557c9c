import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'
import { createNonce, type Nonces, prove, ServerIdentity } from '../../lib/auth/proofs.ts'
import { HandshakeChannel, type Line, textOf } from '../../lib/auth/handshake-channel.ts'
import { parseAddress, privateAddress, removeFolder, socketPath } from '../../lib/transport/address.ts'
import { listenSocket } from '../../lib/transport/socket.ts'
import type { Transport } from '../../lib/transport/transport.ts'
import { patienceMs } from '../harness/eventually.ts'
import { fieldsOf } from '../harness/message.ts'

/** A hostile server that says it is another one, and knows the key that its clients log in with. */
export class Pretender implements AsyncDisposable {
  readonly address: string
  /** All that clients said to it. */
  readonly heard: Line[] = []
  readonly #close: () => Promise<void>

  private constructor(address: string, close: () => Promise<void>, heard: Line[]) {
    this.address = address
    this.#close = close
    this.heard = heard
  }

  /** @param serverId whom it pretends to be */
  static async start(serverId: string, key: string): Promise<Pretender> {
    const { address, folder } = await privateAddress()
    const heard: Line[] = []
    const clients: Transport[] = []
    const listener = await listenSocket(address, (transport) => {
      clients.push(transport)
      void pretend(transport, serverId, Buffer.from(key), heard)
    })
    const close = async (): Promise<void> => {
      for (const client of clients) client.destroy()
      await listener.close()
      if (folder !== undefined) await removeFolder(folder)
    }
    return new Pretender(address, close, heard)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close()
  }
}

async function pretend(transport: Transport, server: string, key: Uint8Array, heard: Line[]): Promise<void> {
  const channel = new HandshakeChannel(transport, AbortSignal.timeout(patienceMs))
  const nonce = createNonce()
  channel.send({ kind: 'hello', protocol: 'referent', version: 2, nonce, server })
  const login = await channel.receive()
  heard.push(login)
  const nonces: Nonces = { client: textOf(login, 'nonce'), server: nonce }
  const settings = {
    callTimeoutMs: 0,
    reconnectMs: 0,
    heartbeatMs: 0,
    missed: 3,
    maxTextBytes: 4096,
    serializer: 'binary',
  }
  const [proof, signature] = [prove('server', key, nonces), new ServerIdentity().sign(nonces)]
  channel.send({ kind: 'welcome', pid: process.pid, session: 's1', address: '', ...settings, proof, signature })
  transport.start({ message: (bytes) => void heard.push(fieldsOf(bytes)), closed: () => undefined })
}

/** Stands between clients and a server, passes all on and writes it down. */
export class Eavesdropper implements AsyncDisposable {
  readonly address: string
  /** What clients have sent. */
  text = ''
  readonly #close: () => Promise<void>

  private constructor(address: string, close: () => Promise<void>) {
    this.address = address
    this.#close = close
  }

  static async start(serverAddress: string): Promise<Eavesdropper> {
    const { address, folder } = await privateAddress()
    const sockets: Socket[] = []
    const server = createServer((near) => {
      const far = createConnection({ path: socketPath(parseAddress(serverAddress)) })
      sockets.push(near, far)
      for (const socket of [near, far]) socket.on('error', () => undefined)
      near.on('data', (bytes) => (eavesdropper.text += bytes.toString('latin1')))
      near.pipe(far).pipe(near)
    }).listen({ path: socketPath(address) })
    await once(server, 'listening')
    const eavesdropper = new Eavesdropper(address, async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
      if (folder !== undefined) await removeFolder(folder)
    })
    return eavesdropper
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close()
  }
}
