import { classOfPrototype, sourceOf } from './classes.ts'
import { prototypeOf, prototypesOf } from './prototype.ts'

/** What a prototype says by a property of this name of why its objects don't cross. */
export const whyNot: unique symbol = Symbol('why it does not cross')

/** Why `value`, which nothing takes, can't cross, and what to do about it. */
export function reasonAgainst(value: object): string {
  if (typeof value === 'function') return functionReason(sourceOf(value))
  for (const prototype of prototypesOf(value)) {
    const known: unknown = reasons.get(prototype) ?? Object.getOwnPropertyDescriptor(prototype, whyNot)?.value
    if (typeof known === 'string') return known
  }
  return instanceReason(value)
}

function functionReason(source: string): string {
  if (/^class\b/.test(source)) return "a class can't cross; create its object with manager.create()"
  return "a function can't cross but in calls of shared objects; send what it returns, or make it a method of a @Shared() class"
}

const streamReason =
  "a stream can't cross but in calls of shared objects; send its bytes, or pass it to a method of one"

/** By the prototype of a class whose objects can be neither copied nor registered. */
const reasons: ReadonlyMap<object, string> = new Map<object, string>([
  [Promise.prototype, "a promise can't cross; await it first"],
  [WeakMap.prototype, "a WeakMap can't be listed, so it can't cross; send a Map"],
  [WeakSet.prototype, "a WeakSet can't be listed, so it can't cross; send a Set"],
  [WeakRef.prototype, "a WeakRef can't cross; send what deref() gives"],
  [Number.prototype, "a boxed number can't cross; send its valueOf()"],
  [String.prototype, "a boxed string can't cross; send its valueOf()"],
  [Boolean.prototype, "a boxed boolean can't cross; send its valueOf()"],
  [BigInt.prototype, "a boxed bigint can't cross; send its valueOf()"],
  [Symbol.prototype, "a boxed symbol can't cross; send its description"],
  [URLSearchParams.prototype, "a URLSearchParams can't cross; send its toString()"],
  [AbortSignal.prototype, "an AbortSignal can't cross but as an option of a call: { signal }"],
  [AbortController.prototype, "an AbortController can't cross; give a call { signal: controller.signal }"],
  [ReadableStream.prototype, streamReason],
  [WritableStream.prototype, streamReason],
  ...sharedMemoryPrototypes().map(
    (prototype) => [prototype, "shared memory can't cross; send a copy of its bytes"] as const,
  ),
  [
    asyncIteratorPrototype(),
    "an async iterator can't cross but in calls of shared objects; send an array of what it yields",
  ],
  [iteratorPrototype(), "an iterator can't cross; send an array of what it yields: [...iterator]"],
  [Map.prototype, "an object of a subclass of Map can't cross; send new Map(it), or registerCustom it"],
  [Set.prototype, "an object of a subclass of Set can't cross; send new Set(it), or registerCustom it"],
  [Array.prototype, "an object of a subclass of Array can't cross; send Array.from(it), or registerCustom it"],
  [Date.prototype, "an object of a subclass of Date can't cross; send new Date(it), or registerCustom it"],
  [RegExp.prototype, "an object of a subclass of RegExp can't cross; send new RegExp(it), or registerCustom it"],
])

function instanceReason(value: object): string {
  const prototype = prototypeOf(value)
  const name = prototype === null ? '' : classNameOf(prototype)
  if (name === '') {
    return "an object with a prototype of its own can't cross; send a plain object, or one of a registered class"
  }
  const base = registeredBaseOf(value)
  if (base === undefined) {
    return `an instance of ${name} can't cross; register it with registerClass(${name}), or make it @Shared()`
  }
  return `an instance of ${name} can't cross as the ${base} it extends; register it too, with registerClass(${name})`
}

function classNameOf(prototype: object): string {
  const Class: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
  return typeof Class === 'function' ? Class.name : ''
}

function registeredBaseOf(value: object): string | undefined {
  for (const prototype of prototypesOf(value)) {
    const copied = classOfPrototype(prototype)
    if (copied !== undefined) return copied.name
  }
  return undefined
}

/** Browsers have it on isolated pages only. */
function sharedMemoryPrototypes(): object[] {
  return typeof SharedArrayBuffer === 'function' ? [SharedArrayBuffer.prototype as object] : []
}

/** `%IteratorPrototype%` has no name: it is next to the end of the chain of any iterator. */
function iteratorPrototype(): object {
  return [...prototypesOf([].values())].at(-2) ?? Object.prototype
}

function asyncIteratorPrototype(): object {
  const generate = async function* (): AsyncGenerator {}
  return [...prototypesOf(generate())].at(-2) ?? Object.prototype
}
