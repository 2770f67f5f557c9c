import { isExact, isJsonPatched, isPlain, primitiveText } from '../codec/plain.ts'
import { marshal, type Marshalled, marshalThrown, unmarshal, unmarshalNow } from './marshal.ts'

/** Several values: one JSON text where it keeps all of them, which takes a fraction of the time of many short ones. */
export type PackedList = string | readonly Packed[]

/** A value, of which there is text alone as a rule; or what was thrown. */
type Packed = string | Marshalled | { readonly error: Marshalled }

/** What was thrown, among values. */
export class Failure {
  readonly error: unknown
  constructor(error: unknown) {
    this.error = error
  }
}

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

/** The values of a list, also a `Failure` where one can't be unpacked. */
export async function unpackList(list: PackedList): Promise<readonly unknown[]> {
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
