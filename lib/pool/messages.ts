import { isExact, isJsonPatched, isPlain, primitiveText } from '../codec/plain.ts'
import { marshal, type Marshalled, marshalThrown, unmarshal, unmarshalNow } from '../process/marshal.ts'
import type { Target } from '../process/target.ts'

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

/** Several values: one JSON text where it keeps all of them, which takes a fraction of the time of many short ones. */
export type PackedList = string | readonly Packed[]

/** A value, of which there is text alone as a rule; or what a call has thrown. */
export type Packed = string | Marshalled | { readonly error: Marshalled }

/** What a call has thrown, or why it was not made, among the results of others. */
export class Failure {
  readonly error: unknown
  constructor(error: unknown) {
    this.error = error
  }
}

/** What each of some calls has returned, or a `Failure`. */
export type Results = readonly unknown[]

/** What the text of a value begins with that JSON keeps. */
const plain = '"value":'

/** Packs values as they come: what happens to one after that changes nothing. */
export class ListPacker {
  /** As long as there are only primitives that JSON keeps: they are packed together, in a fraction of the time. */
  #primitives: unknown[] | undefined = isJsonPatched() ? undefined : []
  readonly #packed: Packed[] = []

  /**
   * @param root what the paths in errors start with
   * @throws ManagerError `UNSERIALIZABLE`; then it is not added
   */
  add(value: unknown, root: string): void {
    if (this.#primitives !== undefined && isExact(value)) this.#primitives.push(value)
    else this.#push(pack(value, root))
  }

  addError(error: unknown): void {
    this.#push({ error: marshalThrown(error) })
  }

  get list(): PackedList {
    return this.#primitives === undefined ? joined(this.#packed) : JSON.stringify(this.#primitives)
  }

  #push(item: Packed): void {
    for (const primitive of this.#primitives ?? []) this.#packed.push(pack(primitive, ''))
    this.#primitives = undefined
    this.#packed.push(item)
  }
}

function pack(value: unknown, root: string): Packed {
  const text = primitiveText(value)
  if (text !== undefined) return plain + text
  const parcel = marshal(value, root)
  return parcel.references.length + parcel.attachments.length === 0 ? parcel.text : parcel
}

/** One text of several, if that can be. */
function joined(list: readonly Packed[]): PackedList {
  const texts: string[] = []
  for (const each of list) {
    if (typeof each !== 'string' || !each.startsWith(plain)) return list
    texts.push(each.slice(plain.length))
  }
  return `[${texts.join(',')}]`
}

/** The values as one text; undefined where JSON doesn't keep all of them, each by itself. */
export function textOf(values: readonly unknown[]): string | undefined {
  try {
    // Most calls have primitives, at which one look is enough.
    const isExactly = !isJsonPatched() && values.every(isExact)
    return isExactly || isPlain(values) ? JSON.stringify(values) : undefined
  } catch {
    return undefined
  }
}

/** The values of one text. */
export function valuesOf(text: string): unknown[] {
  return JSON.parse(text) as unknown[]
}

/** The value, or a promise of it where there are references inside; of what was thrown, a promise of the `Failure`. */
export function unpack(item: Packed): unknown {
  if (typeof item === 'string') return unmarshalNow({ text: item, attachments: [], references: [] })
  return 'error' in item ? unmarshal(item.error).then((error) => new Failure(error)) : unmarshalNow(item)
}

/** The results of calls, also a `Failure` where one can't be unpacked. */
export async function unpackResults(list: PackedList): Promise<Results> {
  if (typeof list === 'string') return valuesOf(list)
  return Promise.all(
    list.map(async (item) => {
      try {
        return await unpack(item)
      } catch (error) {
        return new Failure(error)
      }
    }),
  )
}
