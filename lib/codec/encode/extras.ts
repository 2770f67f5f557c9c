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
 * An object that has a function named `then` is a promise for whoever awaits it: at the other side, where the function is
 * a remote one that calls back here, it would be awaited without end.
 */
export function refuseThen(key: string, value: unknown, place: Place, walk: Walk): void {
  if (key !== 'then' || !crossesByReference(value, walk)) return
  refusePart(
    place,
    key,
    "an object with a function named 'then' is taken for a promise; await it first, or rename that",
  )
}

function crossesByReference(value: unknown, walk: Walk): boolean {
  return typeof value === 'function' || (typeof value === 'object' && value !== null && walk.accepts(value))
}

export function refusePart(place: Place, step: Step, reason: string): never {
  refuse({ parent: place, step }, reason)
}
