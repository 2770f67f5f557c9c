import { captureContext } from '../call-context.ts'
import { WakingPolicy } from './waking-policy.ts'

/** The longest that the loop is kept awake: a longer wait may as well wake this process. */
const longestMs = 0.2

/**
 * Keeps the event loop from falling asleep for the moment after something was sent, where that pays: the answer is often
 * but microseconds away, and to wake a process that sleeps on another core takes several times as long. The loop serves all
 * else meanwhile.
 */
export class Spin {
  readonly #policy = new WakingPolicy(longestMs)
  readonly #now: () => number
  /** The turns belong to no code that sent something: they would keep its async context for as long as others send. */
  readonly #inOwnContext = captureContext()
  #startMs = 0
  #isWaiting = false
  #isAwake = false
  #isQueued = false

  /** @param now a clock, in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Whether the loop is being kept awake. */
  get isAwake(): boolean {
    return this.#isAwake
  }

  /** Something was sent, that may be answered. */
  sent(): void {
    this.#startMs = this.#now()
    this.#isWaiting = true
    this.#isAwake = this.#policy.isAwake
    if (!this.#isAwake || this.#isQueued) return
    this.#isQueued = true
    this.#inOwnContext(this.#queue)
  }

  /** Something has arrived. */
  received(): void {
    if (!this.#isWaiting) return
    const ms = this.#now() - this.#startMs
    // Awake it was so long at most, unless the system gave the core to others: that counts. Asleep it costs nothing.
    this.#end(this.#isAwake ? ms : Math.min(ms, longestMs))
  }

  readonly #queue = (): void => {
    setImmediate(this.#turn)
  }

  readonly #turn = (): void => {
    this.#isQueued = this.#isAwake && this.#now() - this.#startMs < longestMs
    if (this.#isQueued) this.#queue()
    else if (this.#isAwake) this.#end(this.#now() - this.#startMs)
  }

  #end(ms: number): void {
    this.#isWaiting = false
    this.#isAwake = false
    this.#policy.waited(ms)
  }
}
