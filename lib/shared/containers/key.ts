import { inspect } from 'node:util'
import { crossingOf } from './copied.ts'

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
