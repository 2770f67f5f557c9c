import { tag } from '../wire/tags.ts'
import { classOfPrototype } from './classes.ts'
import type { Decoder } from './decoder.ts'
import type { Encoder } from './encoder.ts'
import type { Kind } from './kind.ts'
import { emptyOf, keepScattered, type KnownShape } from './known-shape.ts'
import { type Path, refuseAccessor, refusePart } from './path.ts'
import { objectOf } from './prototype.ts'
import { hooks } from './shapes.ts'

/** Plain objects, and those of registered classes, whose shape has the class. */
export const objects: Kind = {
  tag: tag.object,
  prototypes: [Object.prototype],
  write(value, encoder, path) {
    const symbols = Object.getOwnPropertySymbols(value)
    if (symbols.length > 0) {
      if (!isIterated(value) || !encoder.accepts(value)) refuseSymbol(symbols, path)
      encoder.reference(value, path)
    } else writeFields(value, Object.getOwnPropertyNames(value), encoder, path, tag.object, '')
    return true
  },
  open(decoder) {
    const shape = decoder.shape()
    const value = emptyOf(shape)
    return { value, fill: () => readFields(value, shape, decoder) }
  },
  read(decoder) {
    const shape = decoder.shape()
    const value = emptyOf(shape)
    readFields(value, shape, decoder)
    return value
  },
}

/** Objects of exactly a registered class; not of a subclass, which would arrive as what they aren't. */
export const instances: Kind = {
  ...objects,
  prototypes: [],
  write(value, encoder, path) {
    const prototype: unknown = Object.getPrototypeOf(value)
    const copied = typeof prototype === 'object' && prototype !== null ? classOfPrototype(prototype) : undefined
    if (copied === undefined) return false
    const { allowProps, name, Class } = copied
    const own = Object.getOwnPropertyNames(value)
    if (allowProps === undefined) refuseSymbol(Object.getOwnPropertySymbols(value), path)
    const names = allowProps === undefined ? own : own.filter((each) => allowProps.includes(each))
    const hiding = names.find((each) => each in Class.prototype)
    if (hiding !== undefined) refuseHidden(path, hiding, name)
    writeFields(value, names, encoder, path, tag.object, name)
    return true
  },
}

/** Objects without a prototype. */
export const bareObjects: Kind = {
  tag: tag.bare,
  write(value, encoder, path) {
    if (typeof value === 'function' || Object.getPrototypeOf(value) !== null) return false
    refuseSymbol(Object.getOwnPropertySymbols(value), path)
    writeFields(value, Object.getOwnPropertyNames(value), encoder, path, tag.bare, '')
    return true
  },
  open(decoder) {
    const shape = decoder.shape()
    const value = objectOf(null)
    if (shape.isScattered) keepScattered(value)
    return { value, fill: () => readFields(value, shape, decoder) }
  },
}

/** An object literal with an iterator of its own is no data. */
function isIterated(value: object): boolean {
  return Object.hasOwn(value, Symbol.asyncIterator) || Object.hasOwn(value, Symbol.iterator)
}

/** Writes properties, of which each must be one that assigning could have made. */
function writeFields(
  value: object,
  names: readonly string[],
  encoder: Encoder,
  path: Path,
  kind: number,
  className: string,
): void {
  encoder.head.byte(kind)
  const { hasHook } = encoder.shape(names, className)
  for (let at = 0; at < names.length; at++) {
    const name = names[at] as string
    const property = Object.getOwnPropertyDescriptor(value, name)
    if (property?.enumerable !== true)
      refusePart(path, name, "a property that isn't enumerable can't cross; make it an ordinary one")
    if (property.get !== undefined || property.set !== undefined) refuseAccessor(path, name)
    if (hasHook) refuseHook(name, property.value, encoder, path)
    encoder.value(property.value, path, name)
  }
}

function refuseSymbol(symbols: readonly symbol[], path: Path): void {
  const [symbol] = symbols
  if (symbol !== undefined) refusePart(path, symbol, "a property named by a symbol can't cross; name it by a string")
}

/** Methods are the receiver's own: a field in the place of one would be called instead. */
export function refuseHidden(path: Path, field: string, Class: string): never {
  refusePart(path, field, `a field that hides the member of that name of ${Class} can't cross; rename one of them`)
}

/** @throws ManagerError `UNSERIALIZABLE` for a function that others would call on their own */
export function refuseHook(name: string, value: unknown, encoder: Encoder, path: Path): void {
  const reason = hooks.get(name)
  if (reason !== undefined && (typeof value === 'function' || encoder.accepts(value))) refusePart(path, name, reason)
}

function readFields(target: object, { names, isOrdinary, hasHook }: KnownShape, decoder: Decoder): void {
  for (let at = 0; at < names.length; at++) {
    const name = names[at] as string
    if (hasHook) decoder.refuseHook(name)
    const value = decoder.value()
    if (isOrdinary) (target as Record<string, unknown>)[name] = value
    else setField(target, name, value, true)
  }
}

/** Neither `__proto__` nor a setter of a class may act on what came in: what the target inherits is defined. */
export function setField(target: object, key: string, value: unknown, enumerable: boolean): void {
  if (enumerable && !(key in target)) (target as Record<string, unknown>)[key] = value
  else Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true })
}
