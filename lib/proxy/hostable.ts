import type { Member } from '../decorators/member.ts'
import type { AnyClass } from '../decorators/metadata.ts'
import { isClass } from '../decorators/registration.ts'
import { functionType, type HostableTypes, type HostedType } from '../host/referent.ts'
import { isSink, sinkType } from '../host/sink.ts'
import type { Registration } from '../registry.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import type { Request } from '../session/request.ts'
import { StreamReader } from '../session/incoming-stream.ts'
import type { TargetId } from '../wire/message.ts'
import type { ImportEntry } from './import-entry.ts'
import { proxyStateOf } from './proxy.ts'
import type { RemoteType } from './remote-type.ts'

/** Knows the classes whose instances cross by reference. */
interface KnownClasses {
  /** The registration of exactly this class. */
  find(Class: AnyClass): Registration | undefined
}

/** What every host can host: functions, instances of registered classes, writable streams, and proxies that only this process can call. */
export class Hostable implements HostableTypes {
  readonly #classes: KnownClasses
  readonly #forwarded = new WeakMap<RemoteType, HostedType>()

  constructor(classes: KnownClasses) {
    this.#classes = classes
  }

  typeOf(value: object): HostedType | undefined {
    const remote = proxyStateOf(value)?.entry.type
    if (remote !== undefined) return this.#forwardedType(remote)
    // A class isn't a function to call: its instances are shared, not the class itself.
    if (typeof value === 'function') return isClass(value) ? undefined : functionType
    const Class = classOf(value)
    const registration = Class && this.#classes.find(Class)
    if (registration !== undefined) return registration.typeOf(value)
    return isSink(value) ? sinkType : undefined
  }

  #forwardedType(remote: RemoteType): HostedType {
    const known = this.#forwarded.get(remote)
    if (known !== undefined) return known
    const type = forwardedType(remote)
    this.#forwarded.set(remote, type)
    return type
  }
}

function classOf(value: object): AnyClass | undefined {
  const prototype: unknown = Object.getPrototypeOf(value)
  const constructor: unknown = typeof prototype === 'object' ? prototype?.constructor : undefined
  return typeof constructor === 'function' ? (constructor as unknown as AnyClass) : undefined
}

/** The type of a hosted proxy, which forwards requests. */
function forwardedType({ shape, members }: RemoteType): HostedType {
  const { kind, typeid, iterator, properties } = shape
  return { kind, typeid, members, hosting: { iterator, properties }, forward }
}

/**
 * Forwards a request to the process that hosts the referent of `proxy`, which checks it. When the caller no longer waits,
 * that process is told.
 * @throws (as a rejection) what a call of the proxy throws
 */
async function forward(proxy: object, call: IncomingCall): Promise<unknown> {
  const entry = proxyStateOf(proxy)?.entry
  const result = await entry?.request(requestTo(entry.id, call), { signal: call.signal })
  if (result instanceof StreamReader && calledMember(entry, call)?.stepwise === true) result.takeNoneAhead()
  return result
}

function calledMember(entry: ImportEntry | undefined, { request }: IncomingCall): Member | undefined {
  return request.kind === 'call' ? entry?.type.members.get(request.method) : undefined
}

function requestTo(to: TargetId, call: IncomingCall): Request {
  const { request } = call
  switch (request.kind) {
    case 'call':
      return { kind: 'call', to, method: request.method, args: call.args(), awaited: request.awaited === true }
    case 'get':
      return { kind: 'get', to, property: request.property }
    case 'assign':
      return { kind: 'assign', to, properties: call.properties() }
    case 'snapshot':
      return { kind: 'snapshot', to }
  }
}
