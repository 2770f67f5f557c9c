import {
  currentCall,
  type Holder,
  LinkedList,
  type ListNode,
  sessionOf,
  type SessionPeer,
  setOf,
  WaitQueue,
} from '../../extension.ts'
import { shown } from '../containers/values.ts'
import { CallScope, holderOf, holders, rejectDeadlock, type WaitNode } from './wait-graph.ts'

/** All keys there are, and those to come. */
export const everything: unique symbol = Symbol('everything')

/** What somebody wants to write. */
export type Keys<K> = readonly K[] | typeof everything

/** The result of a write: at once, or where the keys are held, when its turn has come. */
export type InTurn<T> = T | Promise<T>

/** How many keys a message names. */
const shownKeys = 5

/**
 * Locks for the keys of a container. A key is held while somebody computes its next value: all others that write it wait, in
 * the order of their arrival. What nobody holds is written at once.
 */
export class KeyLocks<K> {
  readonly #what: string
  /** Those that hold keys, and those that wait for some. */
  readonly #requests = new KeyQueue<K>()

  /** @param what the class that has the keys, for messages */
  constructor(what: string) {
    this.#what = what
  }

  /** Whether nobody holds any of these keys, nor waits for one. */
  isFree(keys: Keys<K>): boolean {
    return this.#requests.isFree(keys)
  }

  /**
   * Runs `write` at once where these keys are free, else in its turn.
   * @throws (as a rejection) ManagerError `DEADLOCK` for a turn that can't come; the reason of the call's signal where
   *   its caller gives up before
   */
  write<T>(keys: Keys<K>, write: () => T): T | Promise<T> {
    return this.#requests.isFree(keys) ? write() : this.hold(keys, write)
  }

  /** Holds these keys, as soon as nobody else does, until the promise of `body` has settled. Resolves or rejects as that. */
  async hold<T>(keys: Keys<K>, body: () => T | Promise<T>): Promise<T> {
    const request = new KeyRequest(keys, this)
    try {
      if (this.#requests.add(request)) request.grant()
      else await request.wait()
      return await request.scope.run(body)
    } finally {
      request.end()
      for (const next of this.#requests.delete(request)) if (next.isWaiting) next.grant()
    }
  }

  /** Those that hold keys, the first that came first. */
  *holders(): Generator<Holder> {
    for (const request of this.#requests)
      if (request.isHolding) yield holderOf(request, `${request.via} of ${request.label}`)
  }

  /** Names these keys, in messages. */
  describe(keys: Keys<K>): string {
    if (keys === everything) return `a ${this.#what}`
    const [names, more] = [keys.slice(0, shownKeys).map(shown), keys.length - shownKeys]
    return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''} of a ${this.#what}`
  }

  /** Those whose turn can't come before this one, which has come, is over. */
  blockedBy(request: KeyRequest<K>): readonly KeyRequest<K>[] {
    return this.#requests.blockedBy(request)
  }
}

/** A request to write keys: it waits for its turn, and holds them until they are written. */
class KeyRequest<K> implements WaitNode {
  readonly keys: Keys<K>
  readonly via: string = 'compute'
  readonly scope: CallScope = new CallScope()
  readonly session: SessionPeer = sessionOf(currentCall())
  sinceMs: number = performance.now()
  readonly #locks: KeyLocks<K>
  readonly #turn = new WaitQueue<void>()
  #state: 'waiting' | 'held' | 'over' = 'waiting'

  constructor(keys: Keys<K>, locks: KeyLocks<K>) {
    this.keys = keys
    this.#locks = locks
  }

  get label(): string {
    return this.#locks.describe(this.keys)
  }

  get isWaiting(): boolean {
    return this.#state === 'waiting'
  }

  get isHolding(): boolean {
    return this.#state === 'held'
  }

  get isRejectable(): boolean {
    return this.isWaiting
  }

  blocks(): readonly WaitNode[] {
    return this.#locks.blockedBy(this)
  }

  reject(reason: Error): void {
    this.#turn.rejectAll(reason)
  }

  /** @throws (as a rejection) as `WaitQueue.wait`; ManagerError `DEADLOCK` */
  async wait(): Promise<void> {
    const turn = this.#turn.wait(undefined)
    rejectDeadlock(this)
    await turn
  }

  grant(): void {
    this.#state = 'held'
    this.sinceMs = performance.now()
    holders.add(this)
    this.#turn.resolveFirst()
  }

  /** It is written, or never will be. */
  end(): void {
    if (this.isHolding) holders.delete(this)
    this.#state = 'over'
  }
}

type Node<K> = ListNode<Queued<K>>

interface Queued<K> {
  readonly request: KeyRequest<K>
  readonly wantsAll: boolean
  /** The higher, the later it came. */
  readonly number: number
  /** Where it stands: for each of its keys, or among those that want everything. */
  readonly places: (readonly [list: LinkedList<Queued<K>>, node: Node<K>, key?: unknown])[]
  /** In how many of these somebody stands before it. */
  behind: number
}

/**
 * Requests for keys, in the order of arrival. Adding and deleting cost as much as a request has keys, however many
 * others there are.
 */
class KeyQueue<K> {
  readonly #all = new LinkedList<Queued<K>>()
  readonly #wantingAll = new LinkedList<Queued<K>>()
  readonly #byKey = new Map<K, LinkedList<Queued<K>>>()
  /** Where each stands among all. */
  readonly #nodes = new Map<KeyRequest<K>, Node<K>>()
  #count = 0

  /** Whether nobody wants any of these. */
  isFree(keys: Keys<K>): boolean {
    if (this.#wantingAll.length > 0) return false
    return keys === everything ? this.#all.length === 0 : keys.every((key) => !this.#byKey.has(key))
  }

  /** The first that came first. */
  *[Symbol.iterator](): Generator<KeyRequest<K>> {
    for (const { request } of this.#all) yield request
  }

  /** Returns whether its turn has come: no earlier request wants one of its keys. */
  add(request: KeyRequest<K>): boolean {
    const { keys } = request
    const wantsAll = keys === everything
    const queued: Queued<K> = { request, wantsAll, number: ++this.#count, places: [], behind: 0 }
    if (wantsAll) queued.places.push([this.#wantingAll, this.#wantingAll.add(queued)])
    else for (const key of setOf(keys)) queued.places.push(this.#place(key, queued))
    queued.behind = queued.places.filter(([, { previous }]) => previous !== undefined).length
    const node = this.#all.add(queued)
    this.#nodes.set(request, node)
    return this.#hasCome(node)
  }

  /** Returns those whose turn comes by that; some of them may have had it before. */
  delete(request: KeyRequest<K>): readonly KeyRequest<K>[] {
    const node = this.#nodes.get(request)
    if (node === undefined) return []
    const next = this.#nextAfter(node)
    this.#nodes.delete(request)
    this.#all.delete(node)
    for (const [list, place, key] of node.value.places) {
      list.delete(place)
      if (place.previous === undefined && place.next !== undefined) place.next.value.behind--
      if (list.length === 0 && list !== this.#wantingAll) this.#byKey.delete(key as K)
    }
    const { first } = this.#all
    if (first !== undefined) next.push(first)
    return next
      .filter((each) => this.#hasCome(this.#nodes.get(each.request)))
      .toSorted((one, other) => one.number - other.number)
      .map((each) => each.request)
  }

  /** Those whose turn can't come before that of this one, which has come, is over. */
  blockedBy(request: KeyRequest<K>): readonly KeyRequest<K>[] {
    const node = this.#nodes.get(request)
    if (node === undefined) return []
    const found = new Set([node.value])
    for (const { wantsAll, places } of found)
      for (const [, { next }] of places) if (next !== undefined && !wantsAll) found.add(next.value)
    const { first } = this.#wantingAll
    let each = node.value.wantsAll ? node : first && this.#nodes.get(first.request)
    for (; each !== undefined; each = each.next) found.add(each.value)
    found.delete(node.value)
    return Array.from(found, (queued) => queued.request)
  }

  /** Those that may have waited for this one alone. */
  #nextAfter(node: Node<K>): Queued<K>[] {
    const { value } = node
    if (!value.wantsAll) return value.places.flatMap(([, { next }]) => next?.value ?? [])
    const next: Queued<K>[] = []
    if (this.#wantingAll.first !== value) return next
    for (let each = node.next; each !== undefined; each = each.next) {
      next.push(each.value)
      if (each.value.wantsAll) break
    }
    return next
  }

  #hasCome(node: Node<K> | undefined): boolean {
    if (node === undefined) return false
    const { wantsAll, behind, number } = node.value
    if (wantsAll) return node.previous === undefined
    const { first } = this.#wantingAll
    return behind === 0 && (first === undefined || first.number > number)
  }

  #place(key: K, queued: Queued<K>): readonly [LinkedList<Queued<K>>, Node<K>, K] {
    const list = this.#byKey.get(key) ?? new LinkedList<Queued<K>>()
    this.#byKey.set(key, list)
    return [list, list.add(queued), key]
  }
}
