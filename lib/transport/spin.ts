/** The longest that the loop is kept awake: a longer wait may as well wake this process. */
const longestMs = 0.2

/** About what it costs to fall asleep and be woken: where waits are longer than that in the mean, nothing is gained. */
const worthMs = 0.1

/** How much of the mean the latest wait is. */
const weight = 1 / 8

/** However often it was in vain, the next attempt comes after 2^10 messages at most. */
const maxFailures = 10

/**
 * Keeps the event loop from falling asleep for the moment after something was sent: the answer is often but
 * microseconds away, and to wake a sleeping process takes several times as long. The loop serves all else meanwhile.
 *
 * It costs processor time, so it must be worth it: where answers take long in the mean, as they do when another process
 * needs the processor, it pauses for 2 messages, then 4, 8, ..., until an answer comes soon again.
 */
export class Spin {
  #startMs = 0
  #isAwake = false
  #isQueued = false
  #meanMs = 0
  #failures = 0
  #skips = 0

  /** Whether the loop is being kept awake. */
  get isAwake(): boolean {
    return this.#isAwake
  }

  /** Something was sent, that may be answered. */
  sent(): void {
    if (this.#skips > 0) {
      this.#skips--
      return
    }
    this.#startMs = performance.now()
    this.#isAwake = true
    this.#queue()
  }

  /** Something has arrived. */
  received(): void {
    if (this.#isAwake) this.#end(performance.now() - this.#startMs)
  }

  #queue(): void {
    if (this.#isQueued) return
    this.#isQueued = true
    setImmediate(this.#turn)
  }

  readonly #turn = (): void => {
    this.#isQueued = false
    if (!this.#isAwake) return
    const waitedMs = performance.now() - this.#startMs
    if (waitedMs < longestMs) this.#queue()
    else this.#end(waitedMs)
  }

  #end(waitedMs: number): void {
    this.#isAwake = false
    this.#meanMs += (Math.min(waitedMs, longestMs) - this.#meanMs) * weight
    if (this.#meanMs > worthMs) this.#giveUp()
    else if (waitedMs < worthMs) this.#failures = 0
  }

  #giveUp(): void {
    this.#meanMs = 0
    this.#failures = Math.min(this.#failures + 1, maxFailures)
    this.#skips = 2 ** this.#failures
  }
}
