import { Duplex } from 'node:stream'
import type { MessagePort } from 'node:worker_threads'
import { ManagerError } from '../errors.ts'

/** How many bytes may be with the other end that it hasn't read: a port takes all that it is given. */
const windowBytes = 256 * 1024

/** The other end tells after so many that it has read them. */
const acknowledgedBytes = windowBytes / 4

/** Says that no more bytes come. */
const end = null

/** What crosses the port: bytes, how many of them were read, or that there are no more. */
type Said = ArrayBuffer | number | typeof end

/** The bytes that cross between two threads, one after the other: where a message of the port ends means nothing. Owns the port. */
export class PortStream extends Duplex {
  readonly #port: MessagePort
  /** What was sent and isn't known to be read. */
  #unread = 0
  /** What was read since the other end was told. */
  #untold = 0
  /** Goes on with what waits to be sent. */
  #goOn: (() => void) | undefined

  constructor(port: MessagePort) {
    // Like a socket, it ends when the other side does.
    super({ allowHalfOpen: false })
    this.#port = port
    port.on('message', (said: unknown) => this.#hear(said))
    // The other end is gone, and all that it has said was heard.
    port.once('close', () => {
      this.#proceed()
      if (!this.readableEnded) this.push(null)
    })
  }

  ref(): void {
    this.#port.ref()
  }

  unref(): void {
    this.#port.unref()
  }

  override _read(): void {
    this.#acknowledge()
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    this.#send([chunk], done)
  }

  override _writev(chunks: { readonly chunk: Uint8Array }[], done: () => void): void {
    const bytes = chunks.map(({ chunk }) => chunk)
    this.#send(bytes, done)
  }

  override _final(done: () => void): void {
    this.#say(end)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#port.close()
    done(error)
  }

  #send(chunks: readonly Uint8Array[], done: () => void): void {
    // First that all was read, then what comes of it: who has an answer has nothing of the question queued.
    if (this.readableLength === 0) this.#acknowledge()
    const bytes = joined(chunks)
    this.#unread += bytes.byteLength
    this.#say(bytes)
    if (this.#unread <= windowBytes) done()
    else this.#goOn = done
  }

  /** Bytes go over to the other thread, without another copy. */
  #say(said: Said): void {
    this.#port.postMessage(said, said instanceof ArrayBuffer ? [said] : [])
  }

  #hear(said: unknown): void {
    if (said instanceof ArrayBuffer) this.#take(said)
    else if (said === end) this.push(null)
    else if (typeof said === 'number') this.#heardRead(said)
    else this.destroy(new ManagerError('PROTOCOL', 'the other thread sent what is no bytes'))
  }

  #take(bytes: ArrayBuffer): void {
    this.#untold += bytes.byteLength
    if (this.push(Buffer.from(bytes))) this.#acknowledge()
  }

  #acknowledge(): void {
    if (this.#untold < acknowledgedBytes) return
    this.#say(this.#untold)
    this.#untold = 0
  }

  #heardRead(byteLength: number): void {
    this.#unread -= byteLength
    if (this.#unread <= windowBytes) this.#proceed()
  }

  #proceed(): void {
    const goOn = this.#goOn
    this.#goOn = undefined
    goOn?.()
  }
}

/** In memory of their own, as what they are in may be used again. */
function joined(chunks: readonly Uint8Array[]): ArrayBuffer {
  let byteLength = 0
  for (const chunk of chunks) byteLength += chunk.byteLength
  const { buffer } = Buffer.allocUnsafeSlow(byteLength)
  const bytes = new Uint8Array(buffer)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return buffer
}
