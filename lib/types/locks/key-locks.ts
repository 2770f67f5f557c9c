import { currentCall, sessionOf, type SessionPeer, WaitQueue } from '../../extension.ts'
import { shown } from '../containers/values.ts'
import { everything, KeyQueue, type Keys } from './key-queue.ts'
import { CallScope, holders, rejectDeadlock, type WaitNode } from './wait-graph.ts'

/** How many keys a message names. */
const shownKeys = 5

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

/**
 * Locks for the keys of a container. A key is held while somebody computes its next value: all others that write it wait, in
 * the order of their arrival. What nobody holds is written at once.
 */
export class KeyLocks<K> {
  readonly #what: string
  /** Those that hold keys, and those that wait for some. */
  readonly #requests = new KeyQueue<K, KeyRequest<K>>()

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

/** The result of a write: at once, or where the keys are held, when its turn has come. */
export type InTurn<T> = T | Promise<T>
