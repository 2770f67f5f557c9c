import type { CapturedContext } from '../call-context.ts'
import type { HostingOptions } from '../decorators/hosting-options.ts'
import type { Members } from '../decorators/member.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import type { ReferentKind } from '../wire/descriptor.ts'
import type { TargetId } from '../wire/message.ts'
import { SerialGate } from './serial-gate.ts'

/** What a host knows of a type of referents. One object for each type, so that a session describes it once. */
export interface HostedType {
  readonly kind: ReferentKind
  readonly typeid: string
  readonly members: Members
  readonly hosting: HostingOptions
  /** Returns the object that calls reach, where that isn't the hosted one itself. */
  readonly adapt?: (hosted: object) => object
  /** Carries out a request where the hosted object is a proxy. */
  readonly forward?: (hosted: object, call: IncomingCall) => Promise<unknown>
}

/** Knows which values cross by reference, and their types. */
export interface HostableTypes {
  /** Undefined for what can't be hosted. Reads nothing of `value` but its class. */
  typeOf(value: object): HostedType | undefined
}

/** The type of every function that crosses: its one member, of the empty name, calls it. */
export const functionType: HostedType = {
  kind: 'function',
  typeid: 'Function',
  members: new Map([['', { kind: 'method' }]]),
  hosting: {},
}

/** Who has pinned referents. */
export interface Pinner {
  /** The pins of this one are over. */
  unpinned(id: TargetId): void
}

/** A hosted object, and what keeps it hosted. */
export class Referent {
  readonly id: TargetId
  readonly type: HostedType
  readonly instance: object
  /** What calls reach: the instance, unless its type adapts it. */
  readonly receiver: object
  /** Orders the calls of a serial referent. */
  readonly gate: SerialGate | undefined
  /** When it was first hosted, by `performance.now()`. */
  readonly sinceMs: number = performance.now()
  /** How many sessions hold references to it. */
  references = 0
  /** How many pins last. */
  pins = 0
  /** Who is to be told when they are over. */
  pinners: Set<Pinner> | undefined
  /** Ends all pins: a lease, which each pin renews. */
  lease: NodeJS.Timeout | undefined
  /** How many calls of it run. */
  running = 0
  /** The async context in which it was exported last: calls of a function run there. */
  context: CapturedContext | undefined
  /** Its names: several, where a factory returns it each time. It stays until all are forgotten. */
  readonly names: Set<string> = new Set()
  /** Whether its program shares it: then it stays until the program forgets it. */
  isShared = false
  /** Whether its host disposes of it: with `disposeOnRelease`, or made for a client and not passed to another object of the host. */
  isOwned: boolean
  /** Whether the last session that held it ended without releasing it. */
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
   * The hosted object, passed to code of the host. That may keep it, so the host no longer disposes of it, unless
   * `disposeOnRelease` says that only references count.
   */
  unwrap(): object {
    if (this.type.hosting.disposeOnRelease !== true) this.isOwned = false
    return this.instance
  }

  get isHeld(): boolean {
    return this.references > 0 || this.pins > 0 || this.running > 0 || this.names.size > 0 || this.isShared
  }
}

/**
 * An object that a client asked the server to make: the answer to that. It is hosted when the answer is encoded, which
 * exports it.
 */
export class Creation {
  readonly instance: object
  readonly type: HostedType

  /** Whether its host disposes of it: it is new, so that nothing else has it. */
  readonly isOwned: boolean

  constructor(instance: object, type: HostedType, isNew: boolean) {
    this.instance = instance
    this.type = type
    this.isOwned = isNew
  }
}
