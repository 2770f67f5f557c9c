import { type Conduct, conductOf } from '../decorators/conduct.ts'
import type { Exposures } from '../decorators/metadata.ts'
import type { Registration } from '../registry.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import type { ReferentKind } from '../wire/descriptor.ts'

/** What a host knows of a referent's type. One object for each, so that a session describes it once. */
export interface HostedType {
  readonly kind: ReferentKind
  readonly typeid: string
  readonly exposures: Exposures
  readonly conduct: Conduct
  /** Gives the object whose members are reached, where that isn't the hosted one itself. */
  readonly adapt?: (hosted: object) => object
  /** Carries out a request where the hosted object is but a proxy of what can. */
  readonly forward?: (hosted: object, call: IncomingCall) => Promise<unknown>
}

/** Knows what crosses by reference, and as what. */
export interface HostableTypes {
  /** Undefined for what can't be hosted. Reads nothing of `value` but its class. */
  typeOf(value: object): HostedType | undefined
}

/** The type of every function that crosses: it has one member, the call of itself. */
export const functionType: HostedType = {
  kind: 'function',
  typeid: 'Function',
  exposures: new Map([['', { kind: 'method' }]]),
  conduct: conductOf({}),
}

/** The types of registered classes and factories, each made once. */
export class RegisteredTypes {
  readonly #types = new WeakMap<Registration, WeakMap<Exposures, HostedType>>()

  typeOf(instance: object, registration: Registration): HostedType {
    const { typeid, conduct } = registration
    const exposures = registration.exposuresFor(instance)
    const types = this.#types.get(registration) ?? new WeakMap<Exposures, HostedType>()
    this.#types.set(registration, types)
    const known = types.get(exposures)
    if (known !== undefined) return known
    const type: HostedType = { kind: 'object', typeid, exposures, conduct }
    types.set(exposures, type)
    return type
  }
}
