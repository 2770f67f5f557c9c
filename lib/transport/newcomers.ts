import { ManagerError } from '../errors.ts'

/** Ends the connection of a newcomer, which may be told why. */
type Drop = (reason?: ManagerError) => void

/**
 * The connections of strangers: those whose other side hasn't proved yet that it may be there. There are so many at most; one more
 * ends the oldest. A handshake takes milliseconds: it is over long before as many others have come, while to refuse the newest
 * would leave all places to those who open connections and say nothing.
 */
export class Newcomers {
  readonly #most: number
  /** The oldest first. */
  readonly #drops = new Set<Drop>()

  constructor(most: number) {
    this.#most = most
  }

  /** Takes a connection in. @returns what is to be called when it has proved itself, or has ended */
  enter(drop: Drop): () => void {
    if (this.#drops.size >= this.#most) this.#dropOldest()
    this.#drops.add(drop)
    return () => void this.#drops.delete(drop)
  }

  /** Ends all, as nobody is let in any more. */
  dropAll(): void {
    for (const drop of this.#drops) drop()
  }

  #dropOldest(): void {
    const [oldest] = this.#drops
    if (oldest === undefined) return
    this.#drops.delete(oldest)
    oldest(
      new ManagerError(
        'OVERLOADED',
        `more than ${this.#most} connections were in a handshake (maxHandshakes), and this one was the oldest; try again`,
      ),
    )
  }
}
