import { currentContext } from '../call-context.ts'
import type { Member } from '../decorators/member.ts'
import type { CallOptions } from '../session/wait.ts'
import type { Request } from '../session/request.ts'
import { passedSignal, withOwn } from '../session/passed-signal.ts'
import type { ImportEntry } from './import-entry.ts'
import type { Reference } from './reference.ts'
import { RemoteGenerator, RemoteSink, StepIterator } from './remote-streams.ts'
import { ReportedPromise } from './reported-promise.ts'

// A registered symbol, so that two copies of this package know each other's proxies.
const stateKey: unique symbol = Symbol.for('referent.proxy')
const inspectKey: unique symbol = Symbol.for('nodejs.util.inspect.custom')

type Stub = (...args: unknown[]) => unknown

/** The state behind a proxy. */
export class ProxyState {
  readonly entry: ImportEntry
  readonly options: CallOptions | undefined
  /** The proxy itself: its functions keep it, so that it isn't collected during a call. */
  proxy: object | undefined
  readonly #stubs = new Map<string, Stub>()
  #lost: AbortController | undefined
  /** For a proxy with options, the proxy of the entry, which it keeps. */
  readonly anchor: object | undefined

  constructor(entry: ImportEntry, options?: CallOptions, anchor?: object) {
    this.entry = entry
    this.options = options
    this.anchor = anchor
  }

  /** Returns the value of a member on the proxy: a function, or the promise of a property; undefined for all else. */
  member(name: string): unknown {
    return this.#stubs.get(name) ?? this.#made(name)
  }

  #made(name: string): unknown {
    const member = this.entry.type.member(name)
    switch (member?.kind) {
      case 'method':
        return this.#keep(name, (...args) => this.call(name, args))
      case 'generator':
        return this.#keep(name, (...args) => this.#generator(name, args))
      case 'get':
      case 'get set':
        return this.#request(name, member, { kind: 'get', to: this.entry.id, property: name })
      case 'set':
        return undefined
      case undefined:
        return this.entry.type.hides(name) ? this.#keep(name, () => this.#refuse(name)) : undefined
    }
  }

  /** Calls a method, whether or not it is exposed: the server checks that. */
  call(method: string, args: readonly unknown[]): Promise<unknown> {
    const { id, type } = this.entry
    const member = type.members.get(method)
    return this.#request(method, member, {
      kind: 'call',
      to: id,
      method,
      args,
      awaited: member?.settlesAfterAbort === true,
    })
  }

  /**
   * Like `promise`, which is a call of this member. Failures that nobody takes are reported for calls that are made inside
   * another call, and for those of functions and streams that a peer handed over: the program didn't make them.
   */
  reported<T>(method: string, promise: Promise<T>): Promise<T> {
    const { entry } = this
    const { typeid, shape } = entry.type
    const isOwn = shape.kind === 'object' && entry.server !== undefined && currentContext() === undefined
    if (isOwn) return promise
    return ReportedPromise.of(promise, (error) => entry.report({ error, typeid, method }))
  }

  /** Aborts when the referent is lost. Only the proxy keeps it, as its listeners may keep the proxy. */
  get lost(): AbortSignal {
    if (this.#lost === undefined) {
      this.entry.refuseReleased()
      this.#lost = new AbortController()
      this.entry.watch()
    }
    return this.#lost.signal
  }

  lose(reason: unknown): void {
    this.#lost?.abort(reason)
  }

  /** Returns what `for await` over the proxy calls; undefined where the class has no `iterator`. */
  iterator(): unknown {
    const { iterator: name } = this.entry.type.shape
    const kind = name === undefined ? undefined : this.entry.type.members.get(name)?.kind
    if (name === undefined || kind === undefined) return undefined
    if (kind === 'generator') return this.member(name)
    return () => new StepIterator(() => this.call(name, []))
  }

  /** Returns a line for people, without secrets or state. */
  describe(): string {
    const { capability, type, isReleased } = this.entry
    const narrowed = capability.caveats === undefined ? '' : ', narrowed'
    return `Remote<${type.typeid}> { id: ${capability.id}${narrowed}${isReleased ? ', released' : ''} }`
  }

  /** The same for all proxies of one referent, and for no others, so that libraries which compare objects tell them apart. */
  get tag(): string {
    const { capability, type, location } = this.entry
    return `Remote<${type.typeid}> ${capability.id} of ${location}`
  }

  static {
    Object.defineProperty(this.prototype, inspectKey, { value: describeProxy })
  }

  #generator(name: string, args: readonly unknown[]): RemoteGenerator {
    const member = this.entry.type.members.get(name)
    const [options, passed] = [optionsFor(member, this.options), passedSignal(args)]
    return new RemoteGenerator(name, () => this.call(name, args), {
      signal: passed === undefined ? options?.signal : withOwn(options?.signal, passed),
      timeoutMs: options?.timeoutMs,
      isStepwise: member?.stepwise === true,
    })
  }

  #request(name: string, member: Member | undefined, request: Request): Promise<unknown> {
    const { entry } = this
    const options = optionsFor(member, this.options)
    const isRepeated = member?.idempotent === true
    return this.reported(name, isRepeated ? entry.requestAgain(request, options) : entry.request(request, options))
  }

  #keep(name: string, stub: Stub): Stub {
    this.#stubs.set(name, stub)
    return stub
  }

  async #refuse(name: string): Promise<never> {
    throw this.entry.type.notExposed(name)
  }
}

/** The options of a caller, with the time of the member where they have none. */
function optionsFor(member: Member | undefined, given: CallOptions | undefined): CallOptions | undefined {
  return member?.timeoutMs === undefined ? given : { timeoutMs: member.timeoutMs, ...given }
}

/** `inspect` finds it behind the proxy, and calls it on the proxy (`formatValue` in lib/internal/util/inspect.js). */
function describeProxy(this: unknown): string | undefined {
  return proxyStateOf(this)?.describe()
}

/** Creates a proxy of an entry. One with options is made beside the entry's own proxy, `anchor`, and keeps that. */
export function createProxy(entry: ImportEntry, options?: CallOptions, anchor?: object): object {
  const state = new ProxyState(entry, options, anchor)
  state.proxy = proxyFor(state)
  return state.proxy
}

function proxyFor(state: ProxyState): object {
  switch (state.entry.type.shape.kind) {
    case 'object':
      return new Proxy(shellOf(state), traps)
    case 'function':
      return remoteFunction(state)
    case 'sink':
      return remoteSink(state)
  }
}

/** A function whose calls run in the process that it came from. */
function remoteFunction(state: ProxyState): object {
  const call = (...args: unknown[]): Promise<unknown> => state.call('', args)
  const release = (): void => state.entry.release()
  return Object.defineProperties(call, {
    name: { value: 'remote' },
    [stateKey]: { value: state },
    [Symbol.dispose]: { value: release },
  })
}

/** The state behind `value`, if it is a proxy, a remote function or a remote stream. */
export function proxyStateOf(value: unknown): ProxyState | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined
  return (value as { readonly [stateKey]?: ProxyState })[stateKey]
}

/** A stream that writes in the process that it came from. */
function remoteSink(state: ProxyState): object {
  return Object.defineProperty(new RemoteSink(state), stateKey, { value: state })
}

/** The target of a `Proxy`. What can't copy a proxy, such as `structuredClone`, names its tag. */
interface Shell {
  readonly [stateKey]: ProxyState
}

function shellOf(state: ProxyState): Shell {
  return {
    __proto__: null,
    [stateKey]: state,
    [inspectKey]: describeProxy,
    [Symbol.toStringTag]: `remote ${state.entry.type.typeid}; hand over refOf(proxy), and attach to that`,
  } as Shell
}

const traps: ProxyHandler<Shell> = {
  get: ({ [stateKey]: state }, key) =>
    typeof key === 'string' ? stringProperty(state, key) : symbolProperty(state, key),
  set(shell, key) {
    throw unlike(shell, `a property of it can't be set in place; await assign(proxy, { ${String(key)}: value })`)
  },
  has: ({ [stateKey]: state }, key) => typeof key === 'string' && state.entry.type.member(key) !== undefined,
  getPrototypeOf: ({ [stateKey]: state }) => state.entry.type.prototype ?? ProxyState.prototype,
  setPrototypeOf(shell) {
    throw unlike(shell, "it can't be given another prototype")
  },
  defineProperty(shell, key) {
    throw unlike(shell, `${String(key)} can't be defined on it; await assign(proxy, { ${String(key)}: value })`)
  },
  deleteProperty(shell, key) {
    throw unlike(shell, `${String(key)} can't be deleted from it: only its own methods can`)
  },
  preventExtensions(shell) {
    throw unlike(shell, "it can't be frozen or sealed; refOf(proxy) is a text of it")
  },
  getOwnPropertyDescriptor: () => undefined,
  ownKeys: () => [],
}

/** The error for what can be done to an object and not to a proxy. */
function unlike({ [stateKey]: { entry } }: Shell, why: string): TypeError {
  return new TypeError(`a remote ${entry.type.typeid} lives elsewhere: ${why}`)
}

// No function in this one: each call of a method comes through here, and V8 would make the scope of the function every time.
function stringProperty(state: ProxyState, name: string): unknown {
  switch (name) {
    case 'toJSON':
      return referenceOf(state)
    case 'constructor':
      return state.entry.type.Class
    default:
      return state.member(name)
  }
}

function referenceOf(state: ProxyState): () => Reference {
  return () => state.entry.refer()
}

function symbolProperty(state: ProxyState, key: symbol): unknown {
  switch (key) {
    case stateKey:
      return state
    case inspectKey:
    case Symbol.toPrimitive:
      return () => state.describe()
    case Symbol.dispose:
      return () => state.entry.release()
    case Symbol.asyncDispose:
      return async () => state.entry.release()
    case Symbol.asyncIterator:
      return state.iterator()
    case Symbol.toStringTag:
      return state.tag
    default:
      return undefined
  }
}
