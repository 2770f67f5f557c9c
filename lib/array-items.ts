import { inspect, types } from 'node:util'

const besideItems = { maxArrayLength: 0, showHidden: true, customInspect: false, depth: 0, breakLength: Infinity }

/**
 * Whether Node shows nothing of a long array but items, of which some may be missing: a microsecond, however long it is.
 * @returns false also where that can't be told
 */
export function showsItemsOnly(array: readonly unknown[]): boolean {
  // Of a `Proxy` it shows the target; and it would run a getter of `Symbol.toStringTag`.
  if (types.isProxy(array) || Object.getOwnPropertySymbols(array).length > 0) return false
  const { length } = array
  return inspect(array, besideItems) === `[ ... ${length} more items, [length]: ${length} ]`
}
