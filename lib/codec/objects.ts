import { tag } from '../wire/tags.ts'
import { type CopiedClass, classOfPrototype } from './classes.ts'
import type { Decoder, KnownShape } from './decoder.ts'
import type { Encoder } from './encoder.ts'
import type { Kind } from './kind.ts'
import { type Path, refuseAccessor, refusePart } from './path.ts'
import { objectOf } from './prototype.ts'
import { hooks } from './shapes.ts'

/** Plain objects, and those of registered classes, whose shape has the class. */
export const objects: Kind = {
  tag: tag.object,
  prototypes: [Object.prototype],
  write(value, encoder, path) {
    const isFunctionOfIterator = Object.getOwnPropertySymbols(value).length > 0 && isIterated(value)
    if (isFunctionOfIterator && encoder.accepts(value)) encoder.reference(value, path)
    else writeFields(value, encoder, path, tag.object, undefined)
    return true
  },
  open(decoder) {
    const shape = decoder.shape()
    const value = shape.create()
    return { value, fill: () => readFields(value, shape, decoder) }
  },
  read(decoder) {
    const shape = decoder.shape()
    const value = shape.create()
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
    writeFields(value, encoder, path, tag.object, copied)
    return true
  },
}

/** Objects without a prototype. */
export const bareObjects: Kind = {
  tag: tag.bare,
  write(value, encoder, path) {
    if (typeof value === 'function' || Object.getPrototypeOf(value) !== null) return false
    writeFields(value, encoder, path, tag.bare, undefined)
    return true
  },
  open(decoder) {
    const shape = decoder.shape()
    const value = objectOf(null)
    return { value, fill: () => readFields(value, shape, decoder) }
  },
}

/** An object literal with an iterator of its own is no data. */
function isIterated(value: object): boolean {
  return Object.hasOwn(value, Symbol.asyncIterator) || Object.hasOwn(value, Symbol.iterator)
}

/**
 * Writes the own properties of `value`, of which each is one that assigning could have made.
 * @param copied the registered class, whose `allowProps` are the only names to take
 */
function writeFields(value: object, encoder: Encoder, path: Path, kind: number, copied: CopiedClass | undefined): void {
  const allowed = copied?.allowProps
  if (allowed === undefined) refuseSymbols(value, path)
  const own = Object.getOwnPropertyNames(value)
  const names = allowed === undefined ? own : own.filter((name) => allowed.includes(name))
  encoder.head.byte(kind)
  const { hasHook } = encoder.shapes.write(names, copied?.name ?? '', encoder.head)
  if (copied !== undefined) refuseHiding(names, copied, path)
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

function refuseSymbols(value: object, path: Path): void {
  const symbols = Object.getOwnPropertySymbols(value)
  if (symbols.length > 0)
    refusePart(path, symbols[0] ?? '', "a property named by a symbol can't cross; name it by a string")
}

/** Methods are the receiver's own: a field in the place of one would be called instead. */
function refuseHiding(names: readonly string[], { name, Class }: CopiedClass, path: Path): void {
  const hiding = names.find((each) => each in Class.prototype)
  if (hiding !== undefined) refuseHidden(path, hiding, name)
}

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
