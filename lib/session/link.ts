import type { Codec, Encoded } from '../codec/codec.ts'
import { encodeThrown } from '../codec/error-codec.ts'
import type { ReferencePort } from '../codec/reference-port.ts'
import type { Transport } from '../transport/transport.ts'
import { type Body, type MessageHead, messageText } from '../wire/message.ts'
import type { Role, SessionReferences } from './role.ts'

/**
 * Sends and decodes messages with values for the parts of a session. While one of them waits for the peer, the transport keeps
 * the process alive; otherwise it doesn't.
 */
export class Link {
  /** The name of the other side, for messages to people. */
  readonly peer: string
  readonly #transport: Transport
  readonly #codec: Codec
  readonly #role: () => Role
  #waits = 0
  #isOver = false

  constructor(transport: Transport, codec: Codec, role: () => Role) {
    this.peer = transport.peer
    this.#transport = transport
    this.#codec = codec
    this.#role = role
    transport.unref()
  }

  /** Whether nothing can be sent any more: this side has closed, or the session is over. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** How many bytes wait for the peer to read them. */
  get queuedBytes(): number {
    return this.#transport.queuedBytes
  }

  /** Resolves when they are sent, or never will be. */
  drained(): Promise<void> {
    return this.#transport.drained()
  }

  /** Whether something of this side waits for the peer. */
  get isWaiting(): boolean {
    return this.#waits > 0
  }

  /** Sends a message without a value. Does nothing once the link is over. */
  send(head: MessageHead): void {
    if (!this.#isOver) this.#transport.tell(messageText(head))
  }

  /** Like `send`, at once rather than with the other messages of this turn. */
  sendNow(head: MessageHead): void {
    this.send(head)
    this.#transport.flush()
  }

  /**
   * Sends a message with a value; once the link is over, drops that.
   * @throws ManagerError `UNSERIALIZABLE`, `FRAME_TOO_LARGE`; its references are unexported then
   */
  sendValue(head: MessageHead, value: unknown, what: string): void {
    if (this.#isOver) this.drop(value)
    else this.sendEncoded(head, this.encode(value, what))
  }

  /** Drops a value that the peer no longer waits for: its streams end, and referents made for it are dropped. */
  drop(value: unknown): void {
    try {
      this.#unexport(this.encode(value, 'result'))
    } catch {
      // What can't be encoded holds nothing for the peer.
    }
  }

  /** Like `sendValue`, for something thrown; what is too long is replaced by an error that says so. */
  sendThrown(head: MessageHead, thrown: unknown): void {
    if (this.#isOver) return
    try {
      this.sendEncoded(head, encodeThrown(this.#codec, thrown, this.#thrownPort()))
    } catch (tooLarge) {
      // Stacks have any length, and this one is of this package alone.
      if (tooLarge instanceof Error) Reflect.deleteProperty(tooLarge, 'stack')
      this.sendEncoded(head, encodeThrown(this.#codec, tooLarge, this.#thrownPort()))
    }
  }

  /** @throws ManagerError `UNSERIALIZABLE`; nothing was counted then */
  encode(value: unknown, what: string): Encoded {
    return this.#codec.encode(value, this.#references(), what)
  }

  /** @throws ManagerError `FRAME_TOO_LARGE`; its references are unexported then */
  sendEncoded(head: MessageHead, encoded: Encoded): void {
    try {
      this.#transport.send(messageText(head, encoded.text), encoded.attachments)
    } catch (error) {
      this.#unexport(encoded)
      throw error
    }
  }

  decode(body: Body, attachments: readonly Uint8Array[]): unknown {
    return this.#codec.decode(body, attachments, this.#references())
  }

  /** Gives back the references in a body that is not decoded. */
  discard(body: Body): void {
    for (const descriptor of this.#codec.references(body)) this.#references().discard(descriptor)
  }

  /** Keeps the process alive until `unref` was called as often. */
  ref(): void {
    if (this.#waits++ === 0) this.#transport.ref()
  }

  unref(): void {
    if (this.#waits === 0 || --this.#waits > 0) return
    this.#transport.unref()
    this.idle()
  }

  /** Tells the role that the session may be idle, unless something waits for the peer. */
  idle(): void {
    if (!this.#isOver && this.#waits === 0) this.#role().idle?.()
  }

  /** Sends what is queued and nothing more; the transport ends. */
  close(): void {
    this.#isOver = true
    this.#transport.close()
  }

  /** Ends the transport at once. */
  destroy(error: Error): void {
    this.#isOver = true
    this.#transport.destroy(error)
  }

  /** The transport has ended: nothing waits for the peer any more. */
  ended(): void {
    this.#isOver = true
    this.#waits = 0
  }

  #unexport({ references }: Encoded): void {
    for (const descriptor of references) this.#references().unexport(descriptor)
  }

  // A method: private getters take a hundred times as long on Node 20.
  #references(): SessionReferences {
    return this.#role().references
  }

  /** Functions in the fields of an error stay behind: nobody calls them, and each would be kept for the peer. */
  #thrownPort(): ReferencePort {
    const references = this.#references()
    return {
      accepts: (value) => typeof value !== 'function' && references.accepts(value),
      export: (value) => references.export(value),
      import: (descriptor) => references.import(descriptor),
    }
  }
}
