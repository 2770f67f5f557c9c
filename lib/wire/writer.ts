import { allocate, allocateOwn, fromHex, utf8Length, writeLatin1, writeUtf16, writeUtf8 } from '../platform/node.ts'
import { textTooLarge } from './limits.ts'
import { tag } from './tags.ts'

/** Above this, the memory of a message is given back once it is sent. */
const keptBytes = 1024 * 1024

/** Texts of fewer characters than this are written one by one: to call into the engine takes longer. */
const shortText = 24

const double = new Float64Array(1)
const doubleBytes = new Uint8Array(double.buffer)
const words = new BigUint64Array(4)
const wordsBytes = new Uint8Array(words.buffer)

/** What is written without a look at anything else. */
export type Primitive = string | number | boolean | null | undefined

export function isPrimitive(value: unknown): value is Primitive {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'undefined':
      return true
    default:
      return value === null
  }
}

/** Bytes written one after the other, into memory that grows up to a limit. Integers and doubles are little-endian. */
export class Writer {
  bytes: Uint8Array
  /** Where the next byte goes. */
  position = 0
  /** Where the message at hand starts, and how many bytes it may have: `FRAME_TOO_LARGE` beyond. */
  start = 0
  limit: number

  constructor(byteLength = 4096, limit: number = Infinity) {
    this.bytes = allocate(byteLength)
    this.limit = limit
  }

  byte(value: number): void {
    if (this.position >= this.bytes.length) this.reserve(1)
    this.bytes[this.position++] = value
  }

  /** A whole number from 0 to 2^53 - 1, seven bits a byte, the lowest first. */
  varint(value: number): void {
    this.reserve(8)
    let rest = value
    for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 128)) this.bytes[this.position++] = (rest % 128) | 0x80
    for (; rest > 0x7f; rest >>>= 7) this.bytes[this.position++] = (rest & 0x7f) | 0x80
    this.bytes[this.position++] = rest
  }

  /** 32 bits. */
  word(value: number): void {
    this.reserve(4)
    const { bytes, position } = this
    bytes[position] = value
    bytes[position + 1] = value >>> 8
    bytes[position + 2] = value >>> 16
    bytes[position + 3] = value >>> 24
    this.position = position + 4
  }

  /** Changes a word that was written before. */
  setWord(at: number, value: number): void {
    const { position } = this
    this.position = at
    this.word(value)
    this.position = position
  }

  double(value: number): void {
    this.reserve(8)
    double[0] = value
    for (let at = 0; at < 8; at++) this.bytes[this.position++] = doubleBytes[at] ?? 0
  }

  /** A primitive with its tag. */
  primitive(value: Primitive): void {
    switch (typeof value) {
      case 'string':
        return this.text(value)
      case 'number':
        return this.number(value)
      case 'boolean':
        return this.byte(value ? tag.true : tag.false)
      default:
        return this.byte(value === null ? tag.null : tag.undefined)
    }
  }

  /** A number with its tag. */
  number(value: number): void {
    if ((value | 0) !== value || (value === 0 && 1 / value < 0)) {
      this.byte(tag.double)
      this.double(value)
    } else if (value >= 0 && value < tag.shortText) {
      this.byte(value)
    } else {
      this.byte(tag.integer)
      this.word(value)
    }
  }

  /** An integer with its tag. @returns false for one of more bytes than that, of which nothing is written */
  bigint(value: bigint, maxBytes: number): boolean {
    const magnitude = value < 0n ? -value : value
    const bytes = littleEndian(magnitude)
    if (bytes.byteLength > maxBytes) return false
    this.byte(tag.bigint)
    this.varint(bytes.byteLength * 2 + (value < 0n ? 1 : 0))
    this.raw(bytes)
    return true
  }

  /** So many words, without their number. What reading them runs, as of a `Proxy`, may write more, after their place. */
  words(values: readonly number[]): void {
    const { length } = values
    this.reserve(4 * length)
    let { position } = this
    this.position = position + 4 * length
    for (let at = 0; at < length; at++) {
      const value = values[at] as number
      const { bytes } = this
      bytes[position] = value
      bytes[position + 1] = value >>> 8
      bytes[position + 2] = value >>> 16
      bytes[position + 3] = value >>> 24
      position += 4
    }
  }

  /** So many doubles, without their number. */
  doubles(values: readonly number[]): void {
    this.raw(new Uint8Array(Float64Array.from(values).buffer))
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.byteLength)
    this.bytes.set(bytes, this.position)
    this.position += bytes.byteLength
  }

  /** Puts a tag, and the length in a word, before what was written since `start`. */
  wrap(first: number): void {
    const length = this.position - this.start
    this.reserve(5)
    this.bytes.copyWithin(this.start + 5, this.start, this.position)
    this.position = this.start
    this.byte(first)
    this.word(length)
    this.position += length
  }

  /** UTF-8, for what is JSON. */
  utf8(text: string): void {
    this.reserve(utf8Length(text))
    this.position += writeUtf8(this.bytes, text, this.position)
  }

  /** A text with its tag: a byte for each character where these have codes below 256, else UTF-16. */
  text(text: string): void {
    const { length } = text
    if (length >= shortText) return this.#longText(text)
    this.reserve(length + 1)
    const start = this.position
    const { bytes } = this
    bytes[start] = tag.shortText | length
    for (let at = 0; at < length; at++) {
      const code = text.charCodeAt(at)
      if (code > 0xff) return this.#wideText(text)
      bytes[start + 1 + at] = code
    }
    this.position = start + 1 + length
  }

  /** Makes room for so many bytes. @throws ManagerError `FRAME_TOO_LARGE` beyond the limit */
  reserve(byteLength: number): void {
    const needed = this.position + byteLength
    if (needed - this.start > this.limit) throw textTooLarge(`at least ${needed - this.start} bytes`, this.limit)
    if (needed <= this.bytes.length) return
    const grown = allocateOwn(Math.max(needed, 2 * this.bytes.length))
    grown.set(this.bytes.subarray(0, this.position))
    this.bytes = grown
  }

  /** The bytes from `start` to `end`, or to the last one; good until the next one is written. */
  written(start: number, end: number = this.position): Uint8Array {
    return this.bytes.subarray(start, end)
  }

  /** Drops what was written from there on. */
  truncate(position: number): void {
    this.position = position
    if (position === 0 && this.bytes.length > keptBytes) this.bytes = allocate(4096)
  }

  #longText(text: string): void {
    if (!/^[\0-\xff]*$/.test(text)) return this.#wideText(text)
    this.byte(tag.text)
    this.varint(text.length)
    this.reserve(text.length)
    this.position += writeLatin1(this.bytes, text, this.position)
  }

  #wideText(text: string): void {
    this.byte(tag.wideText)
    this.varint(text.length)
    this.reserve(2 * text.length)
    this.position += writeUtf16(this.bytes, text, this.position)
  }
}

/** The bytes of a magnitude, the lowest first: eight, or as many more as it has; good until the next. */
function littleEndian(magnitude: bigint): Uint8Array {
  let [count, rest] = [0, magnitude]
  // Each takes the lowest 64 bits.
  do words[count++] = rest
  while ((rest >>= 64n) > 0n && count < words.length)
  if (rest > 0n) {
    const hex = magnitude.toString(16)
    return fromHex(hex.length % 2 === 0 ? hex : `0${hex}`).toReversed()
  }
  let length = 8 * count
  while (length > 8 && wordsBytes[length - 1] === 0) length--
  return wordsBytes.subarray(0, length)
}
