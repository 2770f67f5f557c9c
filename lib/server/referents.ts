import { randomBytes } from 'node:crypto'
import { onAbort } from '../abort.ts'
import { deriveCapability, narrowCapability, type Nonces, proveCapability, ServerIdentity } from '../auth/proofs.ts'
import { equalTexts } from '../platform/node.ts'
import { runInCall } from '../call-context.ts'
import type { AnyClass } from '../decorators/metadata.ts'
import { ManagerError } from '../errors.ts'
import { withChecked } from '../host/checked-arguments.ts'
import { ObjectTable } from '../host/object-table.ts'
import { shapeOf } from '../host/export-table.ts'
import { Narrowed } from '../host/narrowed.ts'
import { Creation, type Referent } from '../host/referent.ts'
import { longestTimerMs } from '../deadline.ts'
import { connectionPool } from '../proxy/connection-pool.ts'
import { Hostable } from '../proxy/hostable.ts'
import type { ImportEntry } from '../proxy/import-entry.ts'
import { parseReference } from '../proxy/reference.ts'
import type { Registration } from '../registry.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import type { Shape } from '../wire/descriptor.ts'
import type { TargetId } from '../wire/message.ts'
import type { Loopback } from './loopback.ts'

const defaultPinMs = 60_000

/** The types that a server may create: all that a client can name. */
export interface TypeCatalogue {
  /** @throws ManagerError `MODULE_FAILED` for one whose module failed */
  get(typeid: string): Registration | undefined
  /** The registration of exactly this class. */
  find(Class: AnyClass): Registration | undefined
  /** The class of a typeid, where it is one; unlike `get`, it throws nothing. */
  classOf(typeid: string): AnyClass | undefined
  typeids(): readonly string[]
}

/** All that a server hosts: makes it, names it and finds it. */
export class Referents {
  readonly identity: ServerIdentity = new ServerIdentity()
  readonly types: TypeCatalogue
  readonly hostable: Hostable
  readonly table: ObjectTable
  readonly #loopback: Loopback
  readonly #making = new Map<string, Promise<void>>()
  /** Waits for a name: each looks whether the new one is its own. */
  readonly #expecting = new Set<() => void>()

  /** @throws RangeError for a lease that no timer can keep */
  constructor(types: TypeCatalogue, loopback: Loopback, pinMs: number = defaultPinMs) {
    if (!(pinMs >= 0 && pinMs <= longestTimerMs))
      throw new RangeError(
        `pinMs is ${pinMs}; it must be from 0 to ${longestTimerMs} (24 days); a name keeps a referent for longer`,
      )
    const secretKey = randomBytes(32)
    this.types = types
    this.#loopback = loopback
    this.hostable = new Hostable(types)
    this.table = new ObjectTable({ capability: (id) => deriveCapability(secretKey, id), pinMs })
  }

  /**
   * Makes an instance, for the session that asks.
   * @throws ManagerError `UNKNOWN_TYPEID`, `MODULE_FAILED`, `BAD_ARGUMENTS`; and what the constructor throws
   */
  create(typeid: string, args: readonly unknown[], call: IncomingCall): Creation | Promise<Creation> {
    const registration = this.types.get(typeid)
    if (registration === undefined) throw unknownTypeid(typeid, this.types.typeids())
    const { args: schema } = registration.hosting
    const make = (given: readonly unknown[]): object | Promise<object> => registration.make(given)
    const made = runInCall(call, () => (schema === undefined ? make(args) : withChecked(schema, args, call, make)))
    const created = (instance: object): Creation =>
      new Creation(instance, registration.typeOf(instance), registration.isClass)
    return made instanceof Promise ? made.then(created) : created(made)
  }

  /**
   * The referent of this name; made where there is none, once for all that ask at the same time.
   * @throws ManagerError `NAME_TAKEN` where one of another typeid has the name; and as `create`
   */
  async named(name: string, typeid: string, args: readonly unknown[], call: IncomingCall): Promise<Referent> {
    // As often as another one begins to make it: the maker before may have failed.
    for (let making = this.#making.get(name); making !== undefined; making = this.#making.get(name)) await making
    const known = this.table.named(name)
    if (known === undefined) return this.#makeNamed(name, typeid, args, call)
    if (known.type.typeid === typeid) return known
    throw new ManagerError(
      'NAME_TAKEN',
      `'${name}' is the name of a ${known.type.typeid}, not of a ${typeid}; choose another name`,
    )
  }

  /** @throws ManagerError `UNKNOWN_NAME` */
  lookup(name: string): Referent {
    const referent = this.table.named(name)
    if (referent !== undefined) return referent
    throw unknownName(name)
  }

  /**
   * Like `lookup`, for a name that is expected to be given soon.
   * @throws (as a rejection) ManagerError `UNKNOWN_NAME` after `waitMs`; the reason of `signal`
   */
  expect(name: string, waitMs: number, signal: AbortSignal): Promise<Referent> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        this.#expecting.delete(look)
        clearTimeout(timer)
        stop()
        settle()
      }
      const look = (): void => {
        const referent = this.table.named(name)
        if (referent !== undefined) end(() => resolve(referent))
      }
      const timer = setTimeout(() => end(() => reject(unknownName(name))), Math.min(waitMs, longestTimerMs)).unref()
      const stop = onAbort(signal, () => end(() => reject(signal.reason as Error)))
      this.#expecting.add(look)
      look()
    })
  }

  /** Takes a name away: its referent goes when nothing else holds it. @throws ManagerError `UNKNOWN_NAME` */
  forget(name: string): void {
    this.lookup(name)
    this.table.forget(name)
  }

  /** Hosts an existing object of this process until it is no longer shared. @throws ManagerError `UNKNOWN_TYPEID` */
  share(instance: object): Referent {
    const type = this.hostable.typeOf(instance)
    if (type === undefined) {
      throw new ManagerError(
        'UNKNOWN_TYPEID',
        `an instance of ${instance.constructor.name} can't be shared: decorate the class with @Shared(), or use Manager.register`,
      )
    }
    const referent = this.table.host(instance, type)
    this.table.share(referent)
    return referent
  }

  /** The secret of the reference to this id with these caveats, whether or not there is a referent. */
  capability(id: TargetId, caveats: readonly string[]): string {
    return caveats.reduce(narrowCapability, this.table.capability(id))
  }

  /**
   * The referent that a capability opens whose knowledge was proved in the session of these nonces, or what its caveats leave
   * of it.
   * @throws ManagerError `AUTH_FAILED` for a wrong proof, `REFERENT_GONE`, `EXPIRED`; `PROTOCOL` for caveats that aren't known
   */
  attach(id: TargetId, caveats: readonly string[], proof: string, nonces: Nonces): Referent | Narrowed {
    const secret = this.capability(id, caveats)
    const referent = this.#open(id, equalTexts(proveCapability(secret, id, nonces), proof))
    if (caveats.length === 0) return referent
    const narrowed = new Narrowed(referent, secret, caveats)
    narrowed.rights.refuseExpired(referent.type.typeid)
    return narrowed
  }

  /**
   * What a reference leads to that came inside a message: a referent of this server itself, or a proxy of another's, or of what
   * is left of one of this server.
   */
  openReference(reference: string, shape: Shape): object {
    const parts = parseReference(reference)
    const { serverId, id, secret, caveats = [] } = parts
    if (serverId !== this.identity.serverId) return connectionPool.open(reference, shape)
    const referent = this.#open(id, equalTexts(this.capability(id, caveats), secret))
    return caveats.length === 0 ? referent.unwrap() : this.#loopback.open(parts, shapeOf(referent.type))
  }

  /** What a proxy leads to that is of this server itself; undefined for all others, and where that is gone. */
  own(entry: ImportEntry): Referent | Narrowed | undefined {
    const capability = this.#loopback.capabilityOf(entry)
    const referent = capability && this.table.get(capability.id)
    if (referent === undefined || capability?.caveats === undefined) return referent
    return new Narrowed(referent, capability.secret, capability.caveats)
  }

  /** @throws ManagerError `REFERENT_GONE` */
  find(id: TargetId): Referent {
    const referent = this.table.get(id)
    if (referent !== undefined) return referent
    throw new ManagerError('REFERENT_GONE', `the referent ${id} lives no more: its last holder gave it up`)
  }

  #open(id: TargetId, isProved: boolean): Referent {
    if (!isProved)
      throw new ManagerError(
        'AUTH_FAILED',
        `the capability of the reference to ${id} was altered: pass it on as it was`,
      )
    return this.find(id)
  }

  async #makeNamed(name: string, typeid: string, args: readonly unknown[], call: IncomingCall): Promise<Referent> {
    let settle = (): void => undefined
    this.#making.set(name, new Promise((resolve) => (settle = resolve)))
    try {
      const { instance, type, isOwned } = await this.create(typeid, args, call)
      const referent = this.table.host(instance, type, isOwned)
      this.table.name(referent, name)
      for (const look of this.#expecting) look()
      return referent
    } finally {
      this.#making.delete(name)
      settle()
    }
  }
}

function unknownName(name: string): ManagerError {
  const message = `no referent has the name '${name}'; manager.named('${name}', Class, ...) makes one`
  return new ManagerError('UNKNOWN_NAME', message)
}

function unknownTypeid(typeid: string, known: readonly string[]): ManagerError {
  const list = known.length === 0 ? 'none is registered' : `registered are ${known.join(', ')}`
  return new ManagerError(
    'UNKNOWN_TYPEID',
    `no class is registered as '${typeid}' (${list}); decorate it with @Shared(), or use Manager.register`,
  )
}
