import { check, unregistered } from './check.ts'
import { type AnyClass, classNamed, type CopiedClass } from './classes.ts'
import { objectOf } from './prototype.ts'
import { hooks } from './shapes.ts'

/** A shape as a receiver knows it. */
export interface KnownShape {
  readonly names: readonly string[]
  /** The registered class; '' for plain objects. */
  readonly className: string
  /** That of its objects. */
  readonly prototype: object
  /** Whether an assignment does what defining does: nothing of those names is inherited. */
  readonly isOrdinary: boolean
  readonly hasHook: boolean
  /** Whether some of its names are indexes, and far from each other. */
  readonly isScattered: boolean
}

/** @throws ManagerError `PROTOCOL`, `UNSERIALIZABLE` for a class that isn't registered here */
export function knownShape(names: readonly string[], className: string): KnownShape {
  let [isOrdinary, hasHook, indexes, lastIndex] = [true, false, 0, 0]
  for (let at = 0; at < names.length; at++) {
    const name = names[at] as string
    if (name in Object.prototype) isOrdinary = false
    if (hooks.has(name)) hasHook = true
    if (!isIndex(name)) continue
    indexes++
    lastIndex = Math.max(lastIndex, Number(name))
  }
  const isScattered = lastIndex > leastScattered + 4 * indexes
  if (className === '') return { names, className, prototype: Object.prototype, isOrdinary, hasHook, isScattered }
  const prototype = instancePrototype(className, names)
  return { names, className, prototype, isOrdinary: true, hasHook, isScattered }
}

/** An empty object for the fields of a shape. */
export function emptyOf({ prototype, isScattered }: KnownShape): object {
  const made = prototype === Object.prototype ? {} : objectOf(prototype)
  if (isScattered) keepScattered(made)
  return made
}

/** The place for so many items isn't worth a thought. */
const leastScattered = 16
const farIndex = 2 ** 32 - 2

/**
 * For an item at the index 1,000, V8 makes place for 1,500: twelve kilobytes. Once an object had one that is far beyond, it
 * keeps only those that are there (https://v8.dev/blog/fast-properties).
 */
export function keepScattered(empty: object): void {
  Object.defineProperty(empty, farIndex, { configurable: true })
  Reflect.deleteProperty(empty, farIndex)
}

function isIndex(name: string): boolean {
  const first = name.charCodeAt(0)
  return first >= 0x30 && first <= 0x39 && name.length <= 10
}

/** No constructor runs: it was run where the object was made, and could do anything here. */
function instancePrototype(name: string, names: readonly string[]): object {
  const copied = classNamed(name)
  if (copied === undefined) throw unregistered(`class ${name}`, `registerClass(${name})`)
  check(!isErrorClass(copied), `an error of the class ${name} that isn't sent as one`)
  const extra = copied.allowProps && names.find((each) => !copied.allowProps?.includes(each))
  check(extra === undefined, `a ${name} with a field that isn't one of its allowProps`)
  const prototype = copied.Class.prototype as object
  const hiding = names.find((each) => each in prototype)
  check(hiding === undefined, `a ${name} whose field ${hiding} hides a member of its class`)
  return prototype
}

function isErrorClass({ Class }: { readonly Class: AnyClass } & CopiedClass): boolean {
  return Class.prototype instanceof Error
}
