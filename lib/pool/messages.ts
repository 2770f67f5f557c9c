import {
  type Marshalled,
  marshalInto,
  marshalThrown,
  unmarshal,
  unmarshalBody,
  unmarshalNow,
} from '../process/marshal.ts'
import type { Target } from '../process/target.ts'
import { wordBytes } from '../wire/frame.ts'
import { Reader } from '../wire/reader.ts'
import { Writer } from '../wire/writer.ts'

/** What a pool calls once in each of its workers, before any task. */
export interface Initializer {
  readonly target: Target
  readonly args: Marshalled
}

/** A function that workers call with values. */
export interface PoolTarget extends Target {
  /** Whether each value is the list of arguments; else it is the only argument. */
  readonly isSpread: boolean
}

/** What a pool tells a worker: `begin` first, then one `run` after the other. */
export type PoolMessage =
  | {
      readonly kind: 'begin'
      /** The modules that register classes and transformers of values. */
      readonly modules: readonly string[]
      readonly initializer: Initializer | undefined
    }
  | {
      readonly kind: 'run'
      /** The number of the function. */
      readonly fn: number
      /** The function, the first time that this worker is to call it. */
      readonly target: PoolTarget | undefined
      /** Each is answered before the next one begins. */
      readonly chunks: readonly PackedChunk[]
    }

/** What a worker answers: `ready` or `refused` to `begin`; to `run` one `ran` for each chunk, in order. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly error: Marshalled }
  /** How the calls of a chunk ended, in their order, in lists of the same lengths. */
  | { readonly kind: 'ran'; readonly results: PackedChunk }
  /** The last ones of the chunks, `count` of them, will not be begun: those before them take long. */
  | { readonly kind: 'returned'; readonly count: number }

/** The values of a chunk, of some calls at a time. */
export type PackedChunk = readonly PackedList[]

/** Several values, each by itself: what two of them share becomes two. */
export interface PackedList {
  readonly count: number
  /** The length of the body of each in a word, then the body. */
  readonly bodies: Uint8Array
  /** Those that are more than a body, by their places. */
  readonly others: readonly (readonly [place: number, other: Other])[]
}

/** A value that holds long byte arrays or proxies; or what a call has thrown. */
type Other = Marshalled | { readonly error: Marshalled }

/** What a call has thrown, or why it was not made, among the results of others. */
export class Failure {
  readonly error: unknown
  constructor(error: unknown) {
    this.error = error
  }
}

/** What each of some calls has returned, or a `Failure`. */
export type Results = readonly unknown[]

/** Packs values as they come: what happens to one after that changes nothing. */
export class ListPacker {
  readonly #writer = new Writer(1024)
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
        const body = writer.written(start + wordBytes).slice()
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
    return { count: this.#count, bodies: this.#writer.written(0), others: this.#others }
  }
}

/** The values of a list, in order; each is read when it is asked for. What its references lead to, a promise waits for. */
export function* unpack({ count, bodies, others }: PackedList): Generator<unknown, void, undefined> {
  const reader = new Reader(bodies)
  const otherAt = new Map(others)
  for (let place = 0; place < count; place++) {
    const body = reader.part(reader.word())
    const other = otherAt.get(place)
    yield other === undefined ? unmarshalBody(body) : unpackOther(other)
  }
}

function unpackOther(other: Other): unknown {
  return 'error' in other ? unmarshal(other.error).then((error) => new Failure(error)) : unmarshalNow(other)
}

/** The results of calls, also a `Failure` where one can't be unpacked. */
export async function unpackResults(list: PackedList): Promise<Results> {
  const results = [...unpack(list)]
  if (list.others.length === 0) return results
  return Promise.all(
    results.map(async (result) => {
      try {
        return await result
      } catch (error) {
        return new Failure(error)
      }
    }),
  )
}
