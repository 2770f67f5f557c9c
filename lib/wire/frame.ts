import { ManagerError } from '../errors.ts'
import { allocate, byteLengthOf, readText, readWord, wordBytes, writeText, writeWord } from './bytes.ts'
import { ByteQueue } from './byte-queue.ts'
import type { Limits } from './limits.ts'

/**
 * A frame, all integers unsigned 32-bit big-endian:
 *
 *     length        bytes that follow
 *     count         byte arrays in this frame
 *     size × count  the length of each
 *     text          UTF-8 JSON: an array of messages; as long as the rest allows
 *     bytes         the byte arrays, one after the other
 *
 * A frame carries any number of messages, or a single one with byte arrays.
 */
export interface Frame {
  readonly text: string
  readonly attachments: readonly Uint8Array[]
}

const noAttachments: readonly Uint8Array[] = []

/**
 * The bytes of one frame, in pieces to be written in order. Takes no copy of the attachments.
 * @throws ManagerError `FRAME_TOO_LARGE`, naming the size and the limit
 */
export function encodeFrame(text: string, attachments: readonly Uint8Array[], limits: Limits): Uint8Array[] {
  const textBytes = byteLengthOf(text)
  const headBytes = (2 + attachments.length) * wordBytes
  let frameBytes = headBytes + textBytes
  for (const bytes of attachments) frameBytes += bytes.byteLength
  refuseTooLarge(frameBytes, attachments.length, limits)

  const head = allocate(headBytes + textBytes)
  writeWord(head, 0, frameBytes - wordBytes)
  writeWord(head, wordBytes, attachments.length)
  for (const [index, bytes] of attachments.entries()) writeWord(head, (2 + index) * wordBytes, bytes.byteLength)
  writeText(head, text, headBytes)
  return attachments.length === 0 ? [head] : [head, ...attachments]
}

function refuseTooLarge(frameBytes: number, attachments: number, limits: Limits): void {
  if (frameBytes > limits.maxFrameBytes) {
    throw new ManagerError(
      'FRAME_TOO_LARGE',
      `a message of ${frameBytes} bytes is longer than maxFrameBytes (${limits.maxFrameBytes}); send it in parts, or raise maxFrameBytes on both sides`,
    )
  }
  if (attachments > limits.maxAttachments) {
    throw new ManagerError(
      'FRAME_TOO_LARGE',
      `a message with ${attachments} byte arrays has more than ${limits.maxAttachments}; send it in parts`,
    )
  }
}

/**
 * Cuts a stream of bytes into frames. Memory grows with the bytes that have arrived, never with a length that a
 * peer merely declared.
 */
export class FrameReader {
  #limits: Limits
  readonly #queue = new ByteQueue()
  #wantedBytes = wordBytes

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** From the next frame on, these limits hold. */
  set limits(limits: Limits) {
    this.#limits = limits
  }

  /** Takes what has arrived. Keeps views of `chunk` until its last frame was taken. */
  push(chunk: Uint8Array): void {
    this.#queue.push(chunk)
  }

  /**
   * The next frame that has arrived whole, if any; its byte arrays have buffers of their own.
   * @throws ManagerError `PROTOCOL` where the bytes can't be a frame: nothing after it can be read
   */
  next(): Frame | undefined {
    if (this.#queue.byteLength < this.#wantedBytes) return undefined
    const frameBytes = this.#frameBytes()
    this.#wantedBytes = frameBytes
    if (this.#queue.byteLength < frameBytes) return undefined
    this.#wantedBytes = wordBytes
    return takeFrame(this.#queue, frameBytes, this.#limits)
  }

  #frameBytes(): number {
    const frameBytes = wordBytes + this.#queue.peekWord()
    if (frameBytes > this.#limits.maxFrameBytes) {
      throw new ManagerError(
        'PROTOCOL',
        `the peer announced a frame of ${frameBytes} bytes; maxFrameBytes is ${this.#limits.maxFrameBytes}`,
      )
    }
    return frameBytes
  }
}

/** Takes a frame that has arrived whole. */
function takeFrame(queue: ByteQueue, frameBytes: number, limits: Limits): Frame {
  if (frameBytes < 2 * wordBytes) throw malformed(frameBytes, 'no count')
  const count = readWord(queue.take(2 * wordBytes), wordBytes)
  const headBytes = (2 + count) * wordBytes
  if (count > limits.maxAttachments || headBytes > frameBytes) throw malformed(frameBytes, `${count} byte arrays`)

  const sizes = count === 0 ? none : wordsIn(queue.take(count * wordBytes))
  const textBytes = sizes.reduce((rest, size) => rest - size, frameBytes - headBytes)
  if (textBytes < 0) throw malformed(frameBytes, 'byte arrays longer than it')
  const text = queue.take(textBytes)
  return {
    text: readText(text, 0, textBytes),
    attachments: count === 0 ? noAttachments : sizes.map((size) => queue.takeOwn(size)),
  }
}

const none: readonly number[] = []

function wordsIn(bytes: Uint8Array): number[] {
  return Array.from({ length: bytes.byteLength / wordBytes }, (_, index) => readWord(bytes, index * wordBytes))
}

function malformed(frameBytes: number, what: string): ManagerError {
  return new ManagerError('PROTOCOL', `the peer sent a frame of ${frameBytes} bytes with ${what}`)
}
