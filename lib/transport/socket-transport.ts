import type { Limits } from '../wire/limits.ts'
import type { Writer } from '../wire/writer.ts'
import { Outbox } from './outbox.ts'
import type { ByteStream, SocketReader } from './socket-reader.ts'
import { Spin } from './spin.ts'
import type { Receiver, Transport } from './transport.ts'

/** How long a closed socket waits for the other side to close too. */
const closeGraceMs = 1000

/** While more than this waits for a client to read, nothing more of what it sent is taken. */
const maxUnreadBytes = 1024 * 1024

/** One for all sockets: they share the loop that it keeps awake. */
const spin = new Spin()

const noAttachments: readonly Uint8Array[] = []

interface SocketTransportOptions extends Partial<Pick<Transport, 'isLocal' | 'binding' | 'admits'>> {
  /**
   * Whether it takes nothing while the other side doesn't read: a client that only sends can't grow a server's memory. Of two
   * sides only one may be, or they could wait for each other. Default false.
   */
  readonly appliesBackpressure?: boolean
}

/** A transport over a connected socket, which it owns. By default, the socket is one of this machine. */
export class SocketTransport implements Transport {
  readonly peer: string
  readonly isLocal: boolean
  readonly binding: string
  readonly admits: Transport['admits']
  readonly #socket: ByteStream
  readonly #appliesBackpressure: boolean
  readonly #reader: SocketReader
  readonly #outbox: Outbox
  #isHeld = false
  #isReferenced = true
  #isClosing = false
  /** Ends what the other side doesn't. */
  #ending: NodeJS.Timeout | undefined
  #failure: Error | undefined
  #receiver: Receiver | undefined
  #draining: Promise<void> | undefined

  constructor(
    reader: SocketReader,
    peer: string,
    { appliesBackpressure = false, isLocal = true, binding = '', admits = 'all' }: SocketTransportOptions = {},
  ) {
    const { socket } = reader
    this.#socket = socket
    this.#reader = reader
    this.peer = peer
    this.isLocal = isLocal
    this.binding = binding
    this.admits = admits
    this.#appliesBackpressure = appliesBackpressure
    this.#outbox = new Outbox(socket, () => spin.sent())
    if (appliesBackpressure) socket.on('drain', () => this.#goOn())
    this.#readToTheEnd()
    // A socket error is always followed by 'close', which reports it.
    socket.on('error', (error) => (this.#failure ??= error))
    socket.once('close', () => {
      this.#isClosing = true
      this.#receiver?.closed(this.#failure)
    })
  }

  get host(): string | undefined {
    return this.#socket.remoteAddress
  }

  get maxTextBytes(): number {
    return this.#outbox.limits.maxTextBytes
  }

  get queuedBytes(): number {
    return this.#outbox.queuedBytes
  }

  /** A write that fails is told of in a later turn. */
  get isClosing(): boolean {
    return this.#isClosing || !this.#socket.writable
  }

  drained(): Promise<void> {
    if (this.#isClosing || !this.#socket.writableNeedDrain) return Promise.resolve()
    this.#draining ??= this.#drains()
    return this.#draining
  }

  start(receiver: Receiver): void {
    if (this.#socket.closed) queueMicrotask(() => receiver.closed(this.#failure))
    else if (this.#receiver === undefined) this.#reader.start(() => this.#arrived())
    this.#receiver = receiver
    if (!this.#isHeld) return
    this.#isHeld = false
    queueMicrotask(() => this.#goOn())
  }

  hold(): void {
    this.#isHeld = true
    this.#socket.pause()
  }

  send(writer: Writer, start: number, attachments: readonly Uint8Array[] = noAttachments): void {
    if (!this.#isClosing) this.#outbox.send(writer, start, attachments)
  }

  tell(writer: Writer, start: number): void {
    if (!this.#isClosing) this.#outbox.tell(writer, start)
  }

  flush(): void {
    if (!this.#isClosing) this.#outbox.flush()
  }

  limit(received: Limits, sent: Limits = received): void {
    this.#outbox.limits = sent
    this.#reader.frames.limits = received
  }

  ref(): void {
    this.#isReferenced = true
    this.#socket.ref()
    this.#ending?.ref()
  }

  unref(): void {
    this.#isReferenced = false
    this.#socket.unref()
    this.#ending?.unref()
  }

  close(): void {
    if (this.#isClosing) return
    this.#outbox.flush()
    this.#isClosing = true
    this.#socket.end()
    this.#endSoon(() => this.#socket.destroy())
  }

  destroy(error?: Error): void {
    this.#isClosing = true
    this.#failure ??= error
    this.#socket.destroy()
  }

  /**
   * A write that fails says that the other side is gone, not that all it said before was read. Node would drop that with
   * the socket: it may be the confirmation of what was handed over, which others would get again.
   */
  #readToTheEnd(): void {
    const socket = this.#socket
    const destroy = socket.destroy.bind(socket)
    socket.destroy = (error?: Error) => {
      if (this.#isClosing || !isFailedWrite(error)) return destroy(error)
      this.#failure ??= error
      this.#isClosing = true
      // Node's own drops what a stream with an error is given.
      socket.push = (chunk: Buffer | null) => {
        if (chunk === null) destroy()
        else this.#reader.take(chunk)
        return true
      }
      // A socket of TLS may be of no use to the event loop by now, and what waits for an answer must hear of the end.
      this.#endSoon(destroy)
      return socket
    }
  }

  #endSoon(end: () => void): void {
    this.#ending = setTimeout(end, closeGraceMs)
    if (!this.#isReferenced) this.#ending.unref()
    this.#socket.once('close', () => clearTimeout(this.#ending))
  }

  #arrived(): void {
    spin.received()
    this.#receiver?.arrived?.()
    this.#deliver()
  }

  async #drains(): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = (): void => {
        this.#socket.off('drain', end).off('close', end)
        resolve()
      }
      this.#socket.on('drain', end).on('close', end)
    })
    this.#draining = undefined
  }

  /** The other side has read what waited for it, or somebody waits again for what it says. */
  #goOn(): void {
    if (this.#isHeld) return
    this.#socket.resume()
    this.#deliver()
  }

  /** Delivers what has arrived, as far as the other side reads what comes of it. */
  #deliver(): void {
    try {
      while (!this.#socket.destroyed && !this.#isHeld) {
        if (this.#appliesBackpressure && !this.#isClosing && this.queuedBytes > maxUnreadBytes) {
          this.#socket.pause()
          return
        }
        const message = this.#reader.frames.next()
        if (message === undefined) return
        this.#receiver?.message(message, this.#reader.frames.takeTail())
      }
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)))
    }
  }
}

function isFailedWrite(error: unknown): error is Error {
  return error instanceof Error && Reflect.get(error, 'syscall') === 'write'
}
