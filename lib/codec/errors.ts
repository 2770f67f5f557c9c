import { tag } from '../wire/tags.ts'
import { baseOfError, constructedFields, hidesMember, isError, makeError, prototypeOfError } from './builtin-errors.ts'
import { check } from './check.ts'
import { type CopiedClass, classNamed, classOfPrototype } from './classes.ts'
import type { Decoder } from './decoder.ts'
import type { Kind } from './kind.ts'
import { keepScattered } from './known-shape.ts'
import { refuseHidden, refuseHook, setField } from './objects.ts'
import { type Path, refuseAccessor, refusePart } from './path.ts'
import { prototypeOf, prototypesOf } from './prototype.ts'

/**
 * An error keeps its class where that is built-in or registered, and is one of the nearest such class otherwise. Its
 * message, name, stack, cause and own enumerable fields go with it. A class that isn't registered at the other side
 * arrives as the built-in one it extends, under its name.
 */
export const errors: Kind = {
  tag: tag.error,
  write(value, encoder, path) {
    if (!isError(value)) return false
    const base = baseOfError(value)
    const copied = registeredClassOf(value)
    const prototype = copied === undefined ? prototypeOfError(base) : (copied.Class.prototype as object)
    const { fields, hidden } = fieldsOf(value, prototype, copied?.allowProps, path)
    const { head } = encoder
    head.byte(tag.error)
    head.text(base)
    head.text(copied?.name ?? '')
    if (constructedFields(base).length > 0) {
      head.text(String(Reflect.get(value, 'name')))
      head.text(String(Reflect.get(value, 'message')))
    }
    head.varint(hidden)
    const { hasHook } = encoder.shape(
      fields.map(([key]) => key),
      '',
    )
    for (const [key, item] of fields) {
      if (hidesMember(prototype, base, key)) refuseHidden(path, key, copied?.name ?? base)
      if (hasHook) refuseHook(key, item, encoder, path)
      encoder.value(key === 'stack' && encoder.hidesStacks ? headOf(value) : item, path, key)
    }
    return true
  },
  open(decoder) {
    const { reader } = decoder
    const [base, className] = [reader.text(), reader.text()]
    const copied = errorClassNamed(className)
    const isConstructed = constructedFields(base).length > 0
    const [name, message] = isConstructed ? [reader.text(), reader.text()] : ['', '']
    const value = makeError(base, copied?.Class, message, name)
    const hidden = reader.varint()
    const { names, isScattered } = decoder.shape()
    check(hidden <= names.length, 'an error with more hidden fields than fields')
    if (className !== '' && copied === undefined) setField(value, 'name', className, false)
    if (isScattered) keepScattered(value)
    return { value, fill: () => readFields(value, { base, copied, names, hidden }, decoder) }
  },
}

interface ErrorHead {
  readonly base: string
  readonly copied: CopiedClass | undefined
  readonly names: readonly string[]
  /** How many of the fields aren't enumerable: the first ones. */
  readonly hidden: number
}

function readFields(error: object, { base, copied, names, hidden }: ErrorHead, decoder: Decoder): void {
  const constructed = constructedFields(base)
  const prototype = prototypeOf(error) ?? error
  const className = copied?.name ?? base
  for (const [at, name] of names.entries()) {
    check(
      !hidesMember(prototype, base, name),
      `an error, ${className}, whose field ${name} hides a member of its class`,
    )
    check(isAllowed(copied, name), `an error, ${className}, with a field that isn't one of its allowProps`)
    decoder.refuseHook(name)
    const value = decoder.value()
    if (!constructed.includes(name)) setField(error, name, value, at >= hidden)
  }
}

/** What built-in errors have of their own, all may have. */
function isAllowed(copied: CopiedClass | undefined, name: string): boolean {
  return copied?.allowProps?.includes(name) !== false || readByAll.includes(name) || builtinFields.includes(name)
}

function errorClassNamed(name: string): CopiedClass | undefined {
  const copied = name === '' ? undefined : classNamed(name)
  check(
    copied === undefined || copied.Class.prototype instanceof Error,
    `an error of the class ${name}, which is none of errors`,
  )
  return copied
}

/** What a stack begins with. */
function headOf(error: object): string {
  return `${String(Reflect.get(error, 'name'))}: ${String(Reflect.get(error, 'message'))}`
}

type Field = readonly [key: string, value: unknown]

/** What everyone reads of an error. These are kept also where they aren't enumerable or come from its prototype. */
const readByAll: readonly string[] = ['name', 'message', 'stack']
/** Own properties of built-in errors that aren't enumerable. */
const builtinFields: readonly string[] = ['name', 'message', 'cause', 'errors', 'error', 'suppressed', 'code']

/** The fields to send, those that aren't enumerable first. */
function fieldsOf(
  error: object,
  prototype: object,
  allowed: readonly string[] | undefined,
  path: Path,
): { readonly fields: readonly Field[]; readonly hidden: number } {
  const shown = shownFields(error, path, allowed)
  const names = new Set(shown.map(([key]) => key))
  const hidden = hiddenFields(error, prototype, allowed).filter(([key]) => !names.has(key))
  return { fields: [...hidden, ...shown], hidden: hidden.length }
}

function hiddenFields(error: object, prototype: object, allowed: readonly string[] | undefined): Field[] {
  const read = readByAll.filter((key) => Reflect.get(error, key) !== inheritedValue(prototype, key))
  const own = builtinFields.filter((key) => Object.hasOwn(error, key))
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

function shownFields(error: object, path: Path, allowed: readonly string[] | undefined): Field[] {
  const symbol = Object.getOwnPropertySymbols(error).find((key) =>
    Object.prototype.propertyIsEnumerable.call(error, key),
  )
  if (symbol !== undefined) refusePart(path, symbol, "a property named by a symbol can't cross; name it by a string")
  const keys = Object.keys(error).filter((key) => allowed?.includes(key) ?? true)
  return keys.map((key) => [key, ownValue(error, key, path)])
}

function ownValue(error: object, key: string, path: Path): unknown {
  const property = Object.getOwnPropertyDescriptor(error, key)
  if (property?.get !== undefined || property?.set !== undefined) refuseAccessor(path, key)
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
