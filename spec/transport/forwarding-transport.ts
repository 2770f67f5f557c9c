import type { Receiver, Transport } from '../../lib/transport/transport.ts'
import type { Limits } from '../../lib/wire/limits.ts'
import type { Writer } from '../../lib/wire/writer.ts'

/** Does all by another transport, which it owns; what a spec wants to know more of, a subclass overrides. */
export class ForwardingTransport implements Transport {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  get peer(): string {
    return this.#transport.peer
  }

  get isLocal(): boolean {
    return this.#transport.isLocal
  }

  get binding(): string {
    return this.#transport.binding
  }

  get admits(): Transport['admits'] {
    return this.#transport.admits
  }

  get maxTextBytes(): number {
    return this.#transport.maxTextBytes
  }

  get queuedBytes(): number {
    return this.#transport.queuedBytes
  }

  drained(): Promise<void> {
    return this.#transport.drained()
  }

  start(receiver: Receiver): void {
    this.#transport.start(receiver)
  }

  hold(): void {
    this.#transport.hold()
  }

  send(writer: Writer, start: number, attachments?: readonly Uint8Array[]): void {
    this.#transport.send(writer, start, attachments)
  }

  tell(writer: Writer, start: number): void {
    this.#transport.tell(writer, start)
  }

  flush(): void {
    this.#transport.flush()
  }

  limit(received: Limits, sent?: Limits): void {
    this.#transport.limit(received, sent)
  }

  ref(): void {
    this.#transport.ref()
  }

  unref(): void {
    this.#transport.unref()
  }

  close(): void {
    this.#transport.close()
  }

  destroy(error?: Error): void {
    this.#transport.destroy(error)
  }
}
