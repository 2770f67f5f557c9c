import 'reflect-metadata'

// A compiler's helper looks for Symbol.metadata when it evaluates a decorated class, so it must exist by the time this
// package is imported. The key is the one that esbuild's helper falls back to.
if (!Object.hasOwn(Symbol, 'metadata'))
  Object.defineProperty(Symbol, 'metadata', { value: Symbol.for('Symbol.metadata') })

/** What a member tells those who use it. */
export interface Traits {
  /** How long callers wait who say nothing of it; 0: without bound. */
  readonly timeoutMs?: number
  /** Whether a call may be made again when nobody knows whether it has run. */
  readonly idempotent?: boolean
  /** Whether callers that give up wait for the answer all the same. */
  readonly settlesAfterAbort?: boolean
  /** Whether a generator makes each item when it is asked for, and none ahead. */
  readonly stepwise?: boolean
}

/** What remote calls may do with one member. */
export type Exposure = Traits &
  (
    | /** `isReadonly`: may run beside other such calls of a serial referent. */
      { readonly kind: 'method'; readonly isReadonly?: true }
    /** A generator or async generator function; `isReadonly` goes for each step between two items. */
    | { readonly kind: 'generator'; readonly isReadonly?: true }
    | { readonly kind: 'property'; readonly readable: boolean; readonly writable: boolean }
  )

/** Exposed members by name. */
export type Exposures = ReadonlyMap<string, Exposure>

/** Any class, abstract or not. */
export type AnyClass = abstract new (...args: never[]) => object

/** What `@Exposed` allows of one member. A method is readable. */
export interface Mark extends Traits {
  readonly readable: boolean
  readonly writable: boolean
  /** Chosen by `@Exposed({ readonly: true })`. */
  readonly isReadonly?: boolean
}

const key = Symbol.for('referent.exposed')

/** Marks a member in the metadata object that a standard decorator is given. */
export function markInMetadata(metadata: DecoratorMetadata, name: string, mark: Mark): void {
  if (!Object.hasOwn(metadata, key)) metadata[key] = new Map<string, Mark>()
  addMark(marksOf(metadata[key]), name, mark)
}

/** Marks a member on its class, where a decorator is given no metadata object: `experimentalDecorators`. */
export function markOnClass(Class: object, name: string, mark: Mark): void {
  if (!Reflect.hasOwnMetadata(key, Class)) Reflect.defineMetadata(key, new Map<string, Mark>(), Class)
  addMark(marksOf(Reflect.getOwnMetadata(key, Class)), name, mark)
}

/**
 * The exposures of a class, its own and those it inherits; empty when there are none. Exposure goes by name: an
 * override stays exposed, as what it now is. No getter is run.
 *
 * @param metadata - given while `Class` is being decorated: its own metadata, which the compiler attaches only afterwards
 */
export function exposuresOf(Class: AnyClass, metadata: unknown = ownMetadata(Class)): Exposures {
  const prototype: unknown = Class.prototype
  const exposures = new Map<string, Exposure>()
  for (const [name, mark] of marksAlong(Class, metadata)) {
    const exposure = exposureOf(findMember(prototype, name), mark)
    if (exposure !== undefined) exposures.set(name, exposure)
  }
  return exposures
}

/** The descriptor of a member, the object's own or inherited. `Object.prototype` doesn't count. */
export function findMember(object: unknown, name: string): PropertyDescriptor | undefined {
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

/** What a member is to remote calls, within what `mark` allows. Undefined for a field: it has no code to guard it. */
export function exposureOf(member: PropertyDescriptor | undefined, mark: Mark): Exposure | undefined {
  if (member === undefined) return undefined
  const value: unknown = member.value
  if (typeof value === 'function') return mark.readable ? functionExposure(value, mark) : undefined
  const readable = mark.readable && member.get !== undefined
  const writable = mark.writable && member.set !== undefined
  return readable || writable ? { kind: 'property', readable, writable, ...traitsOf(mark) } : undefined
}

function functionExposure(value: object, mark: Mark): Exposure {
  const tag: unknown = Reflect.get(value, Symbol.toStringTag)
  const isGenerator = tag === 'GeneratorFunction' || tag === 'AsyncGeneratorFunction'
  const kind = isGenerator ? 'generator' : 'method'
  return { kind, ...(mark.isReadonly === true ? { isReadonly: true } : {}), ...traitsOf(mark) }
}

/** Only what is given of them. */
export function traitsOf({ timeoutMs, idempotent, settlesAfterAbort, stepwise }: Traits): Traits {
  return {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(idempotent === undefined ? {} : { idempotent }),
    ...(settlesAfterAbort === undefined ? {} : { settlesAfterAbort }),
    ...(stepwise === undefined ? {} : { stepwise }),
  }
}

/** The marks of a class and of those it extends, whichever kind of decorator made them. */
function marksAlong(Class: AnyClass, metadata: unknown): ReadonlyMap<string, Mark> {
  const marks = new Map<string, Mark>()
  for (const holder of [...holdersOf(Class)].toReversed()) {
    const standard = holder === Class ? metadata : ownMetadata(holder)
    const own = [
      Reflect.getOwnMetadata(key, holder),
      isObject(standard) && Reflect.getOwnPropertyDescriptor(standard, key)?.value,
    ]
    for (const stored of own) for (const [name, mark] of marksOf(stored)) addMark(marks, name, mark)
  }
  return marks
}

// Metadata inherits by prototype: only a class's own entry counts, since every class of the chain is visited.
function ownMetadata(Class: object): unknown {
  const metadata: unknown = Object.getOwnPropertyDescriptor(Class, Symbol.metadata)?.value
  return metadata
}

function marksOf(stored: unknown): Map<string, Mark> {
  return stored instanceof Map ? (stored as Map<string, Mark>) : new Map<string, Mark>()
}

/** A getter and a setter of one name add up. */
function addMark(marks: Map<string, Mark>, name: string, mark: Mark): void {
  const earlier = marks.get(name)
  marks.set(name, {
    readable: mark.readable || earlier?.readable === true,
    writable: mark.writable || earlier?.writable === true,
    isReadonly: mark.isReadonly ?? earlier?.isReadonly ?? false,
    ...traitsOf({ ...earlier, ...mark }),
  })
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
