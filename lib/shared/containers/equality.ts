import { isDeepStrictEqual } from 'node:util'
import { crossingOf } from './copied.ts'

/** The pairs that are being compared, each object with its partners. */
type Pairs = Map<object, Set<object>>

/**
 * Whether two values are the same to those who share them. Primitives: as keys of a `Map` are, so that NaN is NaN, and
 * 0 is -0. What crosses by copy is never the same object twice: it is compared by what it holds. Shared objects, proxies
 * and functions are the same only as themselves.
 */
export function isSame(one: unknown, other: unknown, pairs: Pairs = new Map()): boolean {
  if (one === other || (Number.isNaN(one) && Number.isNaN(other))) return true
  const crossing = crossingOf(one)
  if (crossing === 'itself' || crossing !== crossingOf(other)) return false
  if (crossing === 'leaf') return isSameLeaf(one, other)
  return isSameObject(one as object, other as object, pairs)
}

function isSameLeaf(one: unknown, other: unknown): boolean {
  // URLs are deeply equal whatever they are before Node 22.
  if (one instanceof URL && other instanceof URL) return one.href === other.href
  // Invalid dates are not.
  if (one instanceof Date && other instanceof Date) return isSame(one.getTime(), other.getTime())
  return isDeepStrictEqual(one, other)
}

function isSameObject(one: object, other: object, pairs: Pairs): boolean {
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false
  const partners = pairs.get(one) ?? new Set()
  // A circle that leads back to where it is decided.
  if (partners.has(other)) return true
  pairs.set(one, partners.add(other))
  try {
    return hasSameParts(one, other, pairs)
  } finally {
    partners.delete(other)
  }
}

function hasSameParts(one: object, other: object, pairs: Pairs): boolean {
  if (one instanceof Map && other instanceof Map) return isSameMap(one, other, pairs)
  if (one instanceof Set && other instanceof Set) return isSameSet(one, other, pairs)
  return isSameRecord(fieldsOf(one), fieldsOf(other), pairs)
}

function isSameMap(one: Map<unknown, unknown>, other: Map<unknown, unknown>, pairs: Pairs): boolean {
  const matches = ([key, value]: [unknown, unknown]): boolean =>
    other.has(key)
      ? isSame(value, other.get(key), pairs)
      : [...other].some(([each, its]) => isSame(key, each, pairs) && isSame(value, its, pairs))
  return one.size === other.size && [...one].every(matches)
}

function isSameSet(one: Set<unknown>, other: Set<unknown>, pairs: Pairs): boolean {
  const matches = (item: unknown): boolean => other.has(item) || [...other].some((each) => isSame(item, each, pairs))
  return one.size === other.size && [...one].every(matches)
}

function isSameRecord(one: Map<string, unknown>, other: Map<string, unknown>, pairs: Pairs): boolean {
  const matches = ([name, value]: [string, unknown]): boolean =>
    other.has(name) && isSame(value, other.get(name), pairs)
  return one.size === other.size && [...one].every(matches)
}

/** What is in an object. The stack of an error tells where a copy comes from, not what it is. */
function fieldsOf(value: object): Map<string, unknown> {
  const fields = new Map<string, unknown>(Object.entries(value))
  if (Array.isArray(value)) fields.set('length', value.length)
  if (!(value instanceof Error)) return fields
  for (const name of ['name', 'message', 'cause', 'errors']) fields.set(name, Reflect.get(value, name))
  fields.delete('stack')
  return fields
}
