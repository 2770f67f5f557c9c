/**
 * How superjson's `meta` says what a value is that JSON doesn't have: by a word of its own, such as `Date`, or by two,
 * such as `custom` and the name of a transformer.
 */
export type Annotation = string | readonly [form: string, name: string]

/** What JSON has for a value that holds no others, or the elements of a typed array. */
export type Scalar = string | number | boolean | null | ArrayLike<number>

/** A value, or a part of one, as superjson writes it. */
export type Part = string | number | bigint | boolean | null | undefined | Node

/** An object as superjson writes it: something of JSON, and what that means. The same object is the same node. */
export class Node {
  type: Annotation | undefined
  /** A node, where it is written as that one is, which has no annotation of its own. */
  content: Scalar | Part[] | Node
  /** The names of the parts; undefined for a list. */
  readonly names: string[] | undefined
  #slots: ReadonlyMap<string, number> | undefined

  constructor(type: Annotation | undefined, content: Scalar | Part[] | Node, names?: string[]) {
    this.type = type
    this.content = content
    this.names = names
  }

  /** Where the part of that name or index is among its parts, if it has one. */
  slot(key: string): number | undefined {
    if (!isList(this.content)) return undefined
    if (this.names !== undefined) {
      this.#slots ??= new Map(this.names.map((name, at) => [name, at]))
      return this.#slots.get(key)
    }
    const index = Number(key)
    return String(index) === key && index >= 0 && index < this.content.length ? index : undefined
  }
}

export function isList(content: Node['content']): content is Part[] {
  return Array.isArray(content)
}

/** The transformers by which this package writes what superjson would change; clients that use superjson register them. */
export const own = {
  bare: 'referent.bare',
  bigint: 'referent.bigint',
  bytes: 'referent.bytes',
  custom: 'referent.custom',
  error: 'referent.error',
  invalidDate: 'referent.invalidDate',
  reference: 'referent.reference',
  sparse: 'referent.sparse',
} as const

export const ownNames: ReadonlySet<string> = new Set(Object.values(own))

export function custom(name: string): Annotation {
  return ['custom', name]
}

/** Whether it is of the transformer of that name, or of any. */
export function isCustom(type: Annotation | undefined, name?: string): boolean {
  return Array.isArray(type) && type[0] === 'custom' && (name === undefined || type[1] === name)
}

/** superjson neither writes nor looks for fields of these names. */
export const reservedNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** Longer integers take quadratic time to read and to write in decimal, so they are written in hexadecimal. */
export const maxDecimalDigits = 1_000

/** Whether JSON keeps it. */
export function isPlainNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0)
}

export interface NumericView extends ArrayLike<number> {
  readonly buffer: ArrayBufferLike
  every(holds: (item: number, at: number) => boolean): boolean
}

/** The arrays that superjson has, by their names. It makes zeros of what isn't finite in them. */
export const numericViews: ReadonlyMap<string, new (source: ArrayBufferLike | readonly number[]) => NumericView> =
  new Map(
    [
      Int8Array,
      Uint8Array,
      Uint8ClampedArray,
      Int16Array,
      Uint16Array,
      Int32Array,
      Uint32Array,
      Float32Array,
      Float64Array,
    ].map((View) => [View.name, View]),
  )
