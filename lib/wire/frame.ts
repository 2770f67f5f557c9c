import { ManagerError } from '../errors.ts'
import { allocate, byteLengthOf, readText, readWord, wordBytes, writeText, writeWord, ByteQueue } from './bytes.ts'
import { type Limits, excessOf } from './limits.ts'

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
  refuseTooLarge(frameBytes, textBytes, attachments.length, limits)

  const head = allocate(headBytes + textBytes)
  writeWord(head, 0, frameBytes - wordBytes)
  writeWord(head, wordBytes, attachments.length)
  for (const [index, bytes] of attachments.entries()) writeWord(head, (2 + index) * wordBytes, bytes.byteLength)
  writeText(head, text, headBytes)
  // Each part takes a byte.
  if (textBytes > limits.maxParts) refuseTooComplex(head, headBytes, limits)
  return attachments.length === 0 ? [head] : [head, ...attachments]
}

function refuseTooLarge(frameBytes: number, textBytes: number, attachments: number, limits: Limits): void {
  const { maxFrameBytes, maxTextBytes, maxAttachments } = limits
  if (frameBytes > maxFrameBytes)
    throw tooLarge(`of ${frameBytes} bytes is longer than maxFrameBytes (${maxFrameBytes})`, 'maxFrameBytes')
  if (textBytes > maxTextBytes) throw textTooLarge(textBytes, maxTextBytes)
  if (attachments > maxAttachments)
    throw new ManagerError(
      'FRAME_TOO_LARGE',
      `a message with ${attachments} byte arrays has more than ${maxAttachments}; send it in parts`,
    )
}

function refuseTooComplex(head: Uint8Array, headBytes: number, limits: Limits): void {
  const excess = excessOf(head, headBytes, head.byteLength, limits)
  if (excess !== undefined) throw tooLarge(`has ${excess}`, 'maxTextBytes')
}

/** The error for a message whose text is longer than the other side takes. */
export function textTooLarge(bytes: number | string, maxTextBytes: number): ManagerError {
  return tooLarge(`has ${bytes} bytes beside its byte arrays, more than maxTextBytes (${maxTextBytes})`, 'maxTextBytes')
}

function tooLarge(how: string, option: string): ManagerError {
  return new ManagerError('FRAME_TOO_LARGE', `a message ${how}; send it in parts, or raise ${option} on both sides`)
}

/**
 * Cuts a stream of bytes into frames. Memory grows with the bytes that have arrived, never with a length that a
 * peer merely declared.
 */
export class FrameReader {
  #limits: Limits
  readonly #queue = new ByteQueue()
  readonly #frames = this.#cut()

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
    return this.#frames.next().value
  }

  /** Frame after frame; undefined while the next one has yet to arrive. What its head says is checked before the rest comes. */
  *#cut(): Generator<Frame | undefined, undefined, undefined> {
    const queue = this.#queue
    for (;;) {
      while (queue.byteLength < wordBytes) yield undefined
      const frameBytes = wordBytes + queue.peekWord()
      checkLength(frameBytes, this.#limits)
      while (queue.byteLength < 2 * wordBytes) yield undefined
      const count = readWord(queue.take(2 * wordBytes), wordBytes)
      checkCount(frameBytes, count, this.#limits)
      while (queue.byteLength < count * wordBytes) yield undefined
      const sizes = count === 0 ? none : wordsIn(queue.take(count * wordBytes))
      const textBytes = textBytesOf(frameBytes, sizes, this.#limits)
      while (queue.byteLength < frameBytes - (2 + count) * wordBytes) yield undefined
      yield takeFrame(queue, textBytes, sizes, this.#limits)
    }
  }
}

function checkLength(frameBytes: number, { maxFrameBytes }: Limits): void {
  if (frameBytes > maxFrameBytes)
    throw new ManagerError(
      'PROTOCOL',
      `the peer announced a frame of ${frameBytes} bytes; maxFrameBytes is ${maxFrameBytes}`,
    )
  if (frameBytes < 2 * wordBytes) throw malformed(frameBytes, 'no count')
}

function checkCount(frameBytes: number, count: number, { maxAttachments }: Limits): void {
  if (count > maxAttachments || (2 + count) * wordBytes > frameBytes)
    throw malformed(frameBytes, `${count} byte arrays`)
}

/** How long the text is: what the byte arrays leave of the frame. */
function textBytesOf(frameBytes: number, sizes: readonly number[], { maxTextBytes }: Limits): number {
  const textBytes = sizes.reduce((rest, size) => rest - size, frameBytes - (2 + sizes.length) * wordBytes)
  if (textBytes < 0) throw malformed(frameBytes, 'byte arrays longer than it')
  if (textBytes > maxTextBytes)
    throw malformed(frameBytes, `a text of ${textBytes} bytes; maxTextBytes is ${maxTextBytes}`)
  return textBytes
}

/** Takes what follows the head of a frame, when all of it has arrived. */
function takeFrame(queue: ByteQueue, textBytes: number, sizes: readonly number[], limits: Limits): Frame {
  const text = queue.take(textBytes)
  const excess = excessOf(text, 0, textBytes, limits)
  if (excess !== undefined) throw malformed(textBytes, excess)
  return {
    text: readText(text, 0, textBytes),
    attachments: sizes.length === 0 ? noAttachments : sizes.map((size) => queue.takeOwn(size)),
  }
}

const none: readonly number[] = []

function wordsIn(bytes: Uint8Array): number[] {
  return Array.from({ length: bytes.byteLength / wordBytes }, (_, index) => readWord(bytes, index * wordBytes))
}

function malformed(frameBytes: number, what: string): ManagerError {
  return new ManagerError('PROTOCOL', `the peer sent a frame of ${frameBytes} bytes with ${what}`)
}
