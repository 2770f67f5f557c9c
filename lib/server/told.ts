import { type Held, holdersOf, type State, type Stateful, stateOf } from '../inspected.ts'
import type { HolderInspection } from './inspection.ts'

/** More holders than these are not told of, such as those of a semaphore. */
const maxHolders = 20

/** How many parts of an object's state are told. */
const maxParts = 50

/** The longest name, in characters. */
export const maxName = 200

/** The longest text that an object tells of itself, in characters. */
const maxText = 1000

/** At most so many, and whether there are more. */
export function firstOf<T>(all: Iterable<T>, limit: number): { readonly list: readonly T[]; readonly isCut: boolean } {
  const list: T[] = []
  for (const each of all) {
    if (list.length === limit) return { list, isCut: true }
    list.push(each)
  }
  return { list, isCut: false }
}

/** Who has the object, as it tells. A class of the program's own may throw here: then it tells nothing. */
export function holdersAt(instance: object): readonly HolderInspection[] | undefined {
  try {
    if (!(holdersOf in instance)) return undefined
    const nowMs = performance.now()
    const { list } = firstOf((instance as Held)[holdersOf](), maxHolders)
    return list.map(({ session, sinceMs, what, within, traceparent }) => ({
      session: session.id,
      ageMs: nowMs - sinceMs,
      ...(what === undefined ? {} : { what: cut(what, maxText) }),
      ...(within === undefined ? {} : { within: cut(within, maxText) }),
      ...(traceparent === undefined ? {} : { traceparent: cut(traceparent, maxName) }),
    }))
  } catch {
    return undefined
  }
}

/** How the object stands, as it tells: like `holdersAt`. */
export function stateAt(instance: object): State | undefined {
  try {
    if (!(stateOf in instance)) return undefined
    const parts = Object.entries<unknown>((instance as Stateful)[stateOf]()).slice(0, maxParts)
    return Object.fromEntries(
      parts.flatMap(([name, value]) => (isPart(value) ? [[cut(name, maxName), short(value)]] : [])),
    )
  } catch {
    return undefined
  }
}

function isPart(value: unknown): value is State[string] {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function short(value: State[string]): State[string] {
  return typeof value === 'string' ? cut(value, maxText) : value
}

/** A copy: what is but a part of a text keeps all of it in memory. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text
  return `${Buffer.from(text.slice(0, most - 1), 'utf16le').toString('utf16le')}…`
}
