import { type CopiedClass, classOfPrototype } from '../classes.ts'
import type { Fields, Node } from '../node.ts'
import { refuseAccessor, refuseHiding, refuseHook, refusePart, refuseSymbols } from './extras.ts'
import type { Place } from './place.ts'
import type { Walk } from './walk.ts'

export function describePlainObject(value: object, place: Place, walk: Walk): Node {
  if (isIterated(value) && walk.accepts(value)) return ['reference', walk.reference(value, place)]
  return ['object', ...ownFields(value, place, walk)]
}

/** An object literal with an iterator of its own is no data. */
function isIterated(value: object): boolean {
  return Object.hasOwn(value, Symbol.asyncIterator) || Object.hasOwn(value, Symbol.iterator)
}

/** An object without a prototype. */
export function describeBare(value: object, place: Place, walk: Walk): Node | undefined {
  if (typeof value === 'function' || Object.getPrototypeOf(value) !== null) return undefined
  return ['bare', ...ownFields(value, place, walk)]
}

/** An object of exactly a registered class; not of a subclass, which would arrive as what it isn't. */
export function describeInstance(value: object, place: Place, walk: Walk): Node | undefined {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (typeof prototype !== 'object' || prototype === null) return undefined
  const copied = classOfPrototype(prototype)
  return copied && ['instance', copied.name, ...ownFields(value, place, walk, copied)]
}

/**
 * The own properties of `value`, of which each is one that assigning could have made.
 * @param copied the registered class, whose `allowProps` are the only names to take
 */
function ownFields(value: object, place: Place, walk: Walk, copied?: CopiedClass): Fields {
  const allowed = copied?.allowProps
  if (allowed === undefined) refuseSymbols(value, place)
  const keys = Object.getOwnPropertyNames(value).filter((key) => allowed?.includes(key) ?? true)
  walk.addNames(keys.length, place)
  const slots = keys.map((key) => {
    const property = Object.getOwnPropertyDescriptor(value, key)
    if (property?.enumerable !== true)
      refusePart(place, key, "a property that isn't enumerable can't cross; make it an ordinary one")
    if (!('value' in property)) refuseAccessor(place, key)
    if (copied !== undefined && key in copied.Class.prototype) refuseHiding(place, key, copied.name)
    refuseHook(key, property.value, place, walk)
    return walk.slotOf(property.value, place, key)
  })
  return [keys, slots]
}
