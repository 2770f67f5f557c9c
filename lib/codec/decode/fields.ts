import type { Fields, Slot } from '../node.ts'

export type ValueOf = (slot: Slot) => unknown

export function setFields(target: object, [keys, slots]: Fields, valueOf: ValueOf): void {
  forEachPair(keys, slots, (key, slot) => setField(target, key, valueOf(slot), true))
}

/** Defines rather than assigns: neither `__proto__` nor a setter of a class may act on what came in. */
export function setField(target: object, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true })
}

/** Goes through two lists of one length. */
export function forEachPair<Left, Right>(
  left: readonly Left[],
  right: readonly Right[],
  visit: (left: Left, right: Right) => void,
): void {
  for (const [index, item] of left.entries()) {
    const other = right[index]
    if (other !== undefined) visit(item, other)
  }
}
