import { type Place, refuse, type Step } from './place.ts'

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

export function refusePart(place: Place, step: Step, reason: string): never {
  refuse({ parent: place, step }, reason)
}
