import { Duplex } from 'node:stream'
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { ManagerError } from '../errors.ts'
import { messagesOf } from './websocket-messages.ts'

/** In how many parts (RFC 6455, 5.4) a message may come: each is kept by itself until the last one is there. */
export const maxFragments = 64

/** Status codes of RFC 6455, 7.4.1. */
const normalClosure = 1000
const unsupportedData = 1003

/**
 * The bytes of the binary messages of a WebSocket, one after the other: where a message ends means nothing. Owns the WebSocket,
 * which is open, and whose connection is `socket`.
 */
export class WebSocketStream extends Duplex {
  readonly #webSocket: WebSocket
  readonly #socket: Socket
  #failure: ManagerError | undefined

  constructor(webSocket: WebSocket, socket: Socket) {
    // Like a socket, it ends when the other side does.
    super({ allowHalfOpen: false })
    this.#webSocket = webSocket
    this.#socket = socket
    webSocket.on('message', (data, isBinary) => this.#take(data as Buffer, isBinary))
    // What breaks the rules of RFC 6455 or is too long. The other side is told by a status code before the end.
    webSocket.on('error', (cause) => this.#fail(`what is no message of a WebSocket: ${cause.message}`, cause))
    webSocket.on('close', () => (this.#failure === undefined ? this.push(null) : this.destroy(this.#failure)))
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress
  }

  ref(): void {
    this.#socket.ref()
  }

  unref(): void {
    this.#socket.unref()
  }

  override _read(): void {
    this.#webSocket.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#send([chunk], done)
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: () => void): void {
    const bytes = chunks.map(({ chunk }) => chunk)
    this.#send(bytes, done)
  }

  override _final(done: () => void): void {
    this.#webSocket.close(normalClosure)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#webSocket.terminate()
    done(error)
  }

  #take(data: Buffer, isBinary: boolean): void {
    if (!isBinary) {
      this.#fail('a text message; all of this protocol are binary')
      this.#webSocket.close(unsupportedData)
    }
    if (this.#failure === undefined && !this.push(data)) this.#webSocket.pause()
  }

  #fail(what: string, cause?: unknown): void {
    this.#failure ??= new ManagerError('PROTOCOL', `the peer sent ${what}`, cause === undefined ? {} : { cause })
  }

  /** What is sent once it is closed is lost, as the end tells. */
  #send(chunks: readonly Buffer[], done: () => void): void {
    const messages = messagesOf(chunks)
    for (const [index, message] of messages.entries())
      this.#webSocket.send(message, index === messages.length - 1 ? () => done() : undefined)
  }
}
