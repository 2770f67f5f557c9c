import { noPrimitive, Reader, wordBytes } from '../wire/reader.ts'
import { tag } from '../wire/tags.ts'
import { isPrimitive, Writer } from '../wire/writer.ts'
import { marshalInto, marshalThrown, unmarshalBody } from './marshal.ts'

/**
 * Several values, one after the other, each by itself: what two of them share becomes two. A primitive is written as in
 * any body. All else is its tag, `bytes` or for what was thrown `error`; the lengths of its body and of its long byte arrays
 * in a word each; and these.
 */
export type PackedList = Uint8Array

/** What was thrown, among values. */
export class Failure {
  readonly error: unknown
  constructor(error: unknown) {
    this.error = error
  }
}

/** A length must fit into a word, and the list into a message. */
const mostBytes = 0xffff_0000

/** Packs values as they come: what happens to one after that changes nothing. */
export class ListPacker {
  readonly #writer: Writer

  /** @param byteLength what the list will have, more or less */
  constructor(byteLength = 64) {
    this.#writer = new Writer(byteLength, mostBytes)
  }

  /**
   * @param root what the paths in errors start with
   * @throws ManagerError `UNSERIALIZABLE`; then it is not added
   */
  add(value: unknown, root: string): void {
    if (isPrimitive(value)) this.#writer.primitive(value)
    else this.#addBody(tag.bytes, (writer) => marshalInto(writer, value, root))
  }

  addError(error: unknown): void {
    this.#addBody(tag.error, (writer) => {
      const { body, attachments } = marshalThrown(error)
      writer.raw(body)
      return attachments
    })
  }

  get list(): PackedList {
    // Of what is a part of a larger buffer, a thread would get all of that.
    return new Uint8Array(this.#writer.written(0))
  }

  /** @param write returns what follows the body */
  #addBody(first: number, write: (writer: Writer) => readonly Uint8Array[]): void {
    const writer = this.#writer
    const start = writer.position
    try {
      writer.byte(first)
      writer.word(0)
      writer.word(0)
      const bodyStart = writer.position
      const attachments = write(writer)
      const bodyEnd = writer.position
      for (const bytes of attachments) writer.raw(bytes)
      writer.setWord(bodyStart - 2 * wordBytes, bodyEnd - bodyStart)
      writer.setWord(bodyStart - wordBytes, writer.position - bodyEnd)
    } catch (error) {
      writer.position = start
      throw error
    }
  }
}

/** Reads the values of a list, in order. */
export class ListReader {
  readonly #reader: Reader

  constructor(list: PackedList) {
    this.#reader = new Reader(list)
  }

  get isAtEnd(): boolean {
    return this.#reader.isAtEnd
  }

  /**
   * The next value, or a promise of it where there are references inside; of what was thrown, the `Failure`.
   * @throws ManagerError `UNSERIALIZABLE` for one that can't be read here; the one after it can
   */
  next(): unknown {
    const reader = this.#reader
    const first = reader.byte()
    const primitive = reader.primitiveOf(first)
    if (primitive !== noPrimitive) return primitive
    const [bodyBytes, tailBytes] = [reader.word(), reader.word()]
    const value = unmarshalBody(reader.part(bodyBytes), tailBytes === 0 ? undefined : reader.raw(tailBytes))
    if (first === tag.bytes) return value
    return value instanceof Promise ? value.then((error) => new Failure(error)) : new Failure(value)
  }
}

/**
 * Adds the next values of a list, so many at most: for one that can't be unpacked a `Failure`, and a promise of either where
 * there are references inside. Returns whether there are such promises.
 */
export function unpackNext(reader: ListReader, most: number, into: unknown[]): boolean {
  let isWaiting = false
  for (let left = most; left > 0 && !reader.isAtEnd; left--) {
    try {
      const value = reader.next()
      isWaiting ||= value instanceof Promise
      into.push(value instanceof Promise ? value.catch((error: unknown) => new Failure(error)) : value)
    } catch (error) {
      into.push(new Failure(error))
    }
  }
  return isWaiting
}
