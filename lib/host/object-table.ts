import { Running } from '../session/running.ts'
import type { TargetId } from '../wire/message.ts'
import { Disposals } from './dispose.ts'
import { type HostedType, Referent } from './referent.ts'

export interface ObjectTableOptions {
  /** The secret that opens an id from outside; the same whether or not its referent still lives. */
  readonly capability: (id: TargetId) => string
  /** How long a pin lasts. */
  readonly pinMs: number
}

/**
 * All that one host serves by reference. A referent stays while a session holds a reference to it, one travels, a
 * call of it runs, or it has a name. An id is never given to another object.
 */
export class ObjectTable {
  readonly #options: ObjectTableOptions
  readonly #disposals = new Disposals()
  readonly #running = new Running()
  readonly #referents = new Map<TargetId, Referent>()
  /** Also of those that went: an object that comes back has its id again. */
  readonly #byInstance = new WeakMap<object, Referent>()
  readonly #byName = new Map<string, Referent>()
  #lastId = 0

  constructor(options: ObjectTableOptions) {
    this.#options = options
  }

  /** The referent under this id, if it lives. */
  get(id: TargetId): Referent | undefined {
    return this.#referents.get(id)
  }

  /** The referent that this object is or was, if it ever was one. */
  known(instance: object): Referent | undefined {
    return this.#byInstance.get(instance)
  }

  /**
   * Hosts an object; one that is or was hosted stays what it is.
   * @param isOwned whether the host disposes of it
   */
  host(instance: object, type: HostedType, isOwned = false): Referent {
    const referent = this.#byInstance.get(instance) ?? new Referent(++this.#lastId as TargetId, type, instance)
    referent.isOwned ||= isOwned
    this.#byInstance.set(instance, referent)
    this.#referents.set(referent.id, referent)
    return referent
  }

  /** Counts a session more that holds the referent. */
  retain(referent: Referent): void {
    referent.references++
  }

  /**
   * A session holds the referent no more; with the last hold of any kind, it goes.
   * @param isAbandoned whether the session ended with it
   */
  release(id: TargetId, isAbandoned = false): void {
    const referent = this.#referents.get(id)
    if (referent === undefined) return
    referent.references--
    referent.isAbandoned = isAbandoned
    this.#dropUnheld(referent)
  }

  /** Keeps the referent for the length of a lease from now on, whoever gives up references to it. All pins share one. */
  pin(id: TargetId): void {
    const referent = this.#referents.get(id)
    if (referent === undefined) return
    if (referent.pins++ > 0) referent.lease?.refresh()
    else referent.lease = setTimeout(() => this.#unpin(referent), this.#options.pinMs).unref()
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

  /** Gives a referent a name, which keeps it until `forget`. */
  name(referent: Referent, name: string): void {
    referent.names.add(name)
    this.#byName.set(name, referent)
  }

  /** Takes the name away: its referent goes when nothing else holds it. */
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

  list(): Referent[] {
    return [...this.#referents.values()]
  }

  /** Takes back the promise to dispose of what the host owns: its state may be broken. */
  disown(): void {
    for (const referent of this.list()) referent.isOwned = false
  }

  /**
   * Forgets all referents and leases. Resolves when those that the host owned are disposed of, now or before, or after
   * five seconds.
   */
  async clear(): Promise<void> {
    const referents = this.list()
    for (const { lease } of referents) clearTimeout(lease)
    this.#referents.clear()
    this.#byName.clear()
    for (const referent of referents) this.#disposeOwned(referent)
    await this.#disposals.settled()
  }

  #unpin(referent: Referent): void {
    referent.pins = 0
    this.#dropUnheld(referent)
  }

  #dropUnheld(referent: Referent): void {
    if (referent.isHeld || !this.#referents.delete(referent.id)) return
    this.#disposeOwned(referent)
  }

  #disposeOwned(referent: Referent): void {
    if (!referent.isOwned) return
    // It may come back, where something else in this process has it; it is disposed of once all the same.
    referent.isOwned = false
    this.#disposals.begin(referent.receiver, referent.isAbandoned)
  }
}
