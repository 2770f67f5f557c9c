import { captureContext } from '../call-context.ts'
import type { Limits } from '../wire/limits.ts'
import { Reader } from '../wire/reader.ts'
import type { Writer } from '../wire/writer.ts'
import type { Receiver, Transport } from './transport.ts'

interface Parcel {
  readonly message: Reader
  readonly tail: Uint8Array
}

/** Two transports in one process, each the other's far side. All that crosses is copied, as by a socket. */
export function createMemoryPair(): [Transport, Transport] {
  const left = new MemoryTransport()
  const right = new MemoryTransport()
  left.connect(right)
  right.connect(left)
  return [left, right]
}

class MemoryTransport implements Transport {
  readonly peer = 'this process'
  readonly isLocal = true
  readonly binding = ''
  readonly admits = 'all'
  readonly queuedBytes = 0
  readonly maxTextBytes: number = Infinity
  #far: MemoryTransport | undefined
  #receiver: Receiver | undefined
  #arrived: Parcel[] = []
  #scheduled = false
  #isHeld = false
  #end: { readonly error: Error | undefined } | undefined
  #isEndTold = false
  /** What arrives belongs to no code that sent it, as from a socket. */
  readonly #inOwnContext = captureContext()

  connect(far: MemoryTransport): void {
    this.#far = far
  }

  start(receiver: Receiver): void {
    this.#receiver = receiver
    this.#isEndTold = false
    this.#isHeld = false
    if (this.#arrived.length > 0 || this.#end !== undefined) this.#deliverSoon()
  }

  hold(): void {
    this.#isHeld = true
  }

  send(writer: Writer, start: number, attachments: readonly Uint8Array[] = []): void {
    if (this.#end !== undefined) return
    const message = new Reader(Buffer.from(writer.bytes.subarray(start, writer.position)))
    this.#far?.accept({ message, tail: new Uint8Array(Buffer.concat(attachments)) })
  }

  tell(writer: Writer, start: number): void {
    this.send(writer, start)
  }

  flush(): void {
    // What was sent is with the other side already.
  }

  accept(parcel: Parcel): void {
    this.#arrived.push(parcel)
    this.#deliverSoon()
  }

  // Nothing outside this process can send here, so there is nothing to bound or to wait for.
  async drained(): Promise<void> {}
  limit(_limits: Limits): void {}
  ref(): void {}
  unref(): void {}

  close(): void {
    this.end()
    this.#far?.end()
  }

  destroy(error?: Error): void {
    this.#arrived = []
    this.end(error)
    this.#far?.end()
  }

  // A turn of its own, as for a socket: calls to and fro must not starve the event loop of I/O.
  #deliverSoon(): void {
    if (this.#scheduled || this.#isHeld || this.#receiver === undefined) return
    this.#scheduled = true
    setImmediate(() => this.#inOwnContext(() => this.#deliver()))
  }

  #deliver(): void {
    this.#scheduled = false
    const arrived = this.#arrived
    this.#arrived = []
    if (arrived.length > 0) this.#receiver?.arrived?.()
    try {
      for (const [index, { message, tail }] of arrived.entries()) {
        if (this.#isHeld) return void this.#arrived.unshift(...arrived.slice(index))
        this.#receiver?.message(message, tail)
      }
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)))
    }
    this.#tellEnd()
  }

  #tellEnd(): void {
    if (this.#end === undefined || this.#isEndTold) return
    this.#isEndTold = true
    this.#receiver?.closed(this.#end.error)
  }

  /** Ends this side, once what has arrived is delivered. */
  end(error?: Error): void {
    if (this.#end !== undefined) return
    this.#end = { error }
    this.#deliverSoon()
  }
}
