import type { CapturedContext } from '../call-context.ts'
import type { TargetId } from '../wire/message.ts'
import type { HostedType } from './hosted-type.ts'
import { SerialGate } from './serial-gate.ts'

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
