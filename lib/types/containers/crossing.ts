import { isAnyArrayBuffer, isDate, isNativeError, isRegExp } from 'node:util/types'
import { inspect } from 'node:util'
import { classOfPrototype } from '../../extension.ts'

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

/**
 * Refuses keys that nobody could find again: each copy of an object would be another key. As Python refuses what it
 * can't hash.
 * @throws TypeError
 */
export function assertKey(key: unknown): void {
  if (typeof key !== 'object' || key === null || crossingOf(key) === 'itself') return
  const rule = 'take a string, number, bigint or boolean, a shared object or a function'
  throw new TypeError(
    `${inspect(key, { depth: 0 })} can't be a key: it crosses by copy, and each copy is another; ${rule}`,
  )
}

/** How messages show a key. */
export function shown(key: unknown): string {
  return inspect(key, { depth: 0 })
}
