import type { Node, Slot } from '../node.ts'
import { isAccessor } from '../plain.ts'
import { refuseAccessor, refuseExtra, refuseExtras, refuseSymbols } from './extras.ts'
import { hasSlots } from './internal-slots.ts'
import type { Place } from './place.ts'
import type { Walk } from './walk.ts'

export function describeArray(value: object, place: Place, walk: Walk): Node | undefined {
  if (!Array.isArray(value)) return undefined
  refuseSymbols(value, place)
  const array: readonly unknown[] = value
  const keys = Object.getOwnPropertyNames(array).filter((key) => key !== 'length')
  // Indexes come first and in order: with as many names as items, the last name tells about all of them.
  const isDense = keys.length === array.length && (array.length === 0 || keys.at(-1) === String(array.length - 1))
  return isDense ? describeDense(array, keys, place, walk) : describeSparse(array, keys, place, walk)
}

function describeDense(array: readonly unknown[], keys: readonly string[], place: Place, walk: Walk): Node {
  return ['array', keys.map((_, index) => walk.slotOf(itemOf(array, index, place), place, index))]
}

/** @throws ManagerError `UNSERIALIZABLE` for an accessor, which isn't run */
function itemOf(array: readonly unknown[], index: number, place: Place): unknown {
  if (isAccessor(array, index)) refuseAccessor(place, index)
  const item = array[index]
  if (item === undefined && Object.getOwnPropertyDescriptor(array, index)?.set !== undefined)
    refuseAccessor(place, index)
  return item
}

/** Goes through what is there, not through the length: that may be four thousand million. */
function describeSparse(array: readonly unknown[], keys: readonly string[], place: Place, walk: Walk): Node {
  refuseExtra(
    keys.find((key) => !isIndexOf(array, key)),
    place,
  )
  walk.addHoles(array.length - keys.length, place)
  const indexes = keys.map(Number)
  return [
    'sparse',
    array.length,
    indexes,
    indexes.map((index) => walk.slotOf(itemOf(array, index, place), place, index)),
  ]
}

function isIndexOf(array: readonly unknown[], key: string): boolean {
  const index = Number(key)
  return Number.isInteger(index) && index >= 0 && index < array.length && String(index) === key
}

export function describeMap(value: object, place: Place, walk: Walk): Node | undefined {
  if (!(value instanceof Map) || !hasSlots(() => Map.prototype.has.call(value, ''))) return undefined
  refuseExtras(value, place)
  const map: ReadonlyMap<unknown, unknown> = value
  const keys: Slot[] = []
  const values: Slot[] = []
  for (const [key, item] of map) {
    const position = keys.length
    keys.push(walk.slotOf(key, place, { part: 'key', position }))
    values.push(walk.slotOf(item, place, { part: 'value', position, key }))
  }
  return ['map', keys, values]
}

export function describeSet(value: object, place: Place, walk: Walk): Node | undefined {
  if (!(value instanceof Set) || !hasSlots(() => Set.prototype.has.call(value, ''))) return undefined
  refuseExtras(value, place)
  const members: readonly unknown[] = [...value]
  return ['set', members.map((member, position) => walk.slotOf(member, place, { part: 'value', position }))]
}
