import { inspect } from 'node:util'
import { isAnyArrayBuffer, isDate, isNativeError, isRegExp } from 'node:util/types'
import { classOfPrototype, isNumber, mustBe } from '../../extension.ts'

/** How a value crosses: `leaf` and `parts` by copy, the latter with other values in them; `itself` by reference. */
export type Crossing = 'leaf' | 'parts' | 'itself'

/** Reads only the prototype of what crosses by reference: it may be a proxy, whose properties are remote calls. */
export function crossingOf(value: unknown): Crossing {
  if (typeof value === 'function') return 'itself'
  if (typeof value !== 'object' || value === null) return 'leaf'
  if (Array.isArray(value) || isRecord(value)) return 'parts'
  if (isDate(value) || isRegExp(value) || isAnyArrayBuffer(value) || ArrayBuffer.isView(value)) return 'leaf'
  if (value instanceof URL) return 'leaf'
  return hasParts(value) ? 'parts' : 'itself'
}

function hasParts(value: object): boolean {
  if (value instanceof Map || value instanceof Set || isNativeError(value)) return true
  return classOfPrototype(Object.getPrototypeOf(value) as object) !== undefined
}

/** Whether `value` is a plain object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const longBigInt = 2n ** 4096n
const longestBigIntBytes = 8 * 1024 * 1024

export function isLongBigInt(value: bigint): boolean {
  return value > longBigInt || value < -longBigInt
}

/** About how many bytes it takes. Nothing tells at once how large a long one is: as good as the largest that crosses. */
export function bytesOfBigInt(value: bigint): number {
  return isLongBigInt(value) ? longestBigIntBytes : 0
}

/**
 * Refuses keys that nobody could find again: each copy of an object would be another key. As Python refuses what it
 * can't hash.
 * @throws TypeError
 */
export function assertKey(key: unknown): void {
  if (typeof key !== 'object' || key === null || crossingOf(key) === 'itself') return
  const rule = 'take a string, number, bigint or boolean, a shared object or a function'
  throw new TypeError(`${shown(key)} can't be a key: it crosses by copy, and each copy is another; ${rule}`)
}

/** How messages show a key. */
export function shown(key: unknown): string {
  return inspect(key, { depth: 0 })
}

/** @throws TypeError naming what is given and is no number; JavaScript would take a text for one */
export function assertNumbers(method: string, numbers: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(numbers)) if (value !== undefined) isNumber(`${method}: ${name}`, value)
}

/** The values in an array or a set. @throws TypeError for anything else; a text would be taken for its characters */
export function valuesIn<T>(name: string, values: ReadonlySet<T> | readonly T[]): T[] {
  if (Array.isArray(values) || values instanceof Set) return [...(values as Iterable<T>)]
  throw mustBe(name, values, 'an array or a Set')
}

/** The entries of a map, or of an array of pairs. @throws TypeError for anything else */
export function entriesIn<K, V>(
  name: string,
  entries: ReadonlyMap<K, V> | readonly (readonly [key: K, value: V])[],
): (readonly [key: K, value: V])[] {
  if (entries instanceof Map) return [...(entries as ReadonlyMap<K, V>)]
  const pairs: unknown = entries
  if (Array.isArray(pairs) && pairs.every(isPair)) return pairs as (readonly [K, V])[]
  const advice = isRecord(entries) ? '; Object.entries() makes one of an object' : ''
  throw mustBe(name, entries, `a Map or an array of [key, value] pairs${advice}`)
}

function isPair(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2
}
