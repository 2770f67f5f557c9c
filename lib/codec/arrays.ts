import { showsItemsOnly } from '../platform/node.ts'
import { tag } from '../wire/tags.ts'
import { check } from './check.ts'
import type { Decoder } from './decoder.ts'
import type { Encoder } from './encoder.ts'
import type { Kind } from './kind.ts'
import { type Path, refuseAccessor, refuseExtra, refusePart } from './path.ts'

/** From so many numbers on, an array of nothing else is written as such. */
const leastNumbers = 8

export const arrays: Kind = {
  tag: tag.array,
  prototypes: [Array.prototype],
  write(value, encoder, path) {
    if (!Array.isArray(value)) return false
    const array: readonly unknown[] = value
    if (isDense(array, path)) writeItems(array, encoder, path)
    else writeSparse(array, Reflect.ownKeys(array), encoder, path)
    return true
  },
  open(decoder) {
    const [value, length]: [unknown[], number] = [[], decoder.reader.count()]
    return { value, fill: () => readItems(value, length, decoder) }
  },
  read(decoder) {
    const [value, length]: [unknown[], number] = [[], decoder.reader.count()]
    readItems(value, length, decoder)
    return value
  },
}

/** Arrays of 32-bit integers. */
export const integerArrays: Kind = {
  tag: tag.integers,
  write: () => false,
  open: ({ reader }) => ({ value: reader.integers(reader.count(4)) }),
}

/** Arrays of other numbers. */
export const doubleArrays: Kind = {
  tag: tag.doubles,
  write: () => false,
  open: ({ reader }) => ({ value: reader.doubles(reader.count(8)) }),
}

/** Arrays with holes: the length, and the items at increasing indexes. */
export const sparseArrays: Kind = {
  tag: tag.sparse,
  write: () => false,
  open(decoder) {
    const { reader } = decoder
    const [value, length, count]: [unknown[], number, number] = [[], reader.varint(), reader.count(2)]
    check(length < 2 ** 32 && count <= length, 'a sparse array')
    decoder.addHoles(length - count)
    return { value, fill: () => readSparse(value, length, count, decoder) }
  },
}

function writeItems(array: readonly unknown[], encoder: Encoder, path: Path): void {
  const { length } = array
  const numbers = length < leastNumbers ? undefined : numbersIn(array)
  if (numbers === undefined) {
    encoder.head.byte(tag.array)
    encoder.head.varint(length)
    for (let at = 0; at < length; at++) encoder.value(itemOf(array, at, path), path, at)
  } else if (numbers === 'integers') {
    encoder.head.byte(tag.integers)
    encoder.head.varint(length)
    encoder.head.words(array as readonly number[])
  } else {
    encoder.head.byte(tag.doubles)
    encoder.head.varint(length)
    encoder.head.doubles(array as readonly number[])
  }
}

/** From so many items on, it takes longer to list all keys. */
const longArray = 32

/**
 * Whether there is an item at each index, and nothing else.
 * @throws ManagerError `UNSERIALIZABLE` for an accessor, which isn't run
 */
function isDense(array: readonly unknown[], path: Path): boolean {
  const { length } = array
  if (!(length >= longArray && showsItemsOnly(array)) && !listsItemsOnly(array)) return false
  for (let at = 0; at < length; at++) {
    if (isAccessor(array, at)) refuseAccessor(path, at)
    if (array[at] === undefined && !Object.hasOwn(array, at)) return false
  }
  return true
}

function listsItemsOnly(array: readonly unknown[]): boolean {
  const { length } = array
  const keys = Reflect.ownKeys(array)
  // Indexes come first and in order, so the last one tells about all of them; then `length` is all that there may be.
  return keys.length === length + 1 && (length === 0 || keys[length - 1] === String(length - 1))
}

/** What kind of numbers the items are, if they are all numbers. */
function numbersIn(array: readonly unknown[]): 'integers' | 'doubles' | undefined {
  let isInteger = true
  for (let at = 0; at < array.length; at++) {
    const item = array[at]
    if (typeof item !== 'number') return undefined
    isInteger &&= (item | 0) === item && (item !== 0 || 1 / item > 0)
  }
  return isInteger ? 'integers' : 'doubles'
}

/** A third of the time of a property descriptor. */
const lookupGetter = Reflect.get(Object.prototype, '__lookupGetter__') as (this: object, key: number) => unknown

/** Whether an item is got by a getter, which nothing may run. */
function isAccessor(array: readonly unknown[], index: number): boolean {
  return lookupGetter.call(array, index) !== undefined
}

/** @throws ManagerError `UNSERIALIZABLE` for an accessor, which isn't run */
function itemOf(array: readonly unknown[], index: number, path: Path): unknown {
  const item = array[index]
  // One that can only be set reads as undefined.
  if (item === undefined && Object.getOwnPropertyDescriptor(array, index)?.set !== undefined)
    refuseAccessor(path, index)
  return item
}

/** Goes through what is there, not through the length: that may be four thousand million. */
function writeSparse(
  array: readonly unknown[],
  keys: readonly (string | symbol)[],
  encoder: Encoder,
  path: Path,
): void {
  const symbol = keys.find((key) => typeof key === 'symbol')
  if (symbol !== undefined) refusePart(path, symbol, "a property named by a symbol can't cross; name it by a string")
  const names = (keys as readonly string[]).filter((key) => key !== 'length')
  refuseExtra(
    names.find((name) => !isIndexOf(array, name)),
    path,
  )
  encoder.addHoles(array.length - names.length, path)
  encoder.head.byte(tag.sparse)
  encoder.head.varint(array.length)
  encoder.head.varint(names.length)
  for (const index of names.map(Number)) {
    if (isAccessor(array, index)) refuseAccessor(path, index)
    encoder.body.varint(index)
    encoder.value(itemOf(array, index, path), path, index)
  }
}

function isIndexOf(array: readonly unknown[], name: string): boolean {
  const index = Number(name)
  return Number.isInteger(index) && index >= 0 && index < array.length && String(index) === name
}

function readItems(items: unknown[], length: number, decoder: Decoder): void {
  for (let left = length; left > 0; left--) items.push(decoder.value())
}

function readSparse(items: unknown[], length: number, count: number, decoder: Decoder): void {
  let last = -1
  for (let left = count; left > 0; left--) {
    const index = decoder.reader.varint()
    check(index > last && index < length, 'a sparse array')
    last = index
    items[index] = decoder.value()
  }
  items.length = length
}
