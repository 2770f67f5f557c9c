import type { Receiver } from '../../lib/transport/transport.ts'

/** A receiver that keeps all it is told, and can be waited for. */
export class Inbox implements Receiver {
  readonly messages: unknown[] = []
  /** The byte arrays of each message, as lists of numbers. */
  readonly bytes: number[][][] = []
  /** One entry for each time that it was told of the end. */
  readonly ends: (Error | undefined)[] = []
  /** How often it was told that something has arrived. */
  arrivals = 0
  /** Runs within `message`. */
  onMessage: (json: unknown) => void = () => undefined
  #wake: () => void = () => undefined

  arrived(): void {
    this.arrivals++
  }

  message(json: unknown, attachments: readonly Uint8Array[]): void {
    this.messages.push(json)
    this.bytes.push(attachments.map((bytes) => [...bytes]))
    this.#wake()
    this.onMessage(json)
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
