import { ManagerError } from '../errors.ts'
import { FrameReader } from '../wire/frame.ts'
import { handshakeLimits, type Limits } from '../wire/limits.ts'
import type { Writer } from '../wire/writer.ts'
import { Outbox, type Outlet } from './outbox.ts'
import type { Receiver, Transport } from './transport.ts'
import { messagesOf } from './websocket-messages.ts'

/** How long a closed WebSocket waits for the other side to close too. */
const closeGraceMs = 1000

/**
 * How often a browser is asked whether what was sent has left: it doesn't tell. It is asked too when something arrives, as whoever
 * reads answers now and then: in the background, browsers let timers wait for a second, or a minute.
 */
const drainMs = 10

/** So much may wait in the browser without being waited for. */
const mostWaitingBytes = 64 * 1024

const noAttachments: readonly Uint8Array[] = []

/** What is used of a browser's WebSocket (https://websockets.spec.whatwg.org/). Its `binaryType` is set. */
export interface BrowserWebSocket {
  binaryType: string
  readonly readyState: number
  readonly bufferedAmount: number
  addEventListener(type: 'open' | 'close' | 'error', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  send(bytes: Uint8Array): void
  close(code?: number): void
}

const isOpen = 1

/** Status codes of RFC 6455, 7.4.1, and one of this protocol's own for what is no frame: pages can't use the others. */
const closeCode = { normal: 1000, improper: 4002 } as const

/** A transport over the WebSocket of a browser, which is open, and which it owns. A browser can't be told to read no further. */
export class BrowserTransport implements Transport {
  readonly peer: string
  readonly isLocal = false
  readonly binding = ''
  readonly admits = 'granted'
  readonly #webSocket: BrowserWebSocket
  readonly #frames = new FrameReader(handshakeLimits)
  readonly #outbox: Outbox
  #receiver: Receiver | undefined
  #isHeld = false
  #isClosing = false
  #isOver = false
  #isDestroyed = false
  /** The receiver that was told of the end. */
  #toldEnd: Receiver | undefined
  #failure: Error | undefined
  /** Resolves when it is time to ask what waits in the browser. */
  #turn: Promise<void> | undefined
  #takeTurn: () => void = () => undefined

  constructor(webSocket: BrowserWebSocket, peer: string) {
    this.#webSocket = webSocket
    this.peer = peer
    this.#outbox = new Outbox(new WebSocketOutlet(webSocket), () => undefined)
    webSocket.binaryType = 'arraybuffer'
    webSocket.addEventListener('message', ({ data }) => this.#arrived(data))
    // An 'error' says nothing, and is always followed by this.
    webSocket.addEventListener('close', () => this.#over())
  }

  get maxTextBytes(): number {
    return this.#outbox.limits.maxTextBytes
  }

  get queuedBytes(): number {
    return this.#outbox.queuedBytes
  }

  async drained(): Promise<void> {
    while (!this.#isOver && this.queuedBytes > mostWaitingBytes) await (this.#turn ??= this.#nextTurn())
  }

  start(receiver: Receiver): void {
    this.#receiver = receiver
    this.#isHeld = false
    queueMicrotask(() => this.#deliver())
  }

  hold(): void {
    this.#isHeld = true
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
    this.#frames.limits = received
  }

  // A page stays as long as its visitor does.
  ref(): void {}
  unref(): void {}

  close(): void {
    if (this.#isClosing) return
    this.#outbox.flush()
    this.#isClosing = true
    this.#webSocket.close(closeCode.normal)
    setTimeout(() => this.#over(), closeGraceMs)
  }

  destroy(error?: Error): void {
    this.#isClosing = true
    this.#isDestroyed = true
    this.#failure ??= error
    this.#webSocket.close(this.#failure === undefined ? closeCode.normal : closeCode.improper)
    queueMicrotask(() => this.#over())
  }

  #arrived(data: unknown): void {
    if (this.#isOver) return
    this.#takeTurn()
    if (!(data instanceof ArrayBuffer))
      return this.destroy(new ManagerError('PROTOCOL', 'the peer sent a text message; all of this protocol are binary'))
    this.#frames.push(new Uint8Array(data))
    this.#receiver?.arrived?.()
    this.#deliver()
  }

  /** No more comes. What has come is delivered before the end, unless an error has ended it. */
  #over(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#takeTurn()
    this.#deliver()
  }

  async #nextTurn(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, drainMs)
      this.#takeTurn = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#turn = undefined
  }

  #deliver(): void {
    try {
      while (!this.#isDestroyed && !this.#isHeld && this.#receiver !== undefined) {
        const message = this.#frames.next()
        if (message === undefined) break
        this.#receiver.message(message, this.#frames.takeTail())
      }
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)))
    }
    if (!this.#isOver || this.#isHeld || this.#receiver === undefined) return
    if (this.#toldEnd === this.#receiver) return
    this.#toldEnd = this.#receiver
    this.#receiver.closed(this.#failure)
  }
}

/** Sends pieces as the messages of a WebSocket, which takes a copy of each. */
class WebSocketOutlet implements Outlet {
  readonly #webSocket: BrowserWebSocket
  #corked: Uint8Array[] | undefined

  constructor(webSocket: BrowserWebSocket) {
    this.#webSocket = webSocket
  }

  get writableLength(): number {
    return this.#webSocket.bufferedAmount
  }

  cork(): void {
    this.#corked = []
  }

  uncork(): void {
    const pieces = this.#corked ?? []
    this.#corked = undefined
    this.#send(pieces)
  }

  write(piece: Uint8Array, written?: () => void): void {
    if (this.#corked === undefined) this.#send([piece])
    else this.#corked.push(piece)
    if (written !== undefined) queueMicrotask(written)
  }

  #send(pieces: readonly Uint8Array[]): void {
    if (this.#webSocket.readyState !== isOpen) return
    for (const message of messagesOf(pieces)) this.#webSocket.send(message)
  }
}
