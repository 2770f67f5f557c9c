import { ManagerError } from '../errors.ts'
import { readLatin1, readUtf16, readUtf8, toHex } from '../platform/node.ts'
import { tag } from './tags.ts'
import type { Primitive } from './writer.ts'

/** Shorter texts are cut from a text of many bytes: the engine copies these, while a longer one would keep all of it. */
const cutLength = 13

/** How many bytes are made one text to cut from, once a few short ones were read. */
const windowBytes = 8192
const windowAfter = 4

/** Short names that were read lately, each where its hash says. */
const nameSlots = 512
const names: string[] = Array.from({ length: nameSlots }, () => '')

const double = new Float64Array(1)
const doubleBytes = new Uint8Array(double.buffer)
const words = new BigUint64Array(4)
const wordsBytes = new Uint8Array(words.buffer)

const noBytes = new Uint8Array()

export const wordBytes = 4

/** 8 MiB of integer. */
export const maxIntegerBytes = 8_388_608

/** What is read where no primitive is. */
export const noPrimitive: unique symbol = Symbol('no primitive')

/** Reads bytes of a peer, one after the other; none outside `position` to `end`. */
export class Reader {
  bytes: Uint8Array
  position: number
  readonly end: number
  #window = ''
  #windowStart = 0
  #shortTexts = 0

  constructor(bytes: Uint8Array, position = 0, end: number = bytes.byteLength) {
    this.bytes = bytes
    this.position = position
    this.end = end
  }

  /** Lets go of the bytes, of which nothing more is read: a message that is kept would keep all that arrived with it. */
  release(): void {
    this.bytes = noBytes
    this.position = this.end
    this.#window = ''
  }

  get isAtEnd(): boolean {
    return this.position >= this.end
  }

  /** What is left, for a reader of its own. */
  rest(): Reader {
    return new Reader(this.bytes, this.position, this.end)
  }

  /** The next so many bytes, for a reader of their own; this one goes on after them. */
  part(byteLength: number): Reader {
    const start = this.#take(byteLength)
    return new Reader(this.bytes, start, start + byteLength)
  }

  byte(): number {
    const { position } = this
    if (position >= this.end) throw truncated()
    this.position = position + 1
    return this.bytes[position] as number
  }

  /** A whole number from 0 to 2^53 - 1. */
  varint(): number {
    let byte = this.byte()
    if (byte < 0x80) return byte
    let value = byte & 0x7f
    for (let scale = 128; ; scale *= 128) {
      byte = this.byte()
      value += (byte & 0x7f) * scale
      if (value > Number.MAX_SAFE_INTEGER || scale > 2 ** 49) throw malformed('a number of over 53 bits')
      if (byte === 0) throw malformed('a number of more bytes than it takes')
      if (byte < 0x80) return value
    }
  }

  /** 32 bits, without a sign. */
  word(): number {
    return this.integer() >>> 0
  }

  /** 32 bits, with a sign. */
  integer(): number {
    return integerAt(this.bytes, this.#take(4))
  }

  double(): number {
    const start = this.#take(8)
    for (let at = 0; at < 8; at++) doubleBytes[at] = this.bytes[start + at] as number
    return double[0] as number
  }

  /** The next so many integers. */
  integers(count: number): number[] {
    return listOf(new Int32Array(this.raw(4 * count).buffer))
  }

  /** The next so many doubles. */
  doubles(count: number): number[] {
    return listOf(new Float64Array(this.raw(8 * count).buffer))
  }

  /** The integer whose tag was read. */
  bigint(): bigint {
    const head = this.varint()
    const byteLength = Math.floor(head / 2)
    const magnitude = byteLength <= wordsBytes.length ? this.#short(byteLength) : this.#long(byteLength)
    return head % 2 === 0 ? magnitude : -magnitude
  }

  #short(byteLength: number): bigint {
    const start = this.#take(byteLength)
    const last = (byteLength - 1) >> 3
    if (last < 0) return 0n
    words[last] = 0n
    for (let at = 0; at < byteLength; at++) wordsBytes[at] = this.bytes[start + at] as number
    let value = words[last]
    for (let at = last - 1; at >= 0; at--) value = (value << 64n) | (words[at] ?? 0n)
    return value
  }

  #long(byteLength: number): bigint {
    if (byteLength > maxIntegerBytes) throw malformed('an integer of too many bytes')
    const hex = toHex(this.raw(byteLength).toReversed())
    return BigInt(`0x${hex}`)
  }

  /** The next byte, which stays. */
  peek(): number | undefined {
    return this.position < this.end ? this.bytes[this.position] : undefined
  }

  /** How many follow, each of at least so many bytes. */
  count(leastBytes = 1): number {
    const count = this.varint()
    if (count * leastBytes > this.end - this.position) throw truncated()
    return count
  }

  /** A copy of the next so many bytes, in a buffer of its own. */
  raw(byteLength: number): Uint8Array {
    const start = this.#take(byteLength)
    return new Uint8Array(this.bytes.subarray(start, start + byteLength))
  }

  /** The next so many bytes as UTF-8. */
  utf8(byteLength: number): string {
    const start = this.#take(byteLength)
    return readUtf8(this.bytes, start, start + byteLength)
  }

  /** A text with its tag. */
  text(): string {
    const text = this.textOf(this.byte())
    if (text === undefined) throw malformed('a value where a text must be')
    return text
  }

  /** Like `text`, for one that is likely to come again, as names are: it is then found rather than made. */
  name(): string {
    const start = this.position + 1
    const length = start > this.end ? 0 : (this.bytes[start - 1] as number) - tag.shortText
    if (length <= 0 || length >= 32 || length > this.end - start) return this.text()
    const slot = this.#slotOf(start, length)
    const known = names[slot] as string
    if (known.length !== length || !this.#isAt(start, known)) return (names[slot] = this.text())
    this.position = start + length
    return known
  }

  /** The primitive whose tag was read; `noPrimitive` where that is of something else, of which nothing more is read. */
  primitiveOf(read: number): Primitive | typeof noPrimitive {
    if (read < tag.shortText) return read
    if (read < tag.null) return this.textOf(read) ?? noPrimitive
    switch (read) {
      case tag.null:
        return null
      case tag.undefined:
        return undefined
      case tag.false:
        return false
      case tag.true:
        return true
      case tag.integer:
        return this.integer()
      case tag.double:
        return this.double()
      case tag.text:
        return this.#latin1(this.varint())
      case tag.wideText:
        return this.#utf16(this.varint())
      default:
        return noPrimitive
    }
  }

  /** The text whose tag was read; undefined where that is of no text. */
  textOf(read: number): string | undefined {
    if (read >= tag.shortText && read < tag.shortText + 32) return this.#shortText(read - tag.shortText)
    if (read === tag.text) return this.#latin1(this.varint())
    return read === tag.wideText ? this.#utf16(this.varint()) : undefined
  }

  #slotOf(start: number, length: number): number {
    let hash = length
    for (let at = start; at < start + length; at++) hash = (Math.imul(hash, 33) ^ (this.bytes[at] as number)) | 0
    return (hash ^ (hash >>> 12)) & (nameSlots - 1)
  }

  #isAt(start: number, text: string): boolean {
    for (let at = 0; at < text.length; at++) if (this.bytes[start + at] !== text.charCodeAt(at)) return false
    return true
  }

  #shortText(length: number): string {
    const start = this.#take(length)
    if (length >= cutLength || this.#shortTexts++ < windowAfter) return this.#latin1Of(start, start + length)
    if (start + length > this.#windowStart + this.#window.length) {
      this.#window = this.#latin1Of(start, Math.min(this.end, start + windowBytes))
      this.#windowStart = start
    }
    return this.#window.substring(start - this.#windowStart, start - this.#windowStart + length)
  }

  #latin1(length: number): string {
    const start = this.#take(length)
    return this.#latin1Of(start, start + length)
  }

  #latin1Of(start: number, end: number): string {
    return readLatin1(this.bytes, start, end)
  }

  #utf16(length: number): string {
    const start = this.#take(2 * length)
    return readUtf16(this.bytes, start, start + 2 * length)
  }

  #take(byteLength: number): number {
    const { position } = this
    if (byteLength > this.end - position) throw truncated()
    this.position = position + byteLength
    return position
  }
}

function listOf(numbers: Int32Array | Float64Array): number[] {
  const list: number[] = []
  // In a third of the time in which it would grow.
  list.length = numbers.length
  for (let at = 0; at < numbers.length; at++) list[at] = numbers[at] as number
  return list
}

/** 32 bits with a sign. */
function integerAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  )
}

/** 32 bits without a sign, which must be there. */
export function wordAt(bytes: Uint8Array, at: number): number {
  return integerAt(bytes, at) >>> 0
}

function truncated(): ManagerError {
  return malformed('fewer bytes than it says')
}

export function malformed(what: string, cause?: unknown): ManagerError {
  return new ManagerError('PROTOCOL', `the peer sent ${what}`, cause === undefined ? {} : { cause })
}

/** What a reader has left, as JSON in UTF-8. @throws ManagerError `PROTOCOL`, naming `what` it is */
export function readJson(reader: Reader, what: string): unknown {
  const text = reader.utf8(reader.end - reader.position)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw malformed(`${what} that is no JSON`, cause)
  }
}

export function isRecord(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
