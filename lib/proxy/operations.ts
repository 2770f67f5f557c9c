import { shield } from '../call-context.ts'
import { assertOptions, isArray, isText, mustBe, shown } from '../options.ts'
import { callChecks, type CallOptions } from '../session/wait.ts'
import { assertDoSomething, type DialingOptions, dialingChecks } from '../transport/network-options.ts'
import { createProxy, type ProxyState, proxyStateOf } from './proxy.ts'
import { connectionPool } from './connection-pool.ts'
import { caveatOf, referenceChecks, type ReferenceOptions } from './narrowing.ts'
import { parseReference, type Reference } from './reference.ts'
import type { Remote } from './remote.ts'

// Operations are functions, not members of proxies, so that no name of a user's class can collide with them.

/** Whether `value` is a proxy of a referent; reads nothing of it. */
export function isProxy(value: unknown): value is Remote<unknown> {
  return proxyStateOf(value) !== undefined
}

/** Returns the typeid of the proxy's referent. @throws TypeError for what isn't a proxy */
export function typeidOf(proxy: object): string {
  return stateOf(proxy).entry.type.typeid
}

/**
 * Whether two proxies are of one referent, also where they came by different sessions, or were narrowed, and so are different
 * objects.
 * @throws TypeError for what isn't a proxy
 */
export function sameReferent(one: object, other: object): boolean {
  const [first, second] = [stateOf(one).entry, stateOf(other).entry]
  return first.capability.id === second.capability.id && first.location === second.location
}

/**
 * Returns the portable form of a proxy, for `attach` in another process, thread or program. Pins the referent for a minute,
 * in order with this session's other messages: the proxy may be released at once, and the reference still opens.
 *
 * With options it opens less: only some members, only for a time. The server holds whoever attaches to that, and whoever gets
 * the proxy from there on. So a proxy that was narrowed gives references that open no more than it does itself.
 * @throws TypeError for what isn't a proxy, unknown options, and members that the proxy has not; RangeError for a time that
 * can't be, and what is narrowed too often; ManagerError `RELEASED`
 */
export function refOf<T>(proxy: Remote<T>, options?: ReferenceOptions & { readonly methods?: never }): Reference<T>
export function refOf<T, Name extends keyof T & string>(
  proxy: Remote<T>,
  options: ReferenceOptions<Name> & { readonly methods: readonly Name[] },
): Reference<Pick<T, Name>>
export function refOf<T>(proxy: Remote<T>, options?: ReferenceOptions): Reference<T> {
  const { entry } = stateOf(proxy)
  assertOptions('refOf', options, referenceChecks)
  return entry.refer(caveatOf(entry.type, options ?? {})) as Reference<T>
}

/**
 * Turns a reference into a proxy, in any process that can reach the server's address. It needs no authkey: the
 * reference opens its own referent. Within one process all references to one server share a session, a manager's
 * where there is one, so that attaching twice gives the same proxy.
 *
 * @throws ManagerError `BAD_REFERENCE`, `REFERENT_GONE` (it lives no more, or its server ended), `EXPIRED`, `CONNECT_FAILED`,
 * `AUTH_FAILED` (the capability was altered), `TIMEOUT`, `ABORTED`; TypeError for what is no text, and unknown options
 */
export async function attach<T = unknown>(
  reference: Reference<T> | string,
  options?: CallOptions & DialingOptions,
): Promise<Remote<T>> {
  if (typeof reference !== 'string')
    throw mustBe('the reference to attach', reference, 'a text: that of refOf(proxy) or JSON.stringify(proxy)')
  assertOptions('attach', options, { ...callChecks, ...dialingChecks })
  const parts = parseReference(reference)
  assertDoSomething([parts.address], options ?? {})
  const proxy = await connectionPool.attach(parts, options)
  return proxy as Remote<T>
}

/**
 * Gives back the references of a proxy; later calls of it reject with `RELEASED`. Without it, the garbage collector does
 * so in its own time. `using proxy = ...` calls it at the end of the block.
 */
export function release(proxy: object): void {
  const { entry } = stateOf(proxy)
  entry.release()
}

/**
 * Returns a signal that aborts when the proxy's referent can't be reached any more, with the reason: its process or session has ended and is
 * not opened anew. It has aborted already where that is so. Of what lives in another client of the server, only calls
 * tell. Keep the proxy for as long as you want to know: once that is collected or released, nothing aborts.
 * @throws TypeError for what isn't a proxy or a remote function; ManagerError `RELEASED`
 */
export function lostSignal(proxy: object): AbortSignal {
  const state = stateOf(proxy)
  return stateOf(state.anchor ?? proxy).lost
}

/**
 * Returns a proxy of the same referent whose calls take these options; those the proxy has already stay where not given.
 * @throws TypeError for what isn't a proxy or a signal; RangeError for a time that can't be
 */
export function withOptions<T>(proxy: Remote<T>, options: CallOptions): Remote<T> {
  const state = stateOf(proxy)
  assertOptions('withOptions', options, callChecks)
  return createProxy(state.entry, { ...state.options, ...options }, state.anchor ?? proxy) as Remote<T>
}

/**
 * Calls a function, here or where it came from, to its end: it goes on when the call that it is called for is aborted or
 * times out, as nobody can know then how far it has come. Only with its session does it end: `SESSION_LOST`.
 */
export function callToEnd<A extends unknown[], T>(fn: (...args: A) => T | Promise<T>, ...args: A): T | Promise<T> {
  const unbounded = isProxy(fn) ? (withOptions(fn, { timeoutMs: 0 }) as unknown as typeof fn) : fn
  return shield(() => unbounded(...args))
}

/**
 * Calls a method by name. The server alone decides whether it is exposed. Python's `BaseProxy._callmethod`.
 * @throws (as a rejection) ManagerError `NOT_EXPOSED`, and whatever a call throws; TypeError for arguments in no array
 */
export function callMethod(proxy: object, name: string, args: readonly unknown[] = []): Promise<unknown> {
  return ask(proxy, (state) => {
    isText('the name of the method that callMethod calls', name)
    isArray('the list of arguments of callMethod', args)
    return state.call(name, args)
  })
}

/**
 * Returns a copy of what its class chose to show of the referent's state by `@Shared({ snapshot: [...] })`, or with `true` of all
 * its enumerable data properties, but for those whose names start with `_`. Python's `BaseProxy._getvalue`.
 * @throws (as a rejection) ManagerError `NOT_EXPOSED` where the class chose nothing
 */
export function snapshot(proxy: object): Promise<Record<string, unknown>> {
  return ask(proxy, (state) => {
    const { entry, options } = state
    const copy = entry.request({ kind: 'snapshot', to: entry.id }, options)
    return state.reported('snapshot', copy as Promise<Record<string, unknown>>)
  })
}

/**
 * Writes properties in one message, in the order given; exposed setters and accessors only. If one isn't writable,
 * none is written.
 * @throws (as a rejection) ManagerError `NOT_EXPOSED`, and what a setter throws
 */
export function assign<T>(proxy: Remote<T>, properties: Partial<T>): Promise<void> {
  return ask(proxy, (state) => {
    assertProperties(properties)
    const { entry, options } = state
    const assigned = entry.request({ kind: 'assign', to: entry.id, properties }, options)
    return state.reported('assign', assigned as Promise<void>)
  })
}

function assertProperties(properties: unknown): void {
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties) || isProxy(properties))
    throw mustBe('what assign is to write', properties, 'an object with the properties: assign(proxy, { name: value })')
}

/** Not an async function: that would return another promise than the one whose failures are reported. */
function ask<T>(proxy: object, request: (state: ProxyState) => Promise<T>): Promise<T> {
  try {
    return request(stateOf(proxy))
  } catch (error) {
    return rejected(error)
  }
}

async function rejected(thrown: unknown): Promise<never> {
  throw thrown
}

function stateOf(proxy: unknown): ProxyState {
  const state = proxyStateOf(proxy)
  if (state === undefined) throw notAProxy(proxy)
  return state
}

function notAProxy(given: unknown): TypeError {
  const advice =
    given instanceof Promise
      ? 'await it first'
      : 'one comes from manager.create, attach, or a call that returns a shared object'
  return new TypeError(`${shown(given)} is not a proxy: ${advice}`)
}
