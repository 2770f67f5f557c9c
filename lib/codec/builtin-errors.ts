import { isManagerError, ManagerError } from '../errors.ts'
import { prototypesOf } from './prototype.ts'

type ErrorClass = abstract new (...args: never[]) => object

/** The error classes that every side has, or may have: `SuppressedError` is one of Node 24 and later only. */
const builtinErrors: ReadonlyMap<string, ErrorClass> = new Map([
  ['ManagerError', ManagerError],
  ...[
    'Error',
    'EvalError',
    'RangeError',
    'ReferenceError',
    'SyntaxError',
    'TypeError',
    'URIError',
    'AggregateError',
    'SuppressedError',
    'DOMException',
  ].flatMap((name): [string, ErrorClass][] => {
    const found: unknown = Reflect.get(globalThis, name)
    return isClass(found) ? [[name, found]] : []
  }),
])

const namesByPrototype: ReadonlyMap<object, string> = new Map(
  [...builtinErrors].map(([name, Class]) => [Class.prototype as object, name]),
)

/** True for errors of this package's every copy, of every realm, and for objects made with an error's prototype. */
export function isError(value: object): boolean {
  return value instanceof Error || isManagerError(value) || Object.prototype.toString.call(value) === '[object Error]'
}

export function isErrorPrototype(prototype: object): boolean {
  return namesByPrototype.has(prototype)
}

/** The built-in class that `error` is an instance of, the nearest if there are several. */
export function baseOfError(error: object): string {
  if (isManagerError(error)) return 'ManagerError'
  for (const prototype of prototypesOf(error)) {
    const name = namesByPrototype.get(prototype)
    if (name !== undefined) return name
  }
  const name: unknown = Reflect.get(error, 'name')
  return typeof name === 'string' && builtinErrors.has(name) ? name : 'Error'
}

export function prototypeOfError(base: string): object {
  return (builtinErrors.get(base) ?? Error).prototype as object
}

/** The fields that an error of class `base` can only be constructed with. */
export function constructedFields(base: string): readonly string[] {
  return base === 'DOMException' ? ['name', 'message', 'code'] : []
}

/** What every error may have of its own, though its prototype has it too. */
const ownOfErrors: readonly string[] = ['name', 'message', 'stack']

/** Whether a field of an error of class `base` would hide a member of its prototype: one of data hides nothing. */
export function hidesMember(prototype: object, base: string, key: string): boolean {
  return key in prototype && !ownOfErrors.includes(key) && !constructedFields(base).includes(key)
}

/**
 * A real error of the built-in class `base`, or of `Class`, which extends it and whose own constructor isn't run.
 * A base that this engine lacks becomes `Error`. Fields are for the caller to set, but for `constructedFields`.
 */
export function makeError(base: string, Class: ErrorClass | undefined, message: string, name: string): object {
  const Base = builtinErrors.get(base) ?? Error
  const made = withoutTrace(() => Reflect.construct(Base, argumentsOf(base, message, name), Class ?? Base) as object)
  Reflect.deleteProperty(made, 'stack')
  return made
}

/** To record where an error was made takes ten times as long as to make it, and it wasn't made here. */
function withoutTrace<T>(make: () => T): T {
  const { stackTraceLimit } = Error
  try {
    Error.stackTraceLimit = 0
    return make()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

function argumentsOf(base: string, message: string, name: string): unknown[] {
  switch (base) {
    case 'ManagerError':
      return ['PROTOCOL', message]
    case 'AggregateError':
      return [[]]
    case 'DOMException':
      return [message, name]
    default:
      return []
  }
}

function isClass(found: unknown): found is ErrorClass {
  return typeof found === 'function'
}
