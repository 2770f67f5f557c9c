import { isNumber, mustBe } from '../../extension.ts'
import { isRecord } from './crossing.ts'

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
