import type { CapturedContext } from '../call-context.ts'
import type { HostingOptions } from '../decorators/hosting-options.ts'
import type { Members } from '../decorators/member.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import type { ReferentKind } from '../wire/descriptor.ts'
import type { TargetId } from '../wire/message.ts'
import { SerialGate } from './serial-gate.ts'

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

/** A hosted object, and what keeps it hosted. */
export class Referent {
  readonly id: TargetId
  readonly type: HostedType
  /** What is hosted. */
  readonly instance: object
  /** What calls reach: the instance, unless its type adapts it. */
  readonly receiver: object
  /** Orders the calls of a serial referent. */
  readonly gate: SerialGate | undefined
  /** Sessions that hold a reference, or several. */
  references = 0
  /** References that travel. */
  pins = 0
  /** Runs out when the latest of them was long enough on its way. */
  lease: NodeJS.Timeout | undefined
  /** Calls that run. */
  running = 0
  /** Where it was handed over last: there the calls of a function run. */
  context: CapturedContext | undefined
  /** The names it was asked for by: several, where a factory gives it each time. It stays until all are forgotten. */
  readonly names: Set<string> = new Set()
  /** Shared by the hosting program itself: it stays until forgotten. */
  isShared = false
  /** Made by its host for a client and never handed to another object there since, or for whoever holds it: its host disposes it. */
  isOwned: boolean
  /** Whether the session that gave it back last ended with it. */
  isAbandoned = false

  constructor(id: TargetId, type: HostedType, instance: object) {
    this.id = id
    this.type = type
    this.instance = instance
    this.isOwned = type.hosting.disposeOnRelease === true
    this.receiver = type.adapt?.(instance) ?? instance
    this.gate = type.hosting.concurrency === 'serial' ? new SerialGate() : undefined
  }

  /**
   * What is hosted, for the host's own objects: they may keep it, so that none but they can know when it is done with.
   * What belongs to whoever holds it stays theirs: objects of the host hold nothing.
   */
  comeHome(): object {
    if (this.type.hosting.disposeOnRelease !== true) this.isOwned = false
    return this.instance
  }

  get isHeld(): boolean {
    return this.references > 0 || this.pins > 0 || this.running > 0 || this.names.size > 0 || this.isShared
  }
}

/**
 * An object that was made to be hosted, on its way to the client that asked for it: the reference made there hosts
 * it. If that is never made, the object is nobody's.
 */
export class Creation {
  readonly instance: object
  readonly type: HostedType

  /** Whether nothing else has it: then its host disposes of it with its last reference. */
  readonly isNew: boolean

  constructor(instance: object, type: HostedType, isNew: boolean) {
    this.instance = instance
    this.type = type
    this.isNew = isNew
  }
}
