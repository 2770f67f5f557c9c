import { AsyncLocalStorage } from 'node:async_hooks'
import type { Limits } from '../wire/limits.ts'
import type { Receiver, Transport } from './transport.ts'

interface Parcel {
  readonly text: string
  readonly attachments: readonly Uint8Array[]
}

/** Two transports in one process, each the other's far side. Messages cross as text; byte arrays are handed over. */
export function createMemoryPair(): [Transport, Transport] {
  const left = new MemoryTransport()
  const right = new MemoryTransport()
  left.connect(right)
  right.connect(left)
  return [left, right]
}

class MemoryTransport implements Transport {
  readonly peer = 'this process'
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
  readonly #inOwnContext = AsyncLocalStorage.snapshot()

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

  send(text: string, attachments: readonly Uint8Array[] = []): void {
    if (this.#end === undefined) this.#far?.accept({ text, attachments })
  }

  tell(text: string): void {
    this.send(text)
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
      for (const [index, { text, attachments }] of arrived.entries()) {
        if (this.#isHeld) return void this.#arrived.unshift(...arrived.slice(index))
        this.#receiver?.message(JSON.parse(text), attachments)
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
