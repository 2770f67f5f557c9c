import {
  assertOptions,
  checkWait,
  currentCall,
  deliveryOf,
  isText,
  ManagerError,
  runOutsideCalls,
  sessionOf,
  type SessionPeer,
  timedOut,
  type WaitOptions,
  WaitQueue,
} from '../../extension.ts'
import { CallScope, holders, rejectDeadlock, type WaitNode } from './wait-graph.ts'

/** Options of locks. */
export interface LockOptions {
  /** What error messages call it. */
  readonly name?: string
}

/** Whether others may have the lock at the same time that ask for it in the same way. */
export type LockMode = 'exclusive' | 'shared'

/**
 * How a lock is asked for, and so what ends it: `acquire` is ended by a release of the session, or with that; `hold` by the
 * guard; `run` by the function that runs.
 */
export type Via = 'acquire' | 'hold' | 'run'

/** To whom a lock is granted. */
export interface LockRule {
  /** Whether a request goes together with those that hold the lock. */
  fits(request: LockRequest, held: ReadonlySet<LockRequest>): boolean
  /** Whether the holder of one of them is granted another at once, past those that wait. */
  reenters?(request: LockRequest, held: LockRequest): boolean
  /** Whether only its holders can free it: a wait for it is a wait for them. */
  readonly isOwned: boolean
}

/** One request for one lock, until it is given back. */
export class LockRequest implements WaitNode {
  readonly lock: LockCore
  readonly via: Via
  readonly mode: LockMode
  readonly #isBounded: boolean
  readonly session: SessionPeer = sessionOf(currentCall())
  readonly scope: CallScope = new CallScope()
  /** `suspended`: a condition's waiter has given the lock back for a while; `returning`: it waits to have it again. */
  state: 'waiting' | 'held' | 'suspended' | 'returning' | 'over' = 'waiting'
  /** Grows with each hold of the lock: `SharedHold.token`. */
  token = 0
  /** Whether it has the lock from one that died. */
  isAbandoned = false
  /** When it came to its state, by `performance.now()`. */
  sinceMs: number = performance.now()

  constructor(lock: LockCore, via: Via, mode: LockMode, { timeoutMs }: WaitOptions) {
    this.lock = lock
    this.via = via
    this.mode = mode
    this.#isBounded = timeoutMs !== undefined
  }

  get label(): string {
    return this.lock.label
  }

  /** Whether it waits, and not only for some time. */
  get isWaiting(): boolean {
    return this.state === 'returning' || (this.state === 'waiting' && !this.#isBounded)
  }

  get isHolding(): boolean {
    return this.state === 'held'
  }

  get isRejectable(): boolean {
    return this.state === 'waiting'
  }

  blocks(): readonly LockRequest[] {
    return this.lock.blockedBy(this)
  }

  reject(reason: Error): void {
    this.lock.reject(this, reason)
  }

  /** Whether it comes from inside of the function that holds `outer` by `run`. This is never wrong. */
  isInside(outer: LockRequest): boolean {
    return outer.via === 'run' && this.scope.isWithin(outer.scope)
  }

  /** Whether the caller is taken for the holder of `other`. */
  isOfHolder(other: LockRequest): boolean {
    return this.isInside(other) || this.#isOfSession(other)
  }

  become(state: LockRequest['state']): void {
    this.state = state
    this.sinceMs = performance.now()
  }

  /** Gives the lock back where its caller never learns that it has it. To be called before the method of the call ends. */
  releaseUnlessDelivered(): void {
    void deliveryOf(this.scope.call)?.then((isDelivered) => isDelivered || this.lock.release(this))
  }

  /**
   * Whether it comes from the session that holds `other`, and from no other function of a `run`. A session may do several
   * things at once: then it may come from another one of them.
   */
  #isOfSession(other: LockRequest): boolean {
    if (other.via === 'run' || other.session !== this.session) return false
    const { callers } = this.scope
    return other.scope.callers.every((id) => callers.includes(id))
  }
}

/** A lock: grants requests as its rule says, in the order of arrival. */
export class LockCore {
  /** One for all locks of a process, so that one which takes the place of another goes on where that was. */
  static #lastToken = Date.now() * 1000
  static #unnamed = 0
  /** What messages call it. */
  readonly label: string
  readonly #kind: string
  readonly #rule: LockRule
  readonly #waiters = new WaitQueue<LockRequest>()
  /** Held, and those that will be again, in the order of the first grant. */
  readonly #granted = new Set<LockRequest>()
  readonly #held = new Set<LockRequest>()
  #isAbandoned = false

  /** @throws TypeError for options that can't be */
  constructor(kind: string, rule: LockRule, options: LockOptions) {
    assertOptions<LockOptions>(kind, options, { name: isText })
    // A number tells those apart in one message that nobody gave a name.
    this.label = options.name === undefined ? `${kind} #${++LockCore.#unnamed}` : `${kind} '${options.name}'`
    this.#kind = kind
    this.#rule = rule
  }

  get held(): ReadonlySet<LockRequest> {
    return this.#held
  }

  /** Held, suspended and returning. */
  get granted(): readonly LockRequest[] {
    return [...this.#granted]
  }

  /** The one of those that hold it that had it last. */
  get newest(): LockRequest | undefined {
    return [...this.#held].at(-1)
  }

  get waiting(): number {
    return this.#waiters.length
  }

  /** What the caller holds, as far as anybody can tell. */
  heldByCaller(): readonly LockRequest[] {
    const asking = new LockRequest(this, 'acquire', 'exclusive', {})
    return [...this.#held].filter((request) => asking.isOfHolder(request))
  }

  /** Those that can't have the lock before this request, which holds it, gives it back. */
  blockedBy(request: LockRequest): readonly LockRequest[] {
    if (!this.#rule.isOwned) return []
    const alone = new Set([request])
    const waiting = this.#waiters.requests().filter((each) => this.#rule.reenters?.(each, request) !== true)
    // Later ones don't overtake one that can't be granted beside it; but a bounded wait may be given up.
    const first = waiting.findIndex((each) => each.isWaiting && !this.#rule.fits(each, alone))
    return first === -1 ? [] : waiting.slice(first)
  }

  /**
   * Resolves with the request when it holds the lock, or with `timedOut`; returns it at once, where it can be.
   * @throws ManagerError `ABORTED`, `DEADLOCK`; TypeError, RangeError for options that can't be
   */
  request(via: Via, mode: LockMode, options: WaitOptions = {}): Granted | Promise<Granted> {
    checkWait(`${this.#kind}.${via}`, options)
    const request = new LockRequest(this, via, mode, options)
    if (this.#mayGrant(request)) {
      this.#grant(request)
      return request
    }
    return options.timeoutMs === 0 ? timedOut : this.#wait(request, options)
  }

  /**
   * Ends a request, whether it holds the lock or waits; once.
   * @param isAbandoned whether its holder is gone, and may have left what the lock protects half done
   */
  release(request: LockRequest, isAbandoned = false): void {
    const { state } = request
    if (state === 'over') return
    request.become('over')
    this.#granted.delete(request)
    if (request.via === 'acquire') acquiredBy(request.session).delete(request)
    if (request.via === 'run') holders.delete(request)
    if (state === 'held') {
      this.#held.delete(request)
      // A reader leaves nothing half done.
      this.#isAbandoned ||= isAbandoned && request.mode === 'exclusive'
    } else this.#waiters.reject(request, gone())
    this.settle()
  }

  reject(request: LockRequest, reason: Error): void {
    this.#waiters.reject(request, reason)
    this.settle()
  }

  /** Gives held requests of one holder back for a while. */
  suspend(requests: readonly LockRequest[]): void {
    for (const request of requests) {
      this.#held.delete(request)
      request.become('suspended')
    }
    this.settle()
  }

  /** Resolves when those of the suspended requests hold the lock again that were not released meanwhile. Nothing ends it. */
  async resume(requests: readonly LockRequest[]): Promise<void> {
    for (const request of requests) {
      if (request.state === 'suspended') await runOutsideCalls(() => this.#return(request))
    }
  }

  /** Grants the lock to those that may have it now. */
  settle(): void {
    if (this.#rule.reenters !== undefined) {
      for (const request of this.#waiters.requests()) if (this.#outerOf(request) !== undefined) this.#serve(request)
    }
    for (let next = this.#waiters.first; next !== undefined; next = this.#waiters.first) {
      if (next.via === 'acquire' && next.session.ended.aborted) this.#waiters.reject(next, gone())
      else if (this.#rule.fits(next, this.#held)) this.#serve(next)
      else return
    }
  }

  async #wait(request: LockRequest, options: WaitOptions): Promise<Granted> {
    const granted = this.#waiters.wait(request, options, () => this.settle())
    if (this.#rule.isOwned && request.isWaiting) rejectDeadlock(request)
    return (await granted) === timedOut ? timedOut : request
  }

  async #return(request: LockRequest): Promise<void> {
    if (this.#mayGrant(request)) return this.#grant(request)
    request.become('returning')
    const granted = this.#waiters.wait(request)
    if (this.#rule.isOwned) rejectDeadlock(request)
    // Its owner is gone, or has given it up.
    await granted.catch(() => this.release(request))
  }

  #serve(request: LockRequest): void {
    this.#grant(request)
    this.#waiters.resolve(request)
  }

  #mayGrant(request: LockRequest): boolean {
    return this.#outerOf(request) !== undefined || (this.waiting === 0 && this.#rule.fits(request, this.#held))
  }

  /** The one that holds the lock of which this is but another part. */
  #outerOf(request: LockRequest): LockRequest | undefined {
    if (this.#rule.reenters === undefined) return undefined
    for (const held of this.#held) if (this.#rule.reenters(request, held)) return held
    return undefined
  }

  #grant(request: LockRequest): void {
    const outer = this.#outerOf(request)
    request.become('held')
    request.token = outer?.token ?? ++LockCore.#lastToken
    request.isAbandoned = outer?.isAbandoned ?? this.#isAbandoned
    // A reader can't mend what a dead holder left half done: all are told of it until a writer comes.
    if (request.mode === 'exclusive') this.#isAbandoned = false
    this.#held.add(request)
    this.#granted.add(request)
    if (request.via === 'acquire') acquiredBy(request.session).add(request)
    if (request.via === 'run') holders.add(request)
  }
}

export type Granted = LockRequest | typeof timedOut

function gone(): ManagerError {
  return new ManagerError('NOT_HELD', 'the lock was given up by its own holder while this waited to have it again')
}

/** What each session has acquired of all locks of this process: one listener for each session, however many there are. */
const acquired = new WeakMap<SessionPeer, Set<LockRequest>>()

/** What the session has acquired; it is given back when the session ends. */
function acquiredBy(session: SessionPeer): Set<LockRequest> {
  const known = acquired.get(session)
  if (known !== undefined) return known
  const requests = new Set<LockRequest>()
  acquired.set(session, requests)
  const releaseAll = (): void => {
    for (const request of [...requests]) request.lock.release(request, true)
  }
  session.ended.addEventListener('abort', releaseAll, { once: true })
  return requests
}
