import { isProxy, typeidOf } from './operations.ts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** Deeper values can't be read by most of what reads JSON. */
const maxDepth = 200

/** What is in a value at several places counts at each, as JSON repeats it. */
const maxValues = 10_000_000

/**
 * What JSON has of a value: dates are texts of ISO 8601, bigints decimal texts, bytes base64, sets lists, maps lists of pairs,
 * and what JSON can't say is null. A proxy has its typeid only, as its reference is a secret.
 * @param most how many values there may be in it
 * @throws Error for a value that contains itself, or is too deep or too large
 */
export function plain(value: unknown, most: number = maxValues): Json {
  if (countOf(value, new Map(), 0) > most) throw new Error(`the result has more than ${most} values`)
  return converted(value, [])
}

/** How many values JSON has of it. Each object is looked into once, so that what is refused costs no more than it is long. */
function countOf(value: unknown, known: Map<object, number>, depth: number): number {
  if (!isObject(value) || depth > maxDepth) return 1
  const before = known.get(value)
  if (before !== undefined) return before
  // Of what contains itself, which is refused later.
  known.set(value, 1)
  let count = 1
  for (const part of partsOf(value)) count += countOf(part, known, depth + 1)
  known.set(value, count)
  return count
}

/** What is in an object that JSON writes as a list or an object. */
function partsOf(value: object): Iterable<unknown> {
  if (isProxy(value) || bytesOf(value) !== undefined) return []
  return isListed(value) ? value : Object.values(value)
}

/** @param outer what the value is inside of */
function converted(value: unknown, outer: readonly object[]): Json {
  switch (typeof value) {
    case 'boolean':
    case 'string':
      return value
    case 'number':
      return Number.isFinite(value) ? value : null
    case 'bigint':
      return String(value)
    case 'object':
      return value === null ? null : plainObject(value, outer)
    case 'function':
      return isProxy(value) ? proxied(value) : null
    default:
      return null
  }
}

function plainObject(value: object, outer: readonly object[]): Json {
  const leaf = leafOf(value)
  if (leaf !== undefined) return leaf
  if (outer.includes(value)) throw new Error('the result contains itself, which JSON has no way to say')
  if (outer.length === maxDepth) throw new Error(`the result is deeper than ${maxDepth} levels`)
  const inner = [...outer, value]
  if (value instanceof Error) return { ...plainFields(value, inner), name: value.name, message: value.message }
  return isListed(value) ? Array.from(value, (each) => converted(each, inner)) : plainFields(value, inner)
}

/** What an object is in JSON that it writes as one text, or that isn't looked into; undefined for all others. */
function leafOf(value: object): Json | undefined {
  if (isProxy(value)) return proxied(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  const bytes = bytesOf(value)
  if (bytes !== undefined) return bytes.toString('base64')
  return value instanceof RegExp || value instanceof URL ? String(value) : undefined
}

/** Views of numbers are lists of them. */
function bytesOf(value: object): Buffer | undefined {
  if (value instanceof ArrayBuffer) return Buffer.from(value)
  const isBytes = value instanceof Uint8Array || value instanceof DataView
  return isBytes ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : undefined
}

function isListed(value: object): value is Iterable<unknown> & object {
  return Array.isArray(value) || value instanceof Set || value instanceof Map || ArrayBuffer.isView(value)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function plainFields(value: object, outer: readonly object[]): { readonly [name: string]: Json } {
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, converted(field, outer)]))
}

function proxied(proxy: object): Json {
  return { proxy: typeidOf(proxy) }
}
