import { type Delivery, ManagerError } from '../errors.ts'
import type { ArgumentsSchema } from './arguments-schema.ts'

/** What can be done with a member: call it, iterate over its items, read it as a property, write it, or both. */
export type MemberKind = 'method' | 'generator' | 'get' | 'set' | 'get set'

/** How a member is exposed: the options of `@Exposed`. */
export interface MemberOptions {
  /**
   * The method changes nothing: on a class with `concurrency: 'serial'` it runs beside other such methods. Getters
   * always do. A generator blocks other calls at most from one item to the next, and with this option only those that write.
   */
  readonly readonly?: boolean
  /**
   * How many milliseconds callers wait for an answer if they set no time themselves; then the call rejects with `TIMEOUT`
   * and the method's signal aborts. 0: no bound, whatever the manager's `callTimeoutMs` is.
   */
  readonly timeoutMs?: number
  /**
   * Running it twice has the effect of running it once: a call that was lost with its session, which may have run, is
   * repeated when the session is opened anew.
   */
  readonly idempotent?: boolean
  /**
   * The method cleans up when its signal aborts, and callers wait for that: a call that is aborted, or whose time is up,
   * settles only when the method has. It resolves if the method returned a result all the same. It rejects with `ABORTED`
   * or `TIMEOUT` if the method threw its signal's reason, or an error caused by that, as Node's functions do; else with
   * what the method threw. A call that still waits for its turn with a serial object rejects at once. For a generator,
   * this is about the call that opens the stream.
   */
  readonly settlesAfterAbort?: boolean
  /**
   * For a generator: it produces each item only when the consumer asks for it, at a round trip per item. Without it, the
   * generator may be 32 items ahead.
   */
  readonly stepwise?: boolean
  /**
   * For a method or generator: what its arguments must be, as the schema of a list. It is asked when the call's turn has
   * come, and the method gets what the schema makes of the arguments. A call that it refuses rejects with `BAD_ARGUMENTS`,
   * and has not run.
   */
  readonly args?: ArgumentsSchema
}

/** An exposed member: what `@Exposed` records, hosts look up for each request, and proxies are told. */
export interface Member extends MemberOptions {
  readonly kind: MemberKind
}

/** Exposed members by name. */
export type Members = ReadonlyMap<string, Member>

export const property: Member = { kind: 'get set' }

export function canGet(kind: MemberKind): boolean {
  return kind === 'get' || kind === 'get set'
}

export function canSet(kind: MemberKind): boolean {
  return kind === 'set' || kind === 'get set'
}

/**
 * The member of this descriptor, as far as `exposed` allows: an override may be of another kind. Undefined where nothing
 * is left, and for a field, which has no code to guard it.
 */
export function memberOf(found: PropertyDescriptor | undefined, exposed: Member): Member | undefined {
  const kind = kindOf(found, exposed.kind)
  return kind === undefined ? undefined : { ...exposed, kind }
}

function kindOf(found: PropertyDescriptor | undefined, allowed: MemberKind): MemberKind | undefined {
  const value: unknown = found?.value
  if (typeof value === 'function') return allowed === 'set' ? undefined : functionKind(value)
  const isWritable = found?.set !== undefined && canSet(allowed)
  if (found?.get === undefined || allowed === 'set') return isWritable ? 'set' : undefined
  return isWritable ? 'get set' : 'get'
}

function functionKind(value: object): MemberKind {
  const tag: unknown = Reflect.get(value, Symbol.toStringTag)
  return tag === 'GeneratorFunction' || tag === 'AsyncGeneratorFunction' ? 'generator' : 'method'
}

/** Merges two records of one name: of a getter and its setter, or of a member and its override. */
export function merged(earlier: Member | undefined, later: Member): Member {
  return earlier === undefined ? later : { ...earlier, ...later, kind: both(earlier.kind, later.kind) }
}

function both(earlier: MemberKind, later: MemberKind): MemberKind {
  if (!canSet(earlier) && !canSet(later)) return later
  return earlier === later ? later : 'get set'
}

const refusals: ReadonlyMap<string, string> = new Map([
  ['constructor', 'it is the class, not a member'],
  ['then', 'await would take the proxy for a promise'],
  ['toJSON', "JSON.stringify of a proxy returns the proxy's reference"],
  ['__proto__', 'it leads to the prototype'],
  ['prototype', 'it leads to the prototype'],
])

/** Why a member of this name can't be exposed, or undefined when it can. */
export function refusalOf(name: string | symbol): string | undefined {
  return typeof name === 'symbol' ? 'a symbol has no name that another process knows' : refusals.get(name)
}

/** @throws TypeError naming the member and why remote calls may never reach it */
export function assertExposable(name: string | symbol, owner?: string): asserts name is string {
  const refusal = refusalOf(name)
  if (refusal !== undefined) throw notExposable(name, refusal, owner)
}

/** The error for a member that can't be exposed. A standard decorator doesn't know the class it is in: no `owner` then. */
export function notExposable(name: string | symbol, reason: string, owner?: string): TypeError {
  const member = owner === undefined ? String(name) : `${owner}.${String(name)}`
  return new TypeError(`${member} can't be exposed: ${reason}`)
}

/** Whether `properties: 'own'` may open a property of this name. */
export function isOpenName(name: string): boolean {
  return !name.startsWith('_') && refusalOf(name) === undefined
}

/** What the use of a member that isn't exposed is refused with. */
export function notExposed(typeid: string, name: string, options: { delivery?: Delivery } = {}): ManagerError {
  return new ManagerError(
    'NOT_EXPOSED',
    `${typeid}.${name} is not exposed; add @Exposed to allow remote calls`,
    options,
  )
}
