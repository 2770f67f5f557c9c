import { setImmediate } from 'node:timers/promises'
import { currentCall, mustBe } from '../../extension.ts'
import { textsOf } from './texts.ts'
import { callBack } from './updates.ts'

export type CompareFunction<T> = (one: T, other: T) => number | Promise<number>

/** More are sorted by their texts in several steps. */
export const maxSortedAtOnce = 4096

/** Sorts by their texts, as an array does without a function, `undefined` at the end. @throws RangeError as `joined` */
export function sortedByText<T>(items: readonly T[]): T[] {
  return withMissing(withTexts(items).toSorted(compareTexts).map(itemOf), items)
}

/** Like `sortedByText`, in steps between which others have their turns. */
export async function sortedInSteps<T>(items: readonly T[]): Promise<T[]> {
  const all = withTexts(items)
  const runs: (readonly Texted<T>[])[] = []
  for (let from = 0; from < all.length; from += maxSortedAtOnce) {
    runs.push(all.slice(from, from + maxSortedAtOnce).toSorted(compareTexts))
    await pause()
  }
  return withMissing((await merged(runs, compareTexts)).map(itemOf), items)
}

/**
 * A sorted copy, as `Array.prototype.sort` has it: stable, and `undefined` at the end. `compare` may be a function of
 * another process: it is called for one pair after the other.
 */
export async function sorted<T>(items: readonly T[], compare: CompareFunction<T>): Promise<T[]> {
  const runs = items.flatMap((item) => (item === undefined ? [] : [[item]]))
  return withMissing(await merged(runs, (one, other) => callBack(() => compare(one, other))), items)
}

type Texted<T> = readonly [text: string, item: T]

function withTexts<T>(items: readonly T[]): Texted<T>[] {
  const present = items.filter((item) => item !== undefined)
  const texts = textsOf(present)
  return present.map((item, at) => [texts[at] ?? '', item])
}

function itemOf<T>([, item]: Texted<T>): T {
  return item
}

function compareTexts([one]: Texted<unknown>, [other]: Texted<unknown>): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

/** Those of `items` that are `undefined` stand at the end, and are compared with none. */
function withMissing<T>(present: readonly T[], items: readonly T[]): T[] {
  return present.concat(items.filter((item) => item === undefined))
}

/** Merges sorted runs. @throws what `compare` throws, TypeError where it gives no number */
async function merged<T>(runs: readonly (readonly T[])[], compare: CompareFunction<T>): Promise<readonly T[]> {
  let rest = runs
  while (rest.length > 1) {
    const pairs: (readonly T[])[] = []
    for (let at = 0; at < rest.length; at += 2)
      pairs.push(await mergedPair(rest[at] ?? [], rest[at + 1] ?? [], compare))
    rest = pairs
  }
  return rest[0] ?? []
}

async function mergedPair<T>(left: readonly T[], right: readonly T[], compare: CompareFunction<T>): Promise<T[]> {
  const both: T[] = []
  let [l, r] = [0, 0]
  while (l < left.length && r < right.length) {
    const [one, other] = [left[l] as T, right[r] as T]
    const given = compare(one, other)
    const order: unknown = typeof given === 'number' ? given : await given
    if (typeof order !== 'number') throw mustBe('what the function of sort gives', order, 'a number')
    both.push(order > 0 ? other : one)
    if (order > 0) r++
    else l++
    if (both.length % maxSortedAtOnce === 0) await pause()
  }
  for (; l < left.length; l++) both.push(left[l] as T)
  for (; r < right.length; r++) both.push(right[r] as T)
  return both
}

/** @throws (as a rejection) the reason of the call's signal, where its caller has given up */
async function pause(): Promise<void> {
  await setImmediate()
  currentCall()?.signal.throwIfAborted()
}
