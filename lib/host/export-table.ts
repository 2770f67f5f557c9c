import { type CapturedContext, captureContext } from '../call-context.ts'
import { ManagerError } from '../errors.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import { entriesOf, type ReferentDescriptor, type Shape, weightOf } from '../wire/descriptor.ts'
import type { TargetId } from '../wire/message.ts'
import { dispatch } from './dispatch.ts'
import { Narrowed, NarrowedGrant } from './narrowed.ts'
import type { ObjectTable } from './object-table.ts'
import { Creation, type HostableTypes, type HostedType, type Pinner, Referent } from './referent.ts'

/**
 * The referents that one session was sent references to, with the count of those references. The session can reach
 * no others: an id that was never sent to it is refused.
 */
export class ExportTable implements Pinner {
  readonly #table: ObjectTable
  readonly #types: HostableTypes
  readonly #counts = new Map<TargetId, number>()
  /** What was narrowed among them, by ids and by secrets. */
  readonly #narrowed = new Map<TargetId, NarrowedGrant>()
  readonly #bySecret = new Map<string, NarrowedGrant>()
  /** In how many ways each referent was narrowed. */
  readonly #narrowedOf = new Map<Referent, number>()
  /** What the session has pinned; it may have released it since. */
  readonly #pinned = new Set<TargetId>()
  #pinnedOnly = 0
  readonly #typeNumbers = new Map<HostedType, number>()
  readonly #numberedTypes = new Map<number, HostedType>()
  #described = 0
  readonly #emptied: () => void
  #lastTypeNumber = 0

  /** @param emptied called whenever the peer has released its last reference */
  constructor(table: ObjectTable, types: HostableTypes, emptied: () => void = () => undefined) {
    this.#table = table
    this.#types = types
    this.#emptied = emptied
  }

  /** How many referents the session holds. */
  get size(): number {
    return this.#counts.size
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0
  }

  /** How many referents are kept for the session: those that it holds, and those that it has pinned and released. */
  get kept(): number {
    return this.#counts.size + this.#pinnedOnly
  }

  /** What the types that were described to it weigh. */
  get described(): number {
    return this.#described
  }

  /** Whether `value` can be exported: an object that is hosted or can be, or a host's answer that stands for one. */
  accepts(value: object): boolean {
    const isAnswer = value instanceof Creation || value instanceof Referent || value instanceof Narrowed
    return isAnswer || this.#typeOf(value) !== undefined
  }

  /** Hosts `value` if it isn't hosted yet, counts a reference to it and describes it; undefined for what isn't accepted. */
  export(value: object): ReferentDescriptor | undefined {
    if (value instanceof Narrowed) return this.#exportNarrowed(value)
    const referent = this.#referentOf(value)
    if (referent === undefined) return undefined
    // One that is handed over as such, by `attach` for instance, keeps the context of the program that it came from.
    if (referent.type.kind !== 'object' && value !== referent) referent.context = captureContext()
    if (this.#count(referent.id) === 1) this.#table.retain(referent)
    return {
      kind: 'referent',
      id: referent.id,
      secret: this.#table.capability(referent.id),
      ...this.#describe(referent.type),
    }
  }

  /** Undoes an `export` whose description was never sent. */
  unexport({ id, type: number, shape }: ReferentDescriptor): void {
    if (shape !== undefined) this.#undescribe(number, shape)
    this.released(id, 1)
  }

  /** Carries out a request on a referent of the session. @throws as `find` and `dispatch`; ManagerError `EXPIRED` */
  dispatch(call: IncomingCall): unknown {
    const { to } = call.request
    const narrowed = this.#narrowed.get(to)
    return narrowed === undefined ? dispatch(this.#table, this.find(to), call) : narrowed.dispatch(call)
  }

  /** @throws ManagerError `REFERENT_GONE`, for a referent that is gone as for an id that was never sent */
  find(id: TargetId): Referent {
    const referent = this.#counts.has(id) ? this.#table.get(id) : undefined
    if (referent !== undefined) return referent
    throw new ManagerError(
      'REFERENT_GONE',
      `no referent ${id} is held by this session: it is gone, or was never granted to it`,
    )
  }

  /** The async context that requests to this referent run in, where it has one of its own. */
  contextOf(id: TargetId): CapturedContext | undefined {
    return this.reached(id)?.context
  }

  /** The referent that requests to this id are for, also where the session has released it since. */
  reached(id: TargetId): Referent | undefined {
    return this.#narrowed.get(id)?.referent ?? this.#table.get(id)
  }

  /** How many references to the referent the session holds, each way in which it was narrowed as one. */
  countOf(referent: Referent): number {
    return (this.#counts.get(referent.id) ?? 0) + (this.#narrowedOf.get(referent) ?? 0)
  }

  /** What the session holds, by how many references each; what it holds narrowed, once for each way. */
  *held(): Generator<readonly [referent: Referent, count: number]> {
    for (const [id, count] of this.#counts) {
      const narrowed = this.#narrowed.get(id)
      const referent = this.reached(id)
      if (referent !== undefined) yield [referent, narrowed === undefined ? count : 1]
    }
  }

  /** The typeid of this referent, if the session holds a reference to it. */
  typeidOf(id: TargetId): string | undefined {
    const referent = this.#narrowed.get(id)?.referent ?? (this.#counts.has(id) ? this.#table.get(id) : undefined)
    return referent?.type.typeid
  }

  /** The peer releases one reference or several. @throws ManagerError `PROTOCOL` for more than it holds */
  released(to: TargetId, count: number): void {
    const held = this.#counts.get(to) ?? 0
    if (count > held)
      throw new ManagerError('PROTOCOL', `the peer gave back ${count} references to ${to} and held ${held}`)
    this.#counts.set(to, held - count)
    if (count < held) return
    this.#counts.delete(to)
    if (this.#pinned.has(to)) this.#pinnedOnly++
    this.#release(to)
    if (this.isEmpty) this.#emptied()
  }

  /** The peer passes a reference on outside of the session. */
  pinned(to: TargetId): void {
    if (!this.#counts.has(to)) return
    const id = this.#narrowed.get(to)?.pinnable ?? to
    if (this.#table.get(id) === undefined) return
    this.#table.pin(id, this)
    if (this.#pinned.has(id)) return
    this.#pinned.add(id)
    if (!this.#counts.has(id)) this.#pinnedOnly++
  }

  unpinned(id: TargetId): void {
    if (this.#pinned.delete(id) && !this.#counts.has(id)) this.#pinnedOnly--
  }

  /** The session has ended: releases all its references. */
  end(): void {
    for (const id of this.#counts.keys()) this.#release(id, true)
    this.#counts.clear()
  }

  /** Counts one more reference; returns how many there are. */
  #count(id: TargetId): number {
    const count = (this.#counts.get(id) ?? 0) + 1
    this.#counts.set(id, count)
    if (count === 1 && this.#pinned.has(id)) this.#pinnedOnly--
    return count
  }

  #exportNarrowed(narrowed: Narrowed): ReferentDescriptor {
    const { referent, secret, caveats } = narrowed
    const grant = this.#bySecret.get(secret) ?? new NarrowedGrant(this.#table, narrowed)
    const { id } = grant
    if (this.#count(id) === 1) {
      this.#narrowed.set(id, grant)
      this.#bySecret.set(secret, grant)
      this.#narrowedOf.set(referent, (this.#narrowedOf.get(referent) ?? 0) + 1)
    }
    const type = this.#describe(referent.type)
    return { kind: 'referent', id, secret, narrowed: { id: referent.id, caveats }, ...type }
  }

  #release(id: TargetId, isAbandoned = false): void {
    const narrowed = this.#narrowed.get(id)
    if (narrowed === undefined) return this.#table.release(id, isAbandoned)
    this.#narrowed.delete(id)
    this.#bySecret.delete(narrowed.narrowed.secret)
    const left = (this.#narrowedOf.get(narrowed.referent) ?? 0) - 1
    if (left > 0) this.#narrowedOf.set(narrowed.referent, left)
    else this.#narrowedOf.delete(narrowed.referent)
    narrowed.release(isAbandoned)
  }

  #referentOf(value: object): Referent | undefined {
    if (value instanceof Creation) return this.#table.host(value.instance, value.type, value.isOwned)
    if (value instanceof Referent) return this.#table.host(value.instance, value.type)
    const type = this.#typeOf(value)
    return type === undefined ? undefined : this.#table.host(value, type)
  }

  /** An object that was hosted before keeps its type: for one that a factory made, the class doesn't tell. */
  #typeOf(value: object): HostedType | undefined {
    return this.#table.known(value)?.type ?? this.#types.typeOf(value)
  }

  #describe(type: HostedType): { type: number; shape?: Shape } {
    const known = this.#typeNumbers.get(type)
    if (known !== undefined) return { type: known }
    const number = ++this.#lastTypeNumber
    this.#typeNumbers.set(type, number)
    this.#numberedTypes.set(number, type)
    const shape = shapeOf(type)
    this.#described += weightOf(shape)
    return { type: number, shape }
  }

  #undescribe(number: number, shape: Shape): void {
    const type = this.#numberedTypes.get(number)
    if (type === undefined) return
    this.#described -= weightOf(shape)
    this.#typeNumbers.delete(type)
    this.#numberedTypes.delete(number)
  }
}

/** What a holder must know of a type. */
export function shapeOf({ kind, typeid, members, hosting: { iterator, properties } }: HostedType): Shape {
  return { kind, typeid, members: entriesOf(members), iterator, properties: properties === 'own' ? 'own' : undefined }
}
