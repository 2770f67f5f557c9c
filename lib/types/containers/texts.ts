import { setImmediate } from 'node:timers/promises'
import { currentCall } from '../../extension.ts'
import { crossingOf, isRecord } from './values.ts'

/** How many items, characters and so on one call may make texts of: less than a tenth of a second. */
const maxWork = 1_000_000

/** What counts as one more: so many characters. */
const charactersPerStep = 16

/** To write those that are longer in decimal digits takes ever more time. */
const long = 2n ** 4096n
const longest = 2n ** 65_536n

/** Makes texts of values for one call, as `Array.prototype.join` has them. */
class Texts {
  #left = maxWork
  /** The arrays that it is in the middle of. */
  readonly #within = new Set<unknown>()

  /** @throws RangeError where it would take long: parts that are shared may make a long text of a small value */
  join(items: readonly unknown[], separator: string): string {
    if (this.#within.has(items)) return ''
    this.#within.add(items)
    this.#spend((items.length * separator.length) / charactersPerStep)
    const text = items.map((item) => this.of(item)).join(separator)
    this.#within.delete(items)
    return text
  }

  of(value: unknown): string {
    this.#spend(1)
    if (value === undefined || value === null) return ''
    if (Array.isArray(value)) return this.join(value, ',')
    if (ArrayBuffer.isView(value)) this.#spend(value.byteLength)
    if (typeof value === 'bigint' && (value > long || value < -long)) this.#spend(maxWork / 100)
    if (typeof value === 'bigint' && (value > longest || value < -longest)) this.#spend(maxWork)
    const text = textOf(value)
    this.#spend(text.length / charactersPerStep)
    return text
  }

  #spend(work: number): void {
    this.#left -= work
    if (this.#left < 0)
      throw new RangeError('the texts of these items would be too long to make here, while all others wait: copy them')
  }
}

/** Calls nothing of the object's own: that may be a function of another process. */
function textOf(value: unknown): string {
  if (isRecord(value) || (typeof value === 'object' && crossingOf(value) === 'itself')) return '[object Object]'
  // Of the rest, built-in classes and those of the program know theirs.
  return String(value)
}

/** Like `Array.prototype.join`. @throws RangeError where it would take long */
export function joined(items: readonly unknown[], separator = ','): string {
  return new Texts().join(items, separator)
}

type Texted<T> = readonly [text: string, item: T]

/** More are sorted in several steps. */
export const maxSortedAtOnce = 4096

/** Sorts by their texts, as an array does without a function, `undefined` at the end. @throws RangeError as `joined` */
export function sortedByText<T>(items: readonly T[]): T[] {
  return textsOf(items)
    .toSorted(compareTexts)
    .map(([, item]) => item)
    .concat(items.filter((item) => item === undefined))
}

/** Like `sortedByText`, in steps between which others have their turns. */
export async function sortedInSteps<T>(items: readonly T[]): Promise<T[]> {
  const texts = textsOf(items)
  let runs: (readonly Texted<T>[])[] = []
  for (let from = 0; from < texts.length; from += maxSortedAtOnce) {
    runs.push(texts.slice(from, from + maxSortedAtOnce).toSorted(compareTexts))
    await pause()
  }
  while (runs.length > 1) runs = await mergedInPairs(runs)
  const [sorted = []] = runs
  return sorted.map(([, item]) => item).concat(items.filter((item) => item === undefined))
}

function textsOf<T>(items: readonly T[]): Texted<T>[] {
  const texts = new Texts()
  return items.filter((item) => item !== undefined).map((item) => [item === null ? 'null' : texts.of(item), item])
}

function compareTexts([one]: Texted<unknown>, [other]: Texted<unknown>): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

async function mergedInPairs<T>(runs: readonly (readonly Texted<T>[])[]): Promise<(readonly Texted<T>[])[]> {
  const merged: (readonly Texted<T>[])[] = []
  for (let at = 0; at < runs.length; at += 2) merged.push(await mergedOf(runs[at] ?? [], runs[at + 1] ?? []))
  return merged
}

async function mergedOf<T>(left: readonly Texted<T>[], right: readonly Texted<T>[]): Promise<Texted<T>[]> {
  const merged: Texted<T>[] = []
  for (let [l, r] = [0, 0]; l < left.length || r < right.length;) {
    const [one, other] = [left[l], right[r]]
    const isLeft = other === undefined || (one !== undefined && compareTexts(one, other) <= 0)
    const next = isLeft ? left[l++] : right[r++]
    if (next !== undefined) merged.push(next)
    if (merged.length % maxSortedAtOnce === 0) await pause()
  }
  return merged
}

/** @throws (as a rejection) the reason of the call's signal, where its caller has given up */
async function pause(): Promise<void> {
  await setImmediate()
  currentCall()?.signal.throwIfAborted()
}
