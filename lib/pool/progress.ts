import { captureContext } from '../call-context.ts'
import { throwingLater } from '../throwing-later.ts'
import { Failure } from './messages.ts'

/** How far the calls of a `map` or an iteration have come. `done + failed` have ended. */
export interface Progress {
  /** How many calls have returned. */
  readonly done: number
  /** How many have failed: thrown, or not been made, or been lost with their worker. */
  readonly failed: number
  /** How many items there are; undefined while that isn't known, as of what is iterated over lazily and has no size. */
  readonly total: number | undefined
  /** How many calls end a second, of late: what is longer ago than some ten seconds counts for little. */
  readonly ratePerS: number
}

/** A promise of the results of a `map`, which also tells how far it has come. */
export interface PendingMap<R> extends Promise<R[]> {
  /**
   * How far it has come, each time that this has changed, but once every 50 ms at most; a slow reader gets the latest only.
   * The last one is always told. Then ends with the map, or throws what that rejects with. May be asked for at any time.
   */
  progress(): AsyncGenerator<Progress, void, undefined>
}

export type ProgressListener = (progress: Progress) => unknown

/** So long nothing is told after something was. */
const intervalMs = 50

/**
 * What calls a listener in the async context of this moment.
 * @param onProgress what it throws is uncaught, and hinders nothing
 */
export function listenerOf(onProgress: ProgressListener): ProgressListener {
  const inContext = captureContext()
  return (progress) => throwingLater(() => inContext(() => onProgress(progress)))
}

/** Counts how calls end, from when it is made, and tells who wants to know. */
export class ProgressTracker {
  #done = 0
  #failed = 0
  #total: number | undefined
  readonly #rate = new Rate()
  readonly #hearers = new Set<Hearer>()
  #timer: NodeJS.Timeout | undefined
  /** What it was at the end. */
  #last: Progress | undefined

  /** How many items there are is known. */
  expect(total: number): void {
    this.#total = total
    this.#changed()
  }

  /** Some calls have ended, with these results. */
  count(results: readonly unknown[]): void {
    for (const result of results) {
      if (result instanceof Failure) this.#failed++
      else this.#done++
    }
    this.#changed()
  }

  /**
   * Tells the listener what has changed, once every 50 ms at most, and at the end; where that has been, what it was then.
   * @param ended is called when nothing more will be told, unless that is so already
   * @returns what stops both
   */
  listen(listener: ProgressListener, ended?: () => void): () => void {
    const hearer = new Hearer(listener, ended)
    if (this.#last === undefined) this.#hearers.add(hearer)
    else hearer.hear(this.#last)
    this.#changed()
    return () => this.#hearers.delete(hearer)
  }

  /** Nothing more is counted: all are told. */
  end(): void {
    if (this.#last !== undefined) return
    this.#last = this.#progress()
    this.#tell(this.#last)
    for (const { ended } of this.#hearers) ended?.()
    this.#hearers.clear()
  }

  /** The results, with their progress, which ends with them. */
  follow<R>(results: Promise<R[]>): PendingMap<R> {
    const followed = results.finally(() => this.end())
    return Object.assign(followed, { progress: () => this.#iterate(followed) })
  }

  async *#iterate(results: Promise<unknown>): AsyncGenerator<Progress, void, undefined> {
    // Whoever reads this is told of a rejection here.
    results.catch(() => undefined)
    const heard: { latest?: Progress | undefined; wake?: () => void } = {}
    const wake = (): void => heard.wake?.()
    const unlisten = this.listen((progress) => {
      heard.latest = progress
      wake()
    }, wake)
    try {
      for (;;) {
        const { latest } = heard
        heard.latest = undefined
        if (latest !== undefined) yield latest
        else if (this.#last !== undefined) break
        else await new Promise<void>((resolve) => (heard.wake = resolve))
      }
    } finally {
      unlisten()
    }
    await results
  }

  #changed(): void {
    if (this.#hearers.size === 0) return
    this.#timer ??= setTimeout(() => this.#tell(this.#progress()), intervalMs).unref()
  }

  #tell(progress: Progress): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const hearer of this.#hearers) hearer.hear(progress)
  }

  #progress(): Progress {
    const ratePerS = this.#rate.perSecond(this.#done + this.#failed)
    return { done: this.#done, failed: this.#failed, total: this.#total, ratePerS }
  }
}

/** Who wants to know. */
class Hearer {
  readonly ended: (() => void) | undefined
  readonly #listener: ProgressListener
  #heard: Progress | undefined

  constructor(listener: ProgressListener, ended: (() => void) | undefined) {
    this.#listener = listener
    this.ended = ended
  }

  /** Nothing twice. */
  hear(progress: Progress): void {
    if (this.#heard !== undefined && isSame(this.#heard, progress)) return
    this.#heard = progress
    this.#listener(progress)
  }
}

function isSame(one: Progress, other: Progress): boolean {
  return one.done === other.done && one.failed === other.failed && one.total === other.total
}

/** So long something is remembered, but ever less. */
const memoryMs = 10_000

/** How fast a number grows, from when this is made. */
class Rate {
  #number = 0
  #atMs = performance.now()
  /** By how much it has grown, and in which time: of both, the older the less. */
  #growth = 0
  #timeMs = 0

  /** By how much a second, now that it is so great. */
  perSecond(number: number): number {
    const nowMs = performance.now()
    const passedMs = nowMs - this.#atMs
    const kept = Math.exp(-passedMs / memoryMs)
    this.#growth = this.#growth * kept + (number - this.#number)
    this.#timeMs = this.#timeMs * kept + passedMs
    this.#number = number
    this.#atMs = nowMs
    return this.#growth === 0 ? 0 : (1000 * this.#growth) / this.#timeMs
  }
}
