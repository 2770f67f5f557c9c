/** How much of the peer's patience a proof is good for: what goes on by it needs time to tell the peer so. */
const validShare = 2 / 3

/**
 * Knows whether the peer surely hasn't given this session up: it has answered a ping that left a short time ago. A process
 * that was stopped doesn't know, and finds messages of before in its socket: what they hand over may be another's by now.
 */
export class Standing {
  readonly #validMs: number
  readonly #ping: () => void
  /** When those pings left that have no answer yet. */
  readonly #pings: number[] = []
  #provenMs = performance.now()
  #waiting: (() => void)[] = []

  /** @param patienceMs for how long the peer must hear nothing before it gives the session up; Infinity: it never does */
  constructor(patienceMs: number, ping: () => void) {
    this.#validMs = patienceMs * validShare
    this.#ping = ping
  }

  get isProven(): boolean {
    return performance.now() - this.#provenMs <= this.#validMs
  }

  /** Calls `goOn` when it is proven, for which it asks the peer; never, where the session ends before. */
  whenProven(goOn: () => void): void {
    if (this.isProven) return goOn()
    this.#waiting.push(goOn)
    if (this.#waiting.length === 1) this.ping()
  }

  ping(): void {
    this.#pings.push(performance.now())
    this.#ping()
  }

  /** The peer has answered the oldest ping. */
  answered(): void {
    const sentMs = this.#pings.shift()
    if (sentMs === undefined) return
    this.#provenMs = sentMs
    if (this.#waiting.length === 0) return
    if (this.isProven) this.#goOn()
    else if (this.#pings.length === 0) this.ping()
  }

  #goOn(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const goOn of waiting) goOn()
  }
}
