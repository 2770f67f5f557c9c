import { addCustom, customNamed } from './classes.ts'

declare const removal: unique symbol

/** The type of `remove`: no unique symbol, which the type of an async function widens to any symbol. */
export type Removal = symbol & { readonly [removal]: true }

const name = 'referent.remove'

/**
 * What the function of `SharedMap.compute` returns to delete the entry: `map.compute(key, (value) => isOver(value) ? remove :
 * value)`. The same in all processes.
 */
// One for all copies of the package in a process.
export const remove: Removal = Symbol.for(name) as Removal

// Another copy of the package may have registered its own, which does the same.
if (customNamed(name) === undefined) {
  addCustom({ name, isApplicable: (value) => value === remove, serialize: () => null, deserialize: () => remove })
}
