import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { FrameReader, lineOf, type Message } from './frame.ts'

/** One end of a connection that says whatever it likes. */
export class Peer {
  readonly #socket: Socket
  readonly #reader = new FrameReader()
  readonly #ended: Promise<void>
  readonly #unread: Message[] = []
  #wake: () => void = () => undefined
  /** While the other side doesn't read. */
  #drained: Promise<void> | undefined
  /** While something is written byte by byte. */
  #slow: Promise<void> | undefined
  #listener: ((message: Message) => void) | undefined
  isClosed = false

  constructor(socket: Socket) {
    this.#socket = socket
    this.#ended = new Promise((resolve) => socket.once('close', () => resolve()))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.isClosed = true
      this.#wake()
    })
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
  }

  /** Rejects where nobody listens. */
  static async connect(address: string): Promise<Peer> {
    const path = address.startsWith('pipe:') ? `\\\\.\\pipe\\${address.slice(5)}` : address.slice('unix:'.length)
    const socket = createConnection({ path })
    await once(socket, 'connect')
    return new Peer(socket)
  }

  /** Has each message from now on handed over. */
  listen(listener: (message: Message) => void): void {
    this.#listener = listener
    for (const message of this.#unread.splice(0)) listener(message)
  }

  /** The next message; undefined where the connection closes, or nothing comes for so long. */
  async next(withinMs: number): Promise<Message | undefined> {
    await this.until(() => this.#unread.length > 0, withinMs)
    return this.#unread.shift()
  }

  /** Resolves when that is so, the connection is closed, or so much time is over. */
  async until(isSo: () => boolean, withinMs: number): Promise<boolean> {
    const deadline = performance.now() + withinMs
    while (!isSo() && !this.isClosed) {
      const leftMs = deadline - performance.now()
      if (leftMs <= 0) return false
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        timer = setTimeout(resolve, leftMs)
      })
      clearTimeout(timer)
    }
    return isSo()
  }

  /** Says a line of the handshake. */
  send(line: Message): Promise<void> {
    return this.write(lineOf(line))
  }

  /** Resolves when the other side may be sent more, or is gone. */
  async write(bytes: Buffer): Promise<void> {
    while (this.#slow !== undefined) await this.#slow
    await this.#push(bytes)
  }

  async #push(bytes: Buffer): Promise<void> {
    if (this.isClosed || !this.#socket.writable || this.#socket.write(bytes)) return
    this.#drained ??= once(this.#socket, 'drain').then(this.#hasDrained, this.#hasDrained)
    await Promise.race([this.#drained, this.#ended])
  }

  /** A byte at a time at first, with nothing else in between. */
  async writeSlowly(bytes: Buffer): Promise<void> {
    while (this.#slow !== undefined) await this.#slow
    this.#slow = this.#pushSlowly(bytes).finally(() => (this.#slow = undefined))
    await this.#slow
  }

  async #pushSlowly(bytes: Buffer): Promise<void> {
    const slowly = Math.min(bytes.length, 24)
    for (let at = 0; at < slowly && !this.isClosed; at++) {
      await this.#push(bytes.subarray(at, at + 1))
      await pause(3)
    }
    await this.#push(bytes.subarray(slowly))
  }

  /** Resolves when the connection is closed; false where the other side takes longer. */
  async isCut(withinMs: number): Promise<boolean> {
    await this.until(() => false, withinMs)
    return this.isClosed
  }

  async end(how: 'destroyed' | 'ended'): Promise<void> {
    if (how === 'ended') {
      this.#socket.end()
      if (await this.isCut(2000)) return
    }
    this.#socket.destroy()
    await this.#ended
  }

  readonly #hasDrained = (): void => {
    this.#drained = undefined
  }

  #read(chunk: Buffer): void {
    for (const message of this.#reader.add(chunk)) {
      if (this.#listener === undefined) this.#unread.push(message)
      else this.#listener(message)
    }
    this.#wake()
  }
}
