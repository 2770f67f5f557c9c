import { EventEmitter, once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import type { Manager } from 'referent'
import { type Nonces, proveCapability } from '../../lib/auth/proofs.ts'
import { type Credential, logIn } from '../../lib/auth/handshake.ts'
import { isNetwork, parseAddress, socketPath } from '../../lib/transport/address.ts'
import { connectTo } from '../../lib/transport/open.ts'
import { SocketReader } from '../../lib/transport/socket-reader.ts'
import { SocketTransport } from '../../lib/transport/socket-transport.ts'
import type { Receiver, Transport } from '../../lib/transport/transport.ts'
import { withLimits } from '../../lib/wire/limits.ts'
import type { Reader } from '../../lib/wire/reader.ts'
import { patienceMs } from './eventually.ts'
import { type Fields, fieldsOf, written } from './message.ts'

/** What a server answered: the value or the error, decoded. References stay the descriptors they came as. */
export interface Answer {
  readonly kind: 'result' | 'error'
  readonly value: unknown
}

/** A peer that has logged in and then sends whatever it likes. */
export class RawClient implements Receiver, Disposable {
  /** That of a server of this machine. */
  readonly #socket: Socket | undefined
  readonly #transport: Transport
  readonly #nonces: Nonces
  readonly #answers = new EventEmitter()
  /** What the server has given back, and the streams of this side that it stopped. */
  readonly givenBack: unknown[] = []
  #lastId = 0

  private constructor(socket: Socket | undefined, transport: Transport, nonces: Nonces) {
    this.#socket = socket
    this.#transport = transport
    this.#nonces = nonces
    transport.limit(withLimits(unlimited))
    transport.start(this)
  }

  static async connect(address: string, credential: Credential): Promise<RawClient> {
    if (isNetwork(address)) {
      const transport = await connectTo(address, {})
      const { nonces } = await logIn(transport, credential, AbortSignal.timeout(patienceMs))
      return new RawClient(undefined, transport, nonces)
    }
    const socket = createConnection({ path: socketPath(parseAddress(address)) })
    await once(socket, 'connect', { signal: AbortSignal.timeout(patienceMs) })
    const transport = new SocketTransport(new SocketReader(() => socket), address)
    const { nonces } = await logIn(transport, credential, AbortSignal.timeout(patienceMs))
    return new RawClient(socket, transport, nonces)
  }

  /** With the manager's authkey. */
  static open({ address, authkey }: Manager): Promise<RawClient> {
    return RawClient.connect(address, { kind: 'authkey', key: authkey.bytes })
  }

  /** Creates a referent; resolves with its id. */
  async create(typeid: string, ...args: unknown[]): Promise<number> {
    const { value } = await this.ask({ kind: 'call', to: 0, method: 'create', value: [typeid, ...args] })
    return (value as { readonly id: number }).id
  }

  /** Attaches to a referent by its capability. */
  attach(id: number, secret: string, caveats?: unknown): Promise<Answer> {
    const value: unknown[] = [id, proveCapability(secret, id, this.#nonces)]
    if (caveats !== undefined) value.push(caveats)
    return this.ask({ kind: 'call', to: 0, method: 'attach', value })
  }

  /** Sends a request with these fields; resolves with its answer. */
  async ask(fields: Fields): Promise<Answer> {
    const id = ++this.#lastId
    const answered = once(this.#answers, String(id), { signal: AbortSignal.timeout(patienceMs) })
    this.tell({ id, ...fields })
    const [answer] = (await answered) as [Answer]
    return answer
  }

  /** Resolves with the answer to the request of that number. */
  async answer(id: number): Promise<Answer> {
    const [answer] = (await once(this.#answers, String(id), { signal: AbortSignal.timeout(patienceMs) })) as [Answer]
    return answer
  }

  /** Resolves when the server has ended the session. */
  async cut(): Promise<void> {
    await once(this.#answers, 'cut', { signal: AbortSignal.timeout(patienceMs) })
  }

  /** Sends what has no answer. */
  tell(fields: Fields): void {
    this.#transport.send(written(fields), 0)
  }

  /** Sends bytes, which need be no frame. */
  sendBytes(bytes: Uint8Array): void {
    this.#transport.flush()
    if (this.#socket === undefined) throw new Error('bytes can be sent to servers of this machine only')
    this.#socket.write(bytes)
  }

  message(bytes: Reader, tail: Uint8Array): void {
    const { kind, id, value, to, stream } = fieldsOf(bytes, tail)
    if (kind === 'release' || kind === 'stop') this.givenBack.push(to ?? stream)
    if (kind === 'result' || kind === 'error') this.#answers.emit(String(id), { kind, value } satisfies Answer)
  }

  closed(): void {
    this.#answers.emit('cut')
    // An 'error' that nobody waits for would be thrown.
    if (this.#answers.listenerCount('error') > 0) this.#answers.emit('error', new Error('the server ended the session'))
  }

  [Symbol.dispose](): void {
    this.#transport.destroy()
  }
}

const unlimited = { maxFrameBytes: 0xffff_ffff, maxTextBytes: 0xffff_ffff }
