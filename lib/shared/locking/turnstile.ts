import { ManagerError } from '../../errors.ts'
import { checkWait, timedOut, type WaitOptions, WaitQueue } from '../wait-queue.ts'
import { keepers } from '../waits/keepers.ts'
import { Account } from './account.ts'
import { apartFromCall } from './apart.ts'
import { Claim, type Manner, type Mode, type Place } from './claim.ts'
import { watchForDeadlock } from './deadlock.ts'
import { type LockOptions, Settings } from './lock-options.ts'

/** Who is let in. */
export interface Rule {
  /** Whether a claim goes together with those that are held. */
  fits(claim: Claim, held: ReadonlySet<Claim>): boolean
  /** Whether who holds one of them is let in again at once, past those who wait. */
  reenters?(claim: Claim, held: Claim): boolean
  /** Whether only those can free it who hold it. */
  readonly isOwned: boolean
}

/** Lets claims in as its rule says, the others in the order of their coming. */
export class Turnstile implements Place {
  /** One for all locks of a process, so that one which takes the place of another goes on where that was. */
  static #lastToken = Date.now() * 1000
  readonly label: string
  readonly isOwned: boolean
  readonly #kind: string
  readonly #rule: Rule
  readonly #deadlockMs: number
  readonly #waiters = new WaitQueue<Claim>()
  /** Held, and those that will be again, in the order of their first coming in. */
  readonly #admitted = new Set<Claim>()
  readonly #held = new Set<Claim>()
  #isAbandoned = false

  constructor(kind: string, rule: Rule, options: LockOptions) {
    const { label, deadlockMs } = new Settings(kind, options)
    this.#kind = kind
    this.label = label
    this.#deadlockMs = deadlockMs
    this.#rule = rule
    this.isOwned = rule.isOwned
  }

  get held(): ReadonlySet<Claim> {
    return this.#held
  }

  /** Held, suspended and returning. */
  get admitted(): readonly Claim[] {
    return [...this.#admitted]
  }

  /** The one of those that hold it that had it last. */
  get newest(): Claim | undefined {
    return [...this.#held].at(-1)
  }

  /** What the caller holds, as far as anybody can tell. */
  heldByCaller(): readonly Claim[] {
    const asking = new Claim(this, 'acquire', 'exclusive', {})
    return [...this.#held].filter((claim) => asking.belongsWith(claim))
  }

  heldUpBy(claim: Claim): readonly Claim[] {
    if (!this.isOwned) return []
    const alone = new Set([claim])
    const waiting = this.#waiters.requests().filter((each) => this.#rule.reenters?.(each, claim) !== true)
    // Those who come later don't overtake one that can't come in beside it; but one may give up whose wait is bounded.
    const first = waiting.findIndex((each) => !each.isBounded && !this.#rule.fits(each, alone))
    return first === -1 ? [] : waiting.slice(first)
  }

  keptBySessionOf(claim: Claim): readonly Claim[] {
    return Account.of(claim.session).keptDuring(claim)
  }

  get waitingCount(): number {
    return this.#waiters.length
  }

  /**
   * Comes to the claim when it is held; at once, where it can be.
   * @throws ManagerError `ABORTED`, `DEADLOCK`; TypeError, RangeError for options that can't be
   */
  enter(manner: Manner, mode: Mode, options: WaitOptions = {}): Entered | Promise<Entered> {
    checkWait(`${this.#kind}.${manner}`, options)
    const claim = new Claim(this, manner, mode, options)
    Account.of(claim.session).acts()
    if (this.#mayEnter(claim)) {
      this.#admit(claim)
      return claim
    }
    return options.timeoutMs === 0 ? timedOut : this.#wait(claim, options)
  }

  leave(claim: Claim, isAbandoned = false): void {
    const { state } = claim
    if (state === 'over') return
    claim.become('over')
    this.#admitted.delete(claim)
    Account.of(claim.session).claims.delete(claim)
    if (claim.manner === 'run') keepers.delete(claim)
    if (state === 'held') {
      this.#held.delete(claim)
      // Who only looked leaves nothing half done.
      this.#isAbandoned ||= isAbandoned && claim.mode === 'exclusive'
    } else this.turnAway(claim, gone())
    this.letIn()
  }

  turnAway(claim: Claim, reason: Error): void {
    this.#waiters.reject(claim, reason)
    this.letIn()
  }

  /** Gives held claims back for a while: those of one party. */
  suspend(claims: readonly Claim[]): void {
    for (const claim of claims) {
      this.#held.delete(claim)
      claim.become('suspended')
      Account.of(claim.session).waiting.add(claim)
    }
    this.letIn()
  }

  /** Resolves when those of the suspended claims are held again that were not given up meanwhile. Nothing ends it. */
  async resume(claims: readonly Claim[]): Promise<void> {
    for (const claim of claims) {
      if (claim.state === 'suspended') await apartFromCall(() => this.#return(claim))
      Account.of(claim.session).waiting.delete(claim)
    }
  }

  /** Lets in who now may come. */
  letIn(): void {
    if (this.#rule.reenters !== undefined) {
      for (const claim of this.#waiters.requests()) if (this.#outerOf(claim) !== undefined) this.#serve(claim)
    }
    for (let next = this.#waiters.first; next !== undefined; next = this.#waiters.first) {
      if (next.manner === 'acquire' && next.session.ended.aborted) this.#waiters.reject(next, gone())
      else if (this.#rule.fits(next, this.#held)) this.#serve(next)
      else return
    }
  }

  async #wait(claim: Claim, options: WaitOptions): Promise<Entered> {
    const { waiting } = Account.of(claim.session)
    waiting.add(claim)
    const served = this.#waiters.wait(claim, options, () => this.letIn())
    const unwatch = watchForDeadlock(claim, this.#deadlockMs)
    try {
      return (await served) === timedOut ? timedOut : claim
    } finally {
      unwatch()
      waiting.delete(claim)
    }
  }

  async #return(claim: Claim): Promise<void> {
    if (this.#mayEnter(claim)) return this.#admit(claim)
    claim.become('returning')
    const joined = this.#waiters.wait(claim)
    const unwatch = watchForDeadlock(claim, this.#deadlockMs)
    try {
      await joined
    } catch {
      this.leave(claim) // Its owner is gone, or has given it up.
    } finally {
      unwatch()
    }
  }

  #serve(claim: Claim): void {
    this.#admit(claim)
    this.#waiters.resolve(claim)
  }

  #mayEnter(claim: Claim): boolean {
    return this.#outerOf(claim) !== undefined || (this.#waiters.length === 0 && this.#rule.fits(claim, this.#held))
  }

  /** The one that is held of which this is but another part. */
  #outerOf(claim: Claim): Claim | undefined {
    if (this.#rule.reenters === undefined) return undefined
    for (const held of this.#held) if (this.#rule.reenters(claim, held)) return held
    return undefined
  }

  #admit(claim: Claim): void {
    const outer = this.#outerOf(claim)
    claim.become('held')
    claim.token = outer?.token ?? ++Turnstile.#lastToken
    claim.isAbandoned = outer?.isAbandoned ?? this.#isAbandoned
    // Who may only look can't mend what a dead one left half done: it is told to all until one comes who can.
    if (claim.mode === 'exclusive') this.#isAbandoned = false
    this.#held.add(claim)
    this.#admitted.add(claim)
    if (claim.manner === 'run') keepers.add(claim)
    else Account.of(claim.session).claims.add(claim)
  }
}

export type Entered = Claim | typeof timedOut

function gone(): ManagerError {
  return new ManagerError('NOT_HELD', 'the lock was given up by its own holder while this waited to have it again')
}
