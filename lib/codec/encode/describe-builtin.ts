import { bytesForms, copyBytes } from '../bytes.ts'
import { isAddress } from '../leaf-limits.ts'
import { maxHostLength, maxUrlLength } from '../limits.ts'
import type { Node } from '../node.ts'
import { describeArray, describeMap, describeSet } from './describe-collection.ts'
import { describePlainObject } from './describe-fields.ts'
import { refuseExtra, refuseExtras, refusePart } from './extras.ts'
import { hasSlots } from './internal-slots.ts'
import { type Place, refuse } from './place.ts'
import type { Walk } from './walk.ts'

type Describe = (value: object, place: Place, walk: Walk) => Node | undefined

/**
 * Describes objects of built-in classes; undefined for others. A prototype proves nothing: a proxy can show any, so
 * each description first makes sure of the internal slots, which no `Proxy` has, and says undefined without them.
 */
export function describeBuiltin(value: object, place: Place, walk: Walk): Node | undefined {
  const prototype: unknown = Object.getPrototypeOf(value)
  return typeof value === 'object' ? builtins.get(prototype)?.(value, place, walk) : undefined
}

const builtins: ReadonlyMap<unknown, Describe> = new Map<unknown, Describe>([
  [Object.prototype, describePlainObject],
  [Array.prototype, describeArray],
  [Map.prototype, describeMap],
  [Set.prototype, describeSet],
  [Date.prototype, describeDate],
  [RegExp.prototype, describeRegExp],
  [URL.prototype, describeUrl],
  ...[...bytesForms].map(([prototype, form]): [object, Describe] => [
    prototype,
    (value, place, walk) => describeBytes(value, form, place, walk),
  ]),
])

function describeDate(value: object, place: Place, walk: Walk): Node | undefined {
  if (!(value instanceof Date) || !hasSlots(() => Date.prototype.valueOf.call(value))) return undefined
  refuseExtras(value, place)
  return Number.isNaN(value.getTime()) ? ['invalid-date'] : ['leaf', walk.leaf(value)]
}

function describeRegExp(value: object, place: Place, walk: Walk): Node | undefined {
  if (!(value instanceof RegExp) || !hasSlots(() => Reflect.get(RegExp.prototype, 'source', value))) return undefined
  refuseExtras(value, place, ['lastIndex'])
  if (value.lastIndex !== 0)
    refusePart(place, 'lastIndex', "a regular expression in mid-search can't cross; set it to 0")
  const excess = walk.excessOf(value)
  if (excess !== undefined) refuse(place, `${excess} can't cross`)
  return ['leaf', walk.leaf(value)]
}

function describeUrl(value: object, place: Place, walk: Walk): Node | undefined {
  if (!(value instanceof URL) || !hasSlots(() => Reflect.get(URL.prototype, 'href', value))) return undefined
  refuseExtras(value, place)
  if (!isAddress(value.href))
    refuse(
      place,
      `a URL of over ${maxUrlLength} characters, or with a host of over ${maxHostLength}, can't cross; send its href`,
    )
  return ['leaf', walk.leaf(value)]
}

function describeBytes(value: object, form: string, place: Place, walk: Walk): Node | undefined {
  if (!isBytes(value)) return undefined
  refuseExtraOfBytes(value, place)
  const buffer = value instanceof ArrayBuffer ? value : value.buffer
  if (!(buffer instanceof ArrayBuffer))
    refuse(place, "shared memory can't cross to another process; send a copy: slice()")
  if (Reflect.get(value, 'resizable') === true) refuse(place, "a resizable buffer can't cross; send a copy: slice()")
  return ['bytes', form, walk.attachment(copyBytes(value))]
}

function isBytes(value: object): value is ArrayBuffer | ArrayBufferView {
  return ArrayBuffer.isView(value) || hasSlots(() => Reflect.get(ArrayBuffer.prototype, 'byteLength', value))
}

/** Listing the properties of a typed array lists its elements, so long ones are looked at for symbols only. */
const maxListedElements = 1_024

function refuseExtraOfBytes(value: ArrayBuffer | ArrayBufferView, place: Place): void {
  const length = ArrayBuffer.isView(value) && 'length' in value ? Number(value.length) : 0
  const keys = length > maxListedElements ? Object.getOwnPropertySymbols(value) : Reflect.ownKeys(value).slice(length)
  refuseExtra(keys[0], place)
}
