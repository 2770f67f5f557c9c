import { Reader, wordBytes } from '../wire/reader.ts'
import { Writer } from '../wire/writer.ts'
import { type Marshalled, marshalInto, marshalThrown, unmarshal, unmarshalBody, unmarshalNow } from './marshal.ts'

/** Several values, each by itself: what two of them share becomes two. */
export interface PackedList {
  readonly count: number
  /** The length of the body of each in a word, then the body. */
  readonly bodies: Uint8Array
  /** Those that are more than a body, by their places. */
  readonly others: readonly (readonly [place: number, other: Other])[]
}

/** A value that holds long byte arrays or proxies; or what was thrown. */
type Other = Marshalled | { readonly error: Marshalled }

/** What was thrown, among values. */
export class Failure {
  readonly error: unknown
  constructor(error: unknown) {
    this.error = error
  }
}

/** Packs values as they come: what happens to one after that changes nothing. */
export class ListPacker {
  readonly #writer = new Writer(64)
  readonly #others: (readonly [place: number, other: Other])[] = []
  #count = 0

  /**
   * @param root what the paths in errors start with
   * @throws ManagerError `UNSERIALIZABLE`; then it is not added
   */
  add(value: unknown, root: string): void {
    const writer = this.#writer
    const start = writer.position
    writer.word(0)
    try {
      const { attachments, references } = marshalInto(writer, value, root)
      if (attachments.length + references.length > 0) {
        const body = new Uint8Array(writer.written(start + wordBytes))
        writer.position = start + wordBytes
        this.#others.push([this.#count, { body, attachments, references }])
      }
    } catch (error) {
      writer.position = start
      throw error
    }
    writer.setWord(start, writer.position - start - wordBytes)
    this.#count++
  }

  addError(error: unknown): void {
    this.#others.push([this.#count++, { error: marshalThrown(error) }])
    this.#writer.word(0)
  }

  get list(): PackedList {
    // Of what is a part of a larger buffer, a thread would get all of that.
    return { count: this.#count, bodies: new Uint8Array(this.#writer.written(0)), others: this.#others }
  }
}

/** Reads the values of a list, in order. */
export class ListReader {
  readonly #reader: Reader
  readonly #others: ReadonlyMap<number, Other>
  readonly #count: number
  #place = 0

  constructor({ count, bodies, others }: PackedList) {
    this.#reader = new Reader(bodies)
    this.#others = new Map(others)
    this.#count = count
  }

  get isAtEnd(): boolean {
    return this.#place === this.#count
  }

  /**
   * The next value, or a promise of it where there are references inside; of what was thrown, a promise of the `Failure`.
   * @throws ManagerError `UNSERIALIZABLE` for one that can't be read here; the one after it can
   */
  next(): unknown {
    const other = this.#others.get(this.#place++)
    const body = this.#reader.part(this.#reader.word())
    if (other === undefined) return unmarshalBody(body)
    return 'error' in other ? unmarshal(other.error).then((error) => new Failure(error)) : unmarshalNow(other)
  }
}

/** The values of a list, also a `Failure` where one can't be unpacked. */
export async function unpackList(list: PackedList): Promise<readonly unknown[]> {
  const reader = new ListReader(list)
  const values: unknown[] = []
  while (!reader.isAtEnd) {
    try {
      const value = reader.next()
      values.push(value instanceof Promise ? value.catch((error: unknown) => new Failure(error)) : value)
    } catch (error) {
      values.push(new Failure(error))
    }
  }
  return list.others.length === 0 ? values : Promise.all(values)
}
