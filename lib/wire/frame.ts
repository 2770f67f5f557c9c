import { ManagerError } from '../errors.ts'
import { ByteQueue } from './byte-queue.ts'
import { type Limits, maxBatchBytes } from './limits.ts'
import { PartialFrame } from './partial-frame.ts'
import { Reader, wordBytes } from './reader.ts'

/*
 * A frame, integers of 32 bits, unsigned and little-endian:
 *
 *     length      bytes that follow
 *     messages    how many of them are messages
 *     messages    one after the other, each its length as a varint, then its bytes
 *     tail        the bytes of byte arrays, one after the other
 *
 * A frame with a tail has exactly one message, and so has one with more than `maxBatchBytes` of messages.
 */

/** The length of a frame and that of its messages. */
export const headBytes: number = 2 * wordBytes

/** Of a frame that is still arriving, at most so many times as many bytes as have arrived are allocated. */
const mostAhead = 4

const noBytes: Uint8Array = new Uint8Array()
const noMessages = new Reader(noBytes)

/**
 * Cuts a stream of bytes into messages. Memory grows with the bytes that have arrived, never with a length that a
 * peer merely declared.
 */
export class FrameReader {
  #limits: Limits
  readonly #queue = new ByteQueue()
  /** Whether the head of the next frame was read, and what it says; the rest has yet to arrive. */
  #isAnnounced = false
  #messageBytes = 0
  #tailBytes = 0
  /** That frame, once a good part of it has arrived. */
  #partial: PartialFrame | undefined
  /** What is left of the frame at hand. */
  #messages = noMessages
  #tail: Uint8Array = noBytes

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** From the next frame on, these limits hold. */
  set limits(limits: Limits) {
    this.#limits = limits
  }

  /** Takes what has arrived. Keeps `chunk` until its last message was read. */
  push(chunk: Uint8Array): void {
    this.#queue.push(chunk)
    this.#partial?.takeFrom(this.#queue)
  }

  /** Where the next bytes are to be put, followed by `filled`; undefined where they are to be pushed. */
  get room(): Uint8Array | undefined {
    return this.#partial?.room
  }

  /** So many bytes have arrived in `room`. */
  filled(byteLength: number): void {
    this.#partial?.filled(byteLength)
  }

  /**
   * The next message of a frame that has arrived whole, if any.
   * @throws ManagerError `PROTOCOL` where the bytes can't be a frame: nothing after it can be read
   */
  next(): Reader | undefined {
    while (this.#messages.isAtEnd) if (!this.#open()) return undefined
    return this.#cut()
  }

  /** The tail of the message that was read last, in a buffer of its own, which is the caller's from then on. */
  takeTail(): Uint8Array {
    const tail = this.#tail
    this.#tail = noBytes
    return tail
  }

  /** Whether the next frame has arrived whole. What its head says is checked before the rest comes. */
  #open(): boolean {
    const queue = this.#queue
    if (!this.#isAnnounced) {
      if (queue.byteLength < headBytes) return false
      this.#announce(queue.word(), queue.word())
    }
    const byteLength = this.#messageBytes + this.#tailBytes
    if (this.#partial !== undefined) return this.#openPartial(this.#partial)
    if (queue.byteLength < byteLength) {
      if (queue.byteLength * mostAhead >= byteLength) this.#begin()
      return false
    }
    this.#isAnnounced = false
    this.#messages = queue.read(this.#messageBytes)
    this.#tail = this.#tailBytes === 0 ? noBytes : queue.take(this.#tailBytes)
    return true
  }

  /** Makes room for the whole frame. */
  #begin(): void {
    this.#partial = new PartialFrame(this.#messageBytes, this.#tailBytes)
    this.#partial.takeFrom(this.#queue)
  }

  #openPartial(partial: PartialFrame): boolean {
    if (partial.room !== undefined) return false
    this.#isAnnounced = false
    this.#partial = undefined
    this.#messages = new Reader(partial.messages)
    this.#tail = partial.tail
    return true
  }

  #announce(length: number, messageBytes: number): void {
    const { maxFrameBytes, maxTextBytes } = this.#limits
    const frameBytes = wordBytes + length
    if (frameBytes > maxFrameBytes)
      throw new ManagerError(
        'PROTOCOL',
        `the peer announced a frame of ${frameBytes} bytes; maxFrameBytes is ${maxFrameBytes}`,
      )
    const textBytes = headBytes + messageBytes
    if (textBytes > frameBytes) throw malformed(frameBytes, `${messageBytes} bytes of messages`)
    if (textBytes > maxTextBytes)
      throw malformed(frameBytes, `${textBytes} of them beside its tail; maxTextBytes is ${maxTextBytes}`)
    if (messageBytes === 0 && textBytes < frameBytes) throw malformed(frameBytes, 'a tail and no message')
    this.#messageBytes = messageBytes
    this.#tailBytes = frameBytes - textBytes
    this.#isAnnounced = true
  }

  #cut(): Reader {
    const messages = this.#messages
    const messageBytes = messages.varint()
    if (messageBytes === messages.end - messages.position) {
      this.#messages = noMessages
      return messages
    }
    const message = messages.part(messageBytes)
    if (this.#tail.byteLength > 0) throw several('a tail')
    if (this.#messageBytes > maxBatchBytes) throw several(`${this.#messageBytes} bytes of them`)
    return message
  }
}

function malformed(frameBytes: number, what: string): ManagerError {
  return new ManagerError('PROTOCOL', `the peer sent a frame of ${frameBytes} bytes with ${what}`)
}

function several(what: string): ManagerError {
  return new ManagerError('PROTOCOL', `the peer sent a frame of more than one message with ${what}`)
}
