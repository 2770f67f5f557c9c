import { type Place, refuse, type Step } from './place.ts'
import type { Walk } from './walk.ts'

/** Refuses properties that were added to an object of a built-in class: only its contents cross. */
export function refuseExtras(value: object, place: Place, own: readonly string[] = []): void {
  refuseExtra(
    Reflect.ownKeys(value).find((key) => typeof key === 'symbol' || !own.includes(key)),
    place,
  )
}

/** @param key what was found; nothing is refused for undefined */
export function refuseExtra(key: string | symbol | undefined, place: Place): void {
  if (key === undefined) return
  refusePart(place, key, "a property added to a built-in object can't cross; send it beside the object")
}

export function refuseSymbols(value: object, place: Place): void {
  const [symbol] = Object.getOwnPropertySymbols(value)
  if (symbol !== undefined) refusePart(place, symbol, "a property named by a symbol can't cross; name it by a string")
}

export function refuseAccessor(place: Place, step: Step): never {
  refusePart(place, step, "a getter or setter can't cross; send its value")
}

/**
 * What an object with a function of that name is taken for, by those who await it or make JSON of it: at the other side,
 * where the function is a remote one that calls back here, the one would wait without end and the other get a promise.
 */
const hooks: ReadonlyMap<string, string> = new Map([
  ['then', "an object with a function named 'then' is taken for a promise; await it first, or rename that"],
  ['toJSON', "an object with a function named 'toJSON' is replaced by what that gives; send that, or rename it"],
])

export function refuseHook(key: string, value: unknown, place: Place, walk: Walk): void {
  const reason = hooks.get(key)
  if (reason !== undefined && crossesByReference(value, walk)) refusePart(place, key, reason)
}

/** Methods are the receiver's own: a field in the place of one would be called instead. */
export function refuseHiding(place: Place, key: string, Class: string): never {
  refusePart(place, key, `a field that hides the member of that name of ${Class} can't cross; rename one of them`)
}

function crossesByReference(value: unknown, walk: Walk): boolean {
  return typeof value === 'function' || (typeof value === 'object' && value !== null && walk.accepts(value))
}

export function refusePart(place: Place, step: Step, reason: string): never {
  refuse({ parent: place, step }, reason)
}
