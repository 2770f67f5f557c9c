type Way = 'awake' | 'asleep'

/** So many waits are timed before their mean counts. */
const blockWaits = 8

/** How much of what is known of a way its latest mean is. */
const weight = 1 / 8

/** Staying awake takes processor time: waits must be so much shorter for it. */
const worthwhile = 0.8

/** The most blocks until the other way is tried again. */
const maxPatience = 256

/** Waits have changed where they are so many times longer or shorter, for two blocks one after the other. */
const change = 2
const changedBlocks = 2

/**
 * Learns whether waits are shorter where this process stays awake or where it sleeps meanwhile. That depends on where the
 * system runs the processes, and on what else it runs there: where they share a core, who stays awake takes it from the one
 * that is to answer.
 *
 * It times 8 waits either way, keeps the better one, and tries the other again after 8 waits, then 16, 32, ..., and at once
 * where waits change. A trial ends as soon as it has failed.
 */
export class WakingPolicy {
  readonly #longestMs: number
  readonly #meansMs: Record<Way, number | undefined> = { awake: undefined, asleep: undefined }
  #way: Way = 'awake'
  #waits = 0
  #sumMs = 0
  /** A trial whose waits take longer together has failed, however many they are. */
  #mostMs = Infinity
  /** Whether this block is to tell whether the other way is better by now. */
  #isTrial = true
  #patience = 1
  /** So many blocks until the next trial. */
  #blocksLeft = 0
  #changes = 0

  /** @param longestMs waits that are longer in the mean are not worth staying awake for */
  constructor(longestMs: number) {
    this.#longestMs = longestMs
  }

  /** Whether the process should stay awake for the next wait. */
  get isAwake(): boolean {
    return this.#way === 'awake'
  }

  /** A wait has ended, or was given up after so long. */
  waited(ms: number): void {
    this.#sumMs += ms
    this.#waits++
    if (this.#waits < blockWaits && this.#sumMs < this.#mostMs) return
    const meanMs = this.#sumMs / this.#waits
    this.#waits = 0
    this.#sumMs = 0
    if (this.#isTrial) this.#judge(meanMs)
    else this.#goOn(meanMs)
  }

  /** Ends a trial. */
  #judge(meanMs: number): void {
    const tried = this.#way
    this.#learn(meanMs)
    if (this.#meansMs[otherThan(tried)] === undefined) return this.#tryOther()
    this.#isTrial = false
    this.#mostMs = Infinity
    this.#changes = 0
    this.#way = this.#better()
    this.#patience = this.#way === tried ? 1 : Math.min(2 * this.#patience, maxPatience)
    this.#blocksLeft = this.#patience
  }

  #goOn(meanMs: number): void {
    const isChanged = this.#isChanged(meanMs)
    this.#learn(meanMs)
    if (isChanged) this.#startOver(meanMs)
    else if (--this.#blocksLeft === 0 || this.#better() !== this.#way) this.#tryOther()
  }

  #isChanged(meanMs: number): boolean {
    const knownMs = this.#meansMs[this.#way] ?? meanMs
    this.#changes = meanMs > knownMs * change || meanMs * change < knownMs ? this.#changes + 1 : 0
    return this.#changes === changedBlocks
  }

  /** What was known of either way is no longer so. */
  #startOver(meanMs: number): void {
    this.#meansMs[this.#way] = meanMs
    this.#meansMs[otherThan(this.#way)] = undefined
    this.#patience = 1
    this.#tryOther()
  }

  #tryOther(): void {
    const { awake = Infinity, asleep = Infinity } = this.#meansMs
    this.#way = otherThan(this.#way)
    this.#isTrial = true
    this.#mostMs = blockWaits * (this.isAwake ? this.#enoughMs(asleep) : awake / worthwhile)
  }

  /** A mean over many trials: one that is seldom long, as when the process loses its core, tells as much as many short ones. */
  #learn(meanMs: number): void {
    const knownMs = this.#meansMs[this.#way]
    this.#meansMs[this.#way] = knownMs === undefined ? meanMs : knownMs + (meanMs - knownMs) * weight
  }

  #better(): Way {
    const { awake = 0, asleep = Infinity } = this.#meansMs
    return awake < this.#enoughMs(asleep) ? 'awake' : 'asleep'
  }

  /** Waits that are shorter than this are worth staying awake for. */
  #enoughMs(asleepMs: number): number {
    return Math.min(this.#longestMs, asleepMs * worthwhile)
  }
}

function otherThan(way: Way): Way {
  return way === 'awake' ? 'asleep' : 'awake'
}
