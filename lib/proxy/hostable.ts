import { conductOf } from '../decorators/conduct.ts'
import type { Exposure, Exposures } from '../decorators/metadata.ts'
import { isClass } from '../decorators/registration.ts'
import { functionType, type HostableTypes, type HostedType, RegisteredTypes } from '../host/hosted-type.ts'
import { isSink, sinkType } from '../host/sink.ts'
import type { Registration } from '../registry.ts'
import type { MemberKind } from '../wire/descriptor.ts'
import { forward } from './forward.ts'
import type { RemoteType } from './remote-type.ts'
import { proxyStateOf } from './proxy.ts'

/** What can be hosted anywhere: functions, instances of registered classes, streams to write to, and proxies of what only this side can reach. */
export class Hostable implements HostableTypes {
  readonly #registrationOf: (Class: unknown) => Registration | undefined
  readonly #registered = new RegisteredTypes()
  readonly #forwarded = new WeakMap<RemoteType, HostedType>()

  constructor(registrationOf: (Class: unknown) => Registration | undefined) {
    this.#registrationOf = registrationOf
  }

  typeOf(value: object): HostedType | undefined {
    const members = proxyStateOf(value)?.entry.type
    if (members !== undefined) return this.#forwardedType(members)
    // A class is no function to call: its instances are shared, not itself.
    if (typeof value === 'function') return isClass(value) ? undefined : functionType
    const registration = this.#registrationOf(classOf(value))
    if (registration !== undefined) return this.#registered.typeOf(value, registration)
    return isSink(value) ? sinkType : undefined
  }

  /** The type of what a registration made. */
  registeredType(instance: object, registration: Registration): HostedType {
    return this.#registered.typeOf(instance, registration)
  }

  /** Requests to a hosted proxy go on to what it is a proxy of. */
  #forwardedType(members: RemoteType): HostedType {
    const known = this.#forwarded.get(members)
    if (known !== undefined) return known
    const { kind, typeid, iterator, properties } = members.shape
    const conduct = conductOf({ ...(iterator === undefined ? {} : { iterator }), properties: properties ?? 'exposed' })
    const type: HostedType = { kind, typeid, exposures: exposuresOf(members), conduct, forward }
    this.#forwarded.set(members, type)
    return type
  }
}

function classOf(value: object): unknown {
  const prototype: unknown = Object.getPrototypeOf(value)
  return typeof prototype === 'object' && prototype !== null ? prototype.constructor : undefined
}

function exposuresOf(members: RemoteType): Exposures {
  return new Map(members.shape.members.map(([name, kind, options]) => [name, { ...exposureOf(kind), ...options }]))
}

function exposureOf(kind: MemberKind): Exposure {
  switch (kind) {
    case 'method':
    case 'generator':
      return { kind }
    case 'get':
    case 'set':
    case 'get set':
      return { kind: 'property', readable: kind !== 'set', writable: kind !== 'get' }
  }
}
