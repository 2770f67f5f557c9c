import { metadataOf, setMetadata } from '../platform/node.ts'
import { type Member, memberOf, type Members, merged } from './member.ts'

// Compilers' helpers look for Symbol.metadata when they evaluate a decorated class, so it must exist once this package is
// imported. The key is the one that esbuild's helper falls back to.
if (!Object.hasOwn(Symbol, 'metadata'))
  Object.defineProperty(Symbol, 'metadata', { value: Symbol.for('Symbol.metadata') })

/** Any class, abstract or not. */
export type AnyClass = abstract new (...args: never[]) => object

const key = Symbol.for('referent.exposed')

/** Records a member in the metadata object that a standard decorator is given. */
export function recordInMetadata(metadata: DecoratorMetadata, name: string, member: Member): void {
  if (!Object.hasOwn(metadata, key)) metadata[key] = new Map<string, Member>()
  add(recordOf(metadata[key]), name, member)
}

/** Records a member on its class, where a decorator is given no metadata object: `experimentalDecorators`. */
export function recordOnClass(Class: object, name: string, member: Member): void {
  if (metadataOf(key, Class) === undefined) setMetadata(key, new Map<string, Member>(), Class)
  add(recordOf(metadataOf(key, Class)), name, member)
}

/**
 * The exposed members of a class, its own and those it inherits; empty when there are none. Exposure is by name: an
 * override stays exposed, as what it is now. No getter is run.
 *
 * @param metadata - of a class that is being decorated: the compiler attaches its own metadata only afterwards
 */
export function membersOf(Class: AnyClass, metadata: unknown = ownMetadata(Class)): Members {
  const prototype: unknown = Class.prototype
  const members = new Map<string, Member>()
  for (const [name, recorded] of recordedAlong(Class, metadata)) {
    const member = memberOf(findProperty(prototype, name), recorded)
    if (member !== undefined) members.set(name, member)
  }
  return members
}

/** The descriptor of a property, the object's own or inherited. `Object.prototype` doesn't count. */
export function findProperty(object: unknown, name: string): PropertyDescriptor | undefined {
  for (const holder of holdersOf(object)) {
    const descriptor = Object.getOwnPropertyDescriptor(holder, name)
    if (descriptor !== undefined) return descriptor
  }
  return undefined
}

/** An object and what it inherits from, nearest first, without `Object.prototype`. */
export function* holdersOf(object: unknown): Generator<object> {
  for (let holder = object; isObject(holder) && holder !== Object.prototype; holder = Object.getPrototypeOf(holder)) {
    yield holder
  }
}

/** The records of a class and of those it extends, by either kind of decorator. */
function recordedAlong(Class: AnyClass, metadata: unknown): Members {
  const members = new Map<string, Member>()
  for (const holder of [...holdersOf(Class)].toReversed()) {
    const standard = holder === Class ? metadata : ownMetadata(holder)
    const own = [metadataOf(key, holder), isObject(standard) && Reflect.getOwnPropertyDescriptor(standard, key)?.value]
    for (const record of own) for (const [name, member] of recordOf(record)) add(members, name, member)
  }
  return members
}

// Metadata inherits by prototype: only a class's own entry counts, since every class of the chain is visited.
function ownMetadata(Class: object): unknown {
  const metadata: unknown = Object.getOwnPropertyDescriptor(Class, Symbol.metadata)?.value
  return metadata
}

function recordOf(stored: unknown): Map<string, Member> {
  return stored instanceof Map ? (stored as Map<string, Member>) : new Map<string, Member>()
}

function add(members: Map<string, Member>, name: string, member: Member): void {
  members.set(name, merged(members.get(name), member))
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
