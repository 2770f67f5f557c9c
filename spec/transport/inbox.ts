import type { Receiver } from '../../lib/transport/transport.ts'
import { type Reader, readJson } from '../../lib/wire/reader.ts'

/** A receiver that keeps all it is told, and can be waited for. */
export class Inbox implements Receiver {
  readonly messages: unknown[] = []
  /** The tail of each message, as a list of numbers. */
  readonly tails: number[][] = []
  /** One entry for each time that it was told of the end. */
  readonly ends: (Error | undefined)[] = []
  /** How often it was told that something has arrived. */
  arrivals = 0
  /** Runs within `message`. */
  onMessage: (message: unknown) => void = () => undefined
  readonly #read: (message: Reader) => unknown
  #wake: () => void = () => undefined

  /** @param read what to keep of a message; unless given, it is JSON */
  constructor(read: (message: Reader) => unknown = (message) => readJson(message, 'a message')) {
    this.#read = read
  }

  arrived(): void {
    this.arrivals++
  }

  message(bytes: Reader, tail: Uint8Array): void {
    const message = this.#read(bytes)
    this.messages.push(message)
    this.tails.push([...tail])
    this.#wake()
    this.onMessage(message)
  }

  closed(error?: Error): void {
    this.ends.push(error)
    this.#wake()
  }

  /** Resolves when so many messages have come. */
  async holds(count: number): Promise<void> {
    while (this.messages.length < count) await this.#change()
  }

  /** Resolves when the end was told. */
  async ended(): Promise<Error | undefined> {
    while (this.ends.length === 0) await this.#change()
    return this.ends[0]
  }

  #change(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve))
  }
}
