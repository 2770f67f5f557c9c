import { isClass } from '../decorators/registration.ts'
import { functionType, type HostableTypes, type HostedType } from '../host/hosted-type.ts'
import { isSink, sinkType } from '../host/sink.ts'
import type { Registration } from '../registry.ts'
import { forwardedType } from './forward.ts'
import { proxyStateOf } from './proxy.ts'
import type { RemoteType } from './remote-type.ts'

/** What can be hosted anywhere: functions, instances of registered classes, streams to write to, and proxies of what only this side can reach. */
export class Hostable implements HostableTypes {
  readonly #registrationOf: (Class: unknown) => Registration | undefined
  readonly #forwarded = new WeakMap<RemoteType, HostedType>()

  constructor(registrationOf: (Class: unknown) => Registration | undefined) {
    this.#registrationOf = registrationOf
  }

  typeOf(value: object): HostedType | undefined {
    const remote = proxyStateOf(value)?.entry.type
    if (remote !== undefined) return this.#forwardedType(remote)
    // A class is no function to call: its instances are shared, not itself.
    if (typeof value === 'function') return isClass(value) ? undefined : functionType
    const registration = this.#registrationOf(classOf(value))
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

function classOf(value: object): unknown {
  const prototype: unknown = Object.getPrototypeOf(value)
  return typeof prototype === 'object' && prototype !== null ? prototype.constructor : undefined
}
