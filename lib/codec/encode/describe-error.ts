import { baseOfError, hidesMember, isError, prototypeOfError } from '../builtin-errors.ts'
import { type CopiedClass, classOfPrototype } from '../classes.ts'
import type { Node } from '../node.ts'
import { prototypesOf } from '../prototype.ts'
import { refuseAccessor, refuseHiding, refuseHook, refusePart } from './extras.ts'
import type { Place } from './place.ts'
import type { Walk } from './walk.ts'

/**
 * An error keeps its class where that is built-in or registered, and is one of the nearest such class otherwise. Its
 * message, name, stack, cause and own enumerable fields go with it.
 */
export function describeError(value: object, place: Place, walk: Walk): Node | undefined {
  if (!isError(value)) return undefined
  const base = baseOfError(value)
  const copied = registeredClassOf(value)
  const prototype = copied === undefined ? prototypeOfError(base) : (copied.Class.prototype as object)
  const shown = shownFields(value, place, copied?.allowProps)
  const names = new Set(shown.map(([key]) => key))
  const hidden = hiddenFields(value, prototype, copied?.allowProps).filter(([key]) => !names.has(key))
  const all = [...hidden, ...shown]
  walk.addNames(all.length, place)
  const fields = walk.hidesStacks ? all.map(([key, item]): Field => [key, key === 'stack' ? headOf(value) : item]) : all
  for (const [key, item] of fields) {
    if (hidesMember(prototype, base, key)) refuseHiding(place, key, copied?.name ?? base)
    refuseHook(key, item, place, walk)
  }
  const slots = fields.map(([key, item]) => walk.slotOf(item, place, key))
  return ['error', base, copied?.name ?? null, hidden.length, fields.map(([key]) => key), slots]
}

/** What a stack begins with. */
function headOf(error: object): string {
  return `${String(Reflect.get(error, 'name'))}: ${String(Reflect.get(error, 'message'))}`
}

type Field = readonly [key: string, value: unknown]

/** What everyone reads of an error. These are kept also where they aren't enumerable or come from its prototype. */
const readFields: readonly string[] = ['name', 'message', 'stack']
/** Own properties of built-in errors that aren't enumerable. */
const ownFields: readonly string[] = ['name', 'message', 'cause', 'errors', 'error', 'suppressed', 'code']

function hiddenFields(error: object, prototype: object, allowed: readonly string[] | undefined): Field[] {
  const read = readFields.filter((key) => Reflect.get(error, key) !== inheritedValue(prototype, key))
  const own = ownFields.filter((key) => Object.hasOwn(error, key))
  const added = Object.getOwnPropertyNames(error).filter(
    (key) => isHiddenData(error, key) && (allowed?.includes(key) ?? true),
  )
  return [...new Set([...read, ...own, ...added])].map((key) => [key, Reflect.get(error, key)])
}

/** Functions that aren't enumerable stay, as methods of a class do: Node gives its own errors a `toString`. */
function isHiddenData(error: object, key: string): boolean {
  const property = Object.getOwnPropertyDescriptor(error, key)
  return property?.enumerable === false && 'value' in property && typeof property.value !== 'function'
}

/** What the other side's error will have anyway. A getter is nothing of that kind: those of `DOMException` throw here. */
function inheritedValue(prototype: object, key: string): unknown {
  const owner = [prototype, ...prototypesOf(prototype)].find((candidate) => Object.hasOwn(candidate, key))
  return owner && Object.getOwnPropertyDescriptor(owner, key)?.value
}

function shownFields(error: object, place: Place, allowed: readonly string[] | undefined): Field[] {
  const symbol = Object.getOwnPropertySymbols(error).find((key) =>
    Object.prototype.propertyIsEnumerable.call(error, key),
  )
  if (symbol !== undefined) refusePart(place, symbol, "a property named by a symbol can't cross; name it by a string")
  const keys = Object.keys(error).filter((key) => allowed?.includes(key) ?? true)
  return keys.map((key) => [key, ownValue(error, key, place)])
}

function ownValue(error: object, key: string, place: Place): unknown {
  const property = Object.getOwnPropertyDescriptor(error, key)
  if (property?.get !== undefined || property?.set !== undefined) refuseAccessor(place, key)
  return property?.value
}

/** The registered class nearest to the error's own. */
function registeredClassOf(error: object): CopiedClass | undefined {
  for (const prototype of prototypesOf(error)) {
    const copied = classOfPrototype(prototype)
    if (copied !== undefined) return copied
  }
  return undefined
}
