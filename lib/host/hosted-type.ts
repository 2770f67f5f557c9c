import type { HostingOptions } from '../decorators/hosting-options.ts'
import type { Members } from '../decorators/member.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import type { ReferentKind } from '../wire/descriptor.ts'

/** What a host knows of a referent's type. One object for each, so that a session describes it once. */
export interface HostedType {
  readonly kind: ReferentKind
  readonly typeid: string
  readonly members: Members
  readonly hosting: HostingOptions
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
  members: new Map([['', { kind: 'method' }]]),
  hosting: {},
}
