import type { Slot } from '../node.ts'

export type ValueOf = (slot: Slot) => unknown

export function setFields(target: object, keys: readonly string[], slots: readonly Slot[], valueOf: ValueOf): void {
  forEachPair(keys, slots, (key, slot) => setField(target, key, valueOf(slot), true))
}

/**
 * Neither `__proto__` nor a setter of a class may act on what came in: what the target inherits is defined. Anything
 * else may as well be assigned, in a fifth of the time.
 */
export function setField(target: object, key: string, value: unknown, enumerable: boolean): void {
  if (enumerable && !(key in target)) (target as Record<string, unknown>)[key] = value
  else Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true })
}

/** Goes through two lists of one length. */
export function forEachPair<Left, Right>(
  left: readonly Left[],
  right: readonly Right[],
  visit: (left: Left, right: Right) => void,
): void {
  let at = 0
  for (const item of left) {
    const other = right[at++]
    if (other !== undefined) visit(item, other)
  }
}
