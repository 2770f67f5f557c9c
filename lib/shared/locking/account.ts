import type { SessionPeer } from '../../call-context.ts'
import type { Claim } from './claim.ts'

/** What one session has of all the locks of this process, and waits for. Gives back what it acquired when it ends. */
export class Account {
  // By process: a session is heard once, however many locks it has. It goes with its session.
  static readonly #all = new WeakMap<SessionPeer, Account>()

  /** Held, or to be had again, by other means than `run`. */
  readonly claims: Set<Claim> = new Set()
  readonly waiting: Set<Claim> = new Set()
  /** Whether the session was ever seen to do several things at once: to ask for one thing while it waits for another. */
  #isConcurrent = false

  private constructor({ ended }: SessionPeer) {
    ended.addEventListener('abort', () => this.#end(), { once: true })
  }

  static of(session: SessionPeer): Account {
    const known = Account.#all.get(session)
    if (known !== undefined) return known
    const made = new Account(session)
    Account.#all.set(session, made)
    return made
  }

  /** The session asks for something, or gives something back. */
  acts(): void {
    if (this.waiting.size > 0) this.#isConcurrent = true
  }

  /**
   * What the session keeps until this wait of it is over, if it does one thing at a time. Who waits for what its own session
   * holds waits for another thing that it does, more likely than for itself.
   */
  keptDuring(wait: Claim): readonly Claim[] {
    if (this.#isConcurrent || wait.course.call === undefined) return []
    return [...this.claims].filter((each) => each.isKeeping && each.place !== wait.place && wait.isOfSameSession(each))
  }

  /** A guard is disposed of by whoever held it last; it may be another session. */
  #end(): void {
    for (const claim of [...this.claims]) if (claim.manner === 'acquire') claim.place.leave(claim, true)
  }
}
