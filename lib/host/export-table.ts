import { type CapturedContext, captureContext } from '../call-context.ts'
import { ManagerError } from '../errors.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import { type Descriptor, entriesOf, type Shape } from '../wire/descriptor.ts'
import type { TargetId } from '../wire/message.ts'
import { dispatch } from './dispatch.ts'
import type { ObjectTable } from './object-table.ts'
import { Creation, type HostableTypes, type HostedType, Referent } from './referent.ts'

type ReferentDescriptor = Descriptor & { kind: 'referent' }

/**
 * What one session has been granted of its host's referents. It is also all that the session can reach: an id that
 * was never granted to it leads nowhere.
 */
export class ExportTable {
  readonly #table: ObjectTable
  readonly #types: HostableTypes
  readonly #counts = new Map<TargetId, number>()
  readonly #typeNumbers = new Map<HostedType, number>()
  readonly #emptied: () => void
  #lastTypeNumber = 0

  /** @param emptied is told whenever the peer has given back the last grant */
  constructor(table: ObjectTable, types: HostableTypes, emptied: () => void = () => undefined) {
    this.#table = table
    this.#types = types
    this.#emptied = emptied
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0
  }

  /** Whether `value` can be granted: an object that is hosted or can be, or what its host itself answers with. */
  accepts(value: object): boolean {
    return value instanceof Creation || value instanceof Referent || this.#typeOf(value) !== undefined
  }

  /** Hosts `value` if it isn't yet, counts a reference to it and describes it; undefined for what isn't accepted. */
  grant(value: object): ReferentDescriptor | undefined {
    const referent = this.#referentOf(value)
    if (referent === undefined) return undefined
    if (referent.type.kind !== 'object') referent.context = captureContext()
    const held = this.#counts.get(referent.id) ?? 0
    if (held === 0) this.#table.retain(referent)
    this.#counts.set(referent.id, held + 1)
    return {
      kind: 'referent',
      id: referent.id,
      secret: this.#table.capability(referent.id),
      ...this.#describe(referent.type),
    }
  }

  /** Takes back a grant whose description was never sent. */
  unexport({ id, type: number, shape }: ReferentDescriptor): void {
    if (shape !== undefined)
      for (const [type, known] of this.#typeNumbers) if (known === number) this.#typeNumbers.delete(type)
    this.released(id, 1)
  }

  /** Carries out a request on what the session holds. @throws as `find` and `dispatch` */
  dispatch(call: IncomingCall): unknown {
    return dispatch(this.#table, this.find(call.request.to), call)
  }

  /**
   * What the session holds under this id, as it comes home.
   * @throws ManagerError `REFERENT_GONE`
   */
  comeHome(id: TargetId): object {
    return this.find(id).comeHome()
  }

  /** @throws ManagerError `REFERENT_GONE`, alike for what is gone and what was never granted */
  find(id: TargetId): Referent {
    const referent = this.#counts.has(id) ? this.#table.get(id) : undefined
    if (referent !== undefined) return referent
    throw new ManagerError(
      'REFERENT_GONE',
      `no referent ${id} is held by this session: it is gone, or was never granted to it`,
    )
  }

  /** The async context that requests to it run in, where it has one of its own. */
  contextOf(id: TargetId): CapturedContext | undefined {
    return this.#table.get(id)?.context
  }

  /** The typeid of what the session holds under this id, if it does. */
  typeidOf(id: TargetId): string | undefined {
    return this.#counts.has(id) ? this.#table.get(id)?.type.typeid : undefined
  }

  /** The peer gives back so many references, one at least. @throws ManagerError `PROTOCOL` for more than it holds */
  released(to: TargetId, count: number): void {
    const held = this.#counts.get(to) ?? 0
    if (count > held)
      throw new ManagerError('PROTOCOL', `the peer gave back ${count} references to ${to} and held ${held}`)
    this.#counts.set(to, held - count)
    if (count < held) return
    this.#counts.delete(to)
    this.#table.release(to)
    if (this.isEmpty) this.#emptied()
  }

  /** The peer lets a reference travel outside the session. */
  pinned(to: TargetId): void {
    if (this.#counts.has(to)) this.#table.pin(to)
  }

  /** Gives back all that the session held. */
  end(): void {
    for (const id of this.#counts.keys()) this.#table.release(id, true)
    this.#counts.clear()
  }

  #referentOf(value: object): Referent | undefined {
    if (value instanceof Creation) return this.#table.host(value.instance, value.type, value.isNew)
    if (value instanceof Referent) return this.#table.host(value.instance, value.type)
    const type = this.#typeOf(value)
    return type === undefined ? undefined : this.#table.host(value, type)
  }

  /** What was ever hosted stays what it was: of what a factory made, the class says nothing. */
  #typeOf(value: object): HostedType | undefined {
    return this.#table.known(value)?.type ?? this.#types.typeOf(value)
  }

  #describe(type: HostedType): { type: number; shape?: Shape } {
    const known = this.#typeNumbers.get(type)
    if (known !== undefined) return { type: known }
    const number = ++this.#lastTypeNumber
    this.#typeNumbers.set(type, number)
    return { type: number, shape: shapeOf(type) }
  }
}

function shapeOf({ kind, typeid, members, hosting: { iterator, properties } }: HostedType): Shape {
  return { kind, typeid, members: entriesOf(members), iterator, properties: properties === 'own' ? 'own' : undefined }
}
