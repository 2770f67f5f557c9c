import type { Codec, Encoded } from '../codec/codec.ts'
import { encodeThrown } from '../codec/thrown.ts'
import { each } from '../each.ts'
import { isManagerError } from '../errors.ts'
import type { ReferencePort } from '../codec/reference-port.ts'
import type { Transport } from '../transport/transport.ts'
import type { Message, MessageHead } from '../wire/message.ts'
import { writeHead } from '../wire/message-form.ts'
import type { Reader } from '../wire/reader.ts'
import { Writer } from '../wire/writer.ts'
import type { Role, SessionReferences } from './role.ts'

/**
 * Where all links write their messages, which transports copy. Values may run code while they are encoded, and that may send
 * messages too: each is written after what is there, and removed before the one before it goes on.
 */
const writer = new Writer()

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

  /** Sends a message without a value that has no answer. Does nothing once the link is over. */
  send(head: MessageHead): void {
    if (!this.#isOver) this.#writing((start) => this.#transport.tell(this.#headed(head), start))
  }

  /** Like `send`, at once rather than with the other messages of this turn. */
  sendNow(head: MessageHead): void {
    this.send(head)
    this.#transport.flush()
  }

  /** Sends a request without a value. */
  sendRequest(head: MessageHead): undefined {
    this.#writing((start) => this.#transport.send(this.#headed(head), start))
  }

  /**
   * Sends a message with a value; once the link is over, drops that.
   * @throws ManagerError `UNSERIALIZABLE`, `FRAME_TOO_LARGE`, `OVERLOADED`; its references are unexported then
   */
  sendValue(head: MessageHead, value: unknown, what: string): Encoded | undefined {
    if (this.#isOver) return this.drop(value)
    return this.#writing((start) => {
      writeHead(writer, head)
      return this.#sendEncoded(start, this.#codec.encode(value, this.#references(), what, writer))
    })
  }

  /** Drops a value that the peer no longer waits for: its streams end, and referents made for it are dropped. */
  drop(value: unknown): undefined {
    this.#writing(() => {
      try {
        this.#unexport(this.#codec.encode(value, this.#references(), 'result', writer))
      } catch {
        // What can't be encoded holds nothing for the peer.
      }
    })
  }

  /** Like `sendValue`, for something thrown; what is too long is replaced by an error that says so. */
  sendThrown(head: MessageHead, thrown: unknown): void {
    if (this.#isOver) return
    try {
      this.#sendThrown(head, thrown)
    } catch (tooLarge) {
      // Stacks have any length, and this one is of this package alone.
      if (tooLarge instanceof Error) Reflect.deleteProperty(tooLarge, 'stack')
      this.#sendThrown(head, tooLarge)
    }
  }

  /** Reads a body, once. */
  decode(body: Reader, tail: Uint8Array): unknown {
    try {
      return this.#codec.decode(body, tail, this.#references())
    } finally {
      body.release()
    }
  }

  /** Gives back the references in a message whose body is not decoded, and so far as they are proper: nobody waits for the rest. */
  discard(message: Message): void {
    if (!('body' in message)) return
    const { body } = message
    const descriptors = attempt(() => this.#codec.references(body)) ?? []
    const { failure } = each(descriptors, (descriptor) => this.#references().discard(descriptor))
    if (failure !== undefined && !isPeers(failure.reason)) throw failure.reason
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

  /** As that of the transport; 0 for one that ends with its connection. */
  get interruption(): number {
    return this.#transport.interruption ?? 0
  }

  /** The peer is silent: another connection may reach it, where there can be one; otherwise the transport ends at once. */
  interrupt(error: Error): void {
    if (this.#transport.interrupt === undefined) this.destroy(error)
    else this.#transport.interrupt(error)
  }

  /** The transport has ended: nothing waits for the peer any more. */
  ended(): void {
    this.#isOver = true
    this.#waits = 0
  }

  #sendThrown(head: MessageHead, thrown: unknown): void {
    this.#writing((start) => {
      this.#sendEncoded(start, encodeThrown(this.#codec, thrown, this.#thrownPort(), this.#headed(head)))
    })
  }

  /** @throws ManagerError `FRAME_TOO_LARGE`, `OVERLOADED`; its references are unexported then */
  #sendEncoded(start: number, encoded: Encoded): Encoded {
    try {
      if (encoded.references.length > 0) this.#references().refuseTooMany()
      this.#transport.send(writer, start, encoded.attachments)
    } catch (error) {
      this.#unexport(encoded)
      throw error
    }
    for (const descriptor of encoded.references) this.#references().sent(descriptor)
    return encoded
  }

  #headed(head: MessageHead): Writer {
    writeHead(writer, head)
    return writer
  }

  /** @param use writes from there on, within no limit of a message that is being written already */
  #writing<T>(use: (start: number) => T): T {
    const { position, start, limit } = writer
    writer.start = position
    writer.limit = Infinity
    try {
      return use(position)
    } finally {
      writer.truncate(position)
      writer.start = start
      writer.limit = limit
    }
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

/** Undefined where the peer's body is malformed, or too much. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (isPeers(error)) return undefined
    throw error
  }
}

/** Whether it is the peer's fault. */
function isPeers(error: unknown): boolean {
  return isManagerError(error, 'PROTOCOL') || isManagerError(error, 'OVERLOADED')
}
