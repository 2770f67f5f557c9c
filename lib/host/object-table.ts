import { atMost } from '../deadline.ts'
import { unref, warn } from '../platform/node.ts'
import { Running } from '../session/running.ts'
import type { TargetId } from '../wire/message.ts'
import { type HostedType, type Pinner, Referent } from './referent.ts'

/** How long a host that ends waits for disposals. */
export const disposalMs = 5000

export interface ObjectTableOptions {
  /** The secret that a reference to this id carries; the same whether or not the referent is still hosted. */
  readonly capability: (id: TargetId) => string
  readonly pinMs: number
}

/**
 * All referents of one host. A referent stays while a session holds a reference to it, a pin lasts, a call of it runs,
 * it has a name, or it is shared by its program. An id is never reused for another object.
 */
export class ObjectTable {
  readonly #options: ObjectTableOptions
  readonly #disposals = new Set<Promise<void>>()
  readonly #running = new Running()
  readonly #referents = new Map<TargetId, Referent>()
  /** Keeps referents that were dropped too: an object that is hosted again has the same id. */
  readonly #byInstance = new WeakMap<object, Referent>()
  readonly #byName = new Map<string, Referent>()
  readonly #counts = new Map<HostedType, number>()
  #lastId = 0

  constructor(options: ObjectTableOptions) {
    this.#options = options
  }

  get(id: TargetId): Referent | undefined {
    return this.#referents.get(id)
  }

  /** The referent of an object that is or was hosted. */
  known(instance: object): Referent | undefined {
    return this.#byInstance.get(instance)
  }

  /**
   * Hosts an object; one that is or was hosted keeps its referent, and so its id and type.
   * @param isOwned whether the host disposes of it
   */
  host(instance: object, type: HostedType, isOwned = false): Referent {
    const referent = this.#byInstance.get(instance) ?? new Referent(this.nextId(), type, instance)
    referent.isOwned ||= isOwned
    this.#byInstance.set(instance, referent)
    const { size } = this.#referents
    this.#referents.set(referent.id, referent)
    if (this.#referents.size > size) this.#count(referent.type, 1)
    return referent
  }

  /** An id that nothing has, and nothing will be given. */
  nextId(): TargetId {
    return ++this.#lastId as TargetId
  }

  /** Counts one more session that holds references to the referent. */
  retain(referent: Referent): void {
    referent.references++
  }

  /**
   * Counts one session less. The referent is dropped when nothing else holds it.
   * @param isAbandoned whether the session ended without releasing it
   */
  release(id: TargetId, isAbandoned = false): void {
    const referent = this.#referents.get(id)
    if (referent === undefined) return
    referent.references--
    referent.isAbandoned = isAbandoned
    this.#dropUnheld(referent)
  }

  /** Keeps the referent for `pinMs` from now on. All pins share one timer, whose end all who pinned it are told of. */
  pin(id: TargetId, pinner?: Pinner): void {
    const referent = this.#referents.get(id)
    if (referent === undefined) return
    if (pinner !== undefined) (referent.pinners ??= new Set()).add(pinner)
    if (referent.pins++ > 0) referent.lease?.refresh()
    else referent.lease = unref(setTimeout(() => this.#unpin(referent), this.#options.pinMs))
  }

  /** Keeps the referent while a call of it runs, until `leave`. */
  enter(referent: Referent): void {
    referent.running++
    this.#running.enter()
  }

  leave(referent: Referent): void {
    referent.running--
    this.#running.leave()
    this.#dropUnheld(referent)
  }

  /** Resolves when no call of any referent runs. */
  idle(): Promise<void> {
    return this.#running.over()
  }

  named(name: string): Referent | undefined {
    return this.#byName.get(name)
  }

  /** Names a referent, which keeps it until `forget`. */
  name(referent: Referent, name: string): void {
    referent.names.add(name)
    this.#byName.set(name, referent)
  }

  /** Removes a name. Its referent is dropped when nothing else holds it. */
  forget(name: string): void {
    const referent = this.#byName.get(name)
    if (referent === undefined) return
    this.#byName.delete(name)
    referent.names.delete(name)
    this.#dropUnheld(referent)
  }

  /** Keeps a referent until `unshare`. */
  share(referent: Referent): void {
    referent.isShared = true
  }

  unshare(referent: Referent): void {
    referent.isShared = false
    this.#dropUnheld(referent)
  }

  capability(id: TargetId): string {
    return this.#options.capability(id)
  }

  get size(): number {
    return this.#referents.size
  }

  /** How many referents there are of each type. */
  get counts(): ReadonlyMap<HostedType, number> {
    return this.#counts
  }

  /** All referents, each once: those that have names first, else the oldest first. Who takes but some looks at no others. */
  *inOrder(): Generator<Referent> {
    for (const [name, referent] of this.#byName) {
      const [first] = referent.names
      if (first === name) yield referent
    }
    for (const referent of this.#referents.values()) if (referent.names.size === 0) yield referent
  }

  list(): Referent[] {
    return [...this.#referents.values()]
  }

  /** From now on the host disposes of no referent it has: their state may be broken. */
  disown(): void {
    for (const referent of this.list()) referent.isOwned = false
  }

  /**
   * Drops all referents. Resolves when all disposals have completed, those that began earlier too, or after five seconds.
   */
  async clear(): Promise<void> {
    const referents = this.list()
    for (const { lease } of referents) clearTimeout(lease)
    this.#referents.clear()
    this.#counts.clear()
    this.#byName.clear()
    for (const referent of referents) this.#disposeOwned(referent)
    await atMost(disposalMs, Promise.all(this.#disposals))
  }

  #unpin(referent: Referent): void {
    referent.pins = 0
    for (const pinner of referent.pinners ?? []) pinner.unpinned(referent.id)
    referent.pinners = undefined
    this.#dropUnheld(referent)
  }

  #dropUnheld(referent: Referent): void {
    if (referent.isHeld || !this.#referents.delete(referent.id)) return
    this.#count(referent.type, -1)
    this.#disposeOwned(referent)
  }

  #count(type: HostedType, change: number): void {
    const count = (this.#counts.get(type) ?? 0) + change
    if (count === 0) this.#counts.delete(type)
    else this.#counts.set(type, count)
  }

  #disposeOwned(referent: Referent): void {
    if (!referent.isOwned) return
    // The object may be hosted again, where this process still has it; it is disposed of once only.
    referent.isOwned = false
    const disposal = disposeOf(referent).finally(() => this.#disposals.delete(disposal))
    this.#disposals.add(disposal)
  }
}

interface Disposed {
  [Symbol.asyncDispose]?(isAbandoned: boolean): unknown
  [Symbol.dispose]?(isAbandoned: boolean): unknown
}

/** Calls the object's `[Symbol.asyncDispose]`, else its `[Symbol.dispose]`, if it has one. Never rejects. */
async function disposeOf({ receiver, isAbandoned }: Referent): Promise<void> {
  try {
    const object: Disposed = receiver
    const dispose = object[Symbol.asyncDispose] ?? object[Symbol.dispose]
    await dispose?.call(object, isAbandoned)
  } catch (error) {
    // No caller waits for the disposal: https://nodejs.org/api/process.html#event-warning
    warn(error, 'DisposeWarning')
  }
}
