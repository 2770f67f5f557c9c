import { isExact, isJsonPatched, isPlain, primitiveText } from '../codec/plain.ts'
import { marshal, type Marshalled, unmarshalNow } from '../process/marshal.ts'

/** A parcel; one of text alone, as most are, is that text. */
export type Packed = string | Marshalled

/** Several values: one JSON text where it keeps all of them, which takes a fraction of the time of many short ones. */
export type PackedList<P = Packed> = string | readonly P[]

/** What the text of a value begins with that JSON keeps. */
const plain = '"value":'

/** As `pack`. */
export function packSlim(value: unknown, root?: string): Packed {
  const text = primitiveText(value)
  if (text !== undefined) return plain + text
  const parcel = marshal(value, root)
  return parcel.references.length + parcel.attachments.length === 0 ? parcel.text : parcel
}

/** As `unpackSoon`. */
export function unpackSlim(packed: Packed): unknown {
  return unmarshalNow(typeof packed === 'string' ? { text: packed, attachments: [], references: [] } : packed)
}

/** The values as one text; undefined where JSON doesn't keep all of them, each by itself. */
export function textOf(values: readonly unknown[]): string | undefined {
  try {
    return areExact(values) || isPlain(values) ? JSON.stringify(values) : undefined
  } catch {
    return undefined
  }
}

/** Whether all are primitives that JSON keeps: most short calls have such, and they are looked at in little time. */
function areExact(values: readonly unknown[]): boolean {
  return !isJsonPatched() && values.every(isExact)
}

/** One text of those that were packed before, if that can be. */
export function joined<P>(list: readonly P[]): PackedList<P> {
  const texts: string[] = []
  for (const each of list) {
    if (typeof each !== 'string' || !each.startsWith(plain)) return list
    texts.push(each.slice(plain.length))
  }
  return `[${texts.join(',')}]`
}

/** The values of one text. */
export function valuesOfText(text: string): unknown[] {
  return JSON.parse(text) as unknown[]
}
