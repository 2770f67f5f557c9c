import { mustBe } from '../../extension.ts'
import { callBack } from './callback.ts'

export type CompareFunction<T> = (one: T, other: T) => number | Promise<number>

/**
 * A sorted copy, as `Array.prototype.sort` has it: stable, and `undefined` at the end. `compare` may be a function of
 * another process: it is called for one pair after the other.
 */
export async function sorted<T>(items: readonly T[], compare: CompareFunction<T>): Promise<T[]> {
  const present = items.filter((item) => item !== undefined)
  const missing = items.filter((item) => item === undefined)
  return [...(await mergeSorted(present, compare)), ...missing]
}

async function mergeSorted<T>(items: readonly T[], compare: CompareFunction<T>): Promise<readonly T[]> {
  if (items.length < 2) return items
  const middle = items.length >> 1
  const left = await mergeSorted(items.slice(0, middle), compare)
  return merge(left, await mergeSorted(items.slice(middle), compare), compare)
}

async function merge<T>(left: readonly T[], right: readonly T[], compare: CompareFunction<T>): Promise<T[]> {
  const merged: T[] = []
  let [l, r] = [0, 0]
  while (l < left.length && r < right.length) {
    const [one, other] = [left[l] as T, right[r] as T]
    const order: unknown = await callBack(() => compare(one, other))
    if (typeof order !== 'number') throw mustBe('what the function of sort gives', order, 'a number')
    merged.push(order > 0 ? other : one)
    if (order > 0) r++
    else l++
  }
  return [...merged, ...left.slice(l), ...right.slice(r)]
}
