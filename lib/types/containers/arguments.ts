import { mustBe } from '../../options.ts'
import { isRecord } from './crossing.ts'

/** @throws TypeError naming what must be a number; JavaScript would take a text for one */
export function assertNumber(name: string, value: unknown): asserts value is number {
  if (typeof value !== 'number') throw mustBe(name, value, 'a number')
}

/** Like `assertNumber`, for each that is given. */
export function assertNumbers(method: string, numbers: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(numbers))
    if (value !== undefined) assertNumber(`${method}: ${name}`, value)
}

/** The items of an array, as `new SharedList` and `getMany` take it. @throws TypeError naming what must be one */
export function assertArray(name: string, value: unknown): asserts value is readonly unknown[] {
  if (!Array.isArray(value)) throw mustBe(name, value, 'an array')
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
