import { addCustom, customNamed } from '../../codec/classes.ts'

declare const removal: unique symbol

/** The type of `remove`: no unique symbol, which an async function would give as any symbol. */
export type Removal = symbol & { readonly [removal]: true }

/**
 * What the function of `SharedMap.compute` gives to delete the entry: `map.compute(key, (value) => isOver(value) ? remove :
 * value)`.
 */
// One for all copies of the package in a process.
export const remove: Removal = Symbol.for('referent.remove') as Removal

const name = 'referent.remove'

// Another copy of the package may have registered its own, which does the same.
if (customNamed(name) === undefined) {
  addCustom({
    name,
    isApplicable: (value) => value === remove,
    serialize: () => null,
    deserialize: () => remove,
  })
}
