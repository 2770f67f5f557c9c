import { ManagerError } from '../errors.ts'
import { allocate } from '../platform/node.ts'
import { headBytes } from './frame.ts'
import { type Limits, textTooLarge } from './limits.ts'
import { wordBytes } from './reader.ts'
import type { Writer } from './writer.ts'

/** The least memory that a frame begins with, and the most that it does for having had a long one before. */
const leastBytes = 128
const mostBytes = 16 * 1024

/** The most bytes that the length of a message takes. */
const mostLengthBytes = 5

/** Shorter messages are copied byte by byte: to call into the engine takes longer. */
const shortMessage = 48

const noBytes = allocate(0)

/** Gathers messages to frames, each in a buffer of its own. */
export class FrameWriter {
  #bytes = noBytes
  #length = 0
  /** How long the next frame may become: about as long as the last one. Short ones share a buffer of Node. */
  #expected = leastBytes

  /** How long the frame is so far; 0 where it has no message. */
  get byteLength(): number {
    return this.#length
  }

  /** Adds a copy of the message that is in `writer`, from `start` to where it writes next. */
  add(writer: Writer, start: number): void {
    const byteLength = writer.position - start
    this.#reserve(mostLengthBytes + byteLength)
    this.#writeLength(byteLength)
    copyMessage(writer, start, this.#bytes, this.#length)
    this.#length += byteLength
  }

  /** The frame, which so many bytes of a tail are to follow. The next message begins another. */
  take(tailBytes = 0): Uint8Array {
    const length = this.#length
    const frame = this.#bytes.subarray(0, length)
    setWord(frame, 0, length - wordBytes + tailBytes)
    setWord(frame, wordBytes, length - headBytes)
    this.#bytes = noBytes
    this.#length = 0
    this.#expected = Math.min(Math.max(leastBytes, length + (length >>> 2)), mostBytes)
    return frame
  }

  #writeLength(byteLength: number): void {
    let rest = byteLength
    for (; rest > 0x7f; rest >>>= 7) this.#bytes[this.#length++] = (rest & 0x7f) | 0x80
    this.#bytes[this.#length++] = rest
  }

  #reserve(byteLength: number): void {
    if (this.#length === 0) this.#length = headBytes
    const needed = this.#length + byteLength
    if (needed <= this.#bytes.byteLength) return
    const grown = allocate(Math.max(needed, this.#expected, 2 * this.#bytes.byteLength))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}

/** Writes 32 bits. */
export function setWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
}

/** Copies the message that is in `writer`, from `start` to where it writes next, to `bytes` from `at` on. */
export function copyMessage(writer: Writer, start: number, bytes: Uint8Array, at: number): void {
  const byteLength = writer.position - start
  if (byteLength >= shortMessage) bytes.set(writer.bytes.subarray(start, writer.position), at)
  else for (let index = 0; index < byteLength; index++) bytes[at + index] = writer.bytes[start + index] as number
}

/** @throws ManagerError `FRAME_TOO_LARGE` for a message that doesn't fit into a frame, naming the size and the limit */
export function refuseTooLarge(messageBytes: number, tailBytes: number, { maxFrameBytes, maxTextBytes }: Limits): void {
  const textBytes = headBytes + lengthBytesOf(messageBytes) + messageBytes
  const frameBytes = textBytes + tailBytes
  if (frameBytes > maxFrameBytes)
    throw new ManagerError(
      'FRAME_TOO_LARGE',
      `a message of ${frameBytes} bytes is longer than maxFrameBytes (${maxFrameBytes}); send it in parts, or raise maxFrameBytes on both sides`,
    )
  if (textBytes > maxTextBytes) throw textTooLarge(`${textBytes} bytes`, maxTextBytes)
}

function lengthBytesOf(byteLength: number): number {
  return Math.max(1, Math.ceil((32 - Math.clz32(byteLength)) / 7))
}
