import type { Codec, Encoded } from '../codec/codec.ts'
import { encodeThrown } from '../codec/error-codec.ts'
import type { ReferencePort } from '../codec/reference-port.ts'
import type { Transport } from '../transport/transport.ts'
import { type Body, type MessageHead, messageText } from '../wire/message.ts'
import type { Role, SessionReferences } from './role.ts'

/**
 * What the parts of a session say and hear through: messages with values in them, over its transport. While one of them
 * waits for the peer, the transport keeps the process alive; otherwise it doesn't.
 */
export class Link {
  /** Where the other side is, for messages to people. */
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

  /** The bytes that wait for the peer to read them. */
  get queuedBytes(): number {
    return this.#transport.queuedBytes
  }

  /** Resolves when they have left, or never will. */
  drained(): Promise<void> {
    return this.#transport.drained()
  }

  /** Whether something of this side waits for the peer. */
  get isWaiting(): boolean {
    return this.#waits > 0
  }

  /** Tells the peer something without a value. Does nothing once the link is over. */
  send(head: MessageHead): void {
    if (!this.#isOver) this.#transport.tell(messageText(head))
  }

  /** As `tell`, before anything else happens in this process. */
  sendNow(head: MessageHead): void {
    this.send(head)
    this.#transport.flush()
  }

  /**
   * Tells the peer a value; once the link is over, drops it.
   * @throws ManagerError `UNSERIALIZABLE`, `FRAME_TOO_LARGE`; what was counted for it is taken back then
   */
  sendValue(head: MessageHead, value: unknown, what: string): void {
    if (this.#isOver) this.drop(value)
    else this.sendEncoded(head, this.encode(value, what))
  }

  /** Lets go of a value that nobody waits for any more: streams in it end, and what was made for the peer goes. */
  drop(value: unknown): void {
    try {
      this.#unexport(this.encode(value, 'result'))
    } catch {
      // What can't cross holds nothing for the peer.
    }
  }

  /** As `tellValue`, for something thrown; where that is too long to be sent, the peer is told so instead. */
  sendThrown(head: MessageHead, thrown: unknown): void {
    if (this.#isOver) return
    try {
      this.sendEncoded(head, encodeThrown(this.#codec, thrown, this.#thrownPort()))
    } catch (tooLarge) {
      // Of any length, and all of it of this package.
      if (tooLarge instanceof Error) Reflect.deleteProperty(tooLarge, 'stack')
      this.sendEncoded(head, encodeThrown(this.#codec, tooLarge, this.#thrownPort()))
    }
  }

  /** @throws ManagerError `UNSERIALIZABLE`; nothing was counted then */
  encode(value: unknown, what: string): Encoded {
    return this.#codec.encode(value, this.#references(), what)
  }

  /** @throws ManagerError `FRAME_TOO_LARGE`; what `encoded` counts is taken back then */
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

  /** Gives back the references in a body that nobody wants. */
  discard(body: Body): void {
    for (const descriptor of this.#codec.references(body)) this.#references().discard(descriptor)
  }

  /** Keeps the process alive until as many calls of `unref`. */
  ref(): void {
    if (this.#waits++ === 0) this.#transport.ref()
  }

  unref(): void {
    if (this.#waits === 0 || --this.#waits > 0) return
    this.#transport.unref()
    this.idle()
  }

  /** Tells the role that something has ended, unless something else still waits for the peer. */
  idle(): void {
    if (!this.#isOver && this.#waits === 0) this.#role().idle?.()
  }

  /** Sends what is queued, and from then on nothing; the transport ends. */
  close(): void {
    this.#isOver = true
    this.#transport.close()
  }

  /** Ends the transport at once. */
  destroy(error: Error): void {
    this.#isOver = true
    this.#transport.destroy(error)
  }

  /** The transport has ended: nobody waits for the peer any more. */
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

  /** Functions in the fields of an error stay behind: nobody calls them, and each would be kept for its receiver. */
  #thrownPort(): ReferencePort {
    const references = this.#references()
    return {
      accepts: (value) => typeof value !== 'function' && references.accepts(value),
      export: (value) => references.export(value),
      import: (descriptor) => references.import(descriptor),
    }
  }
}
