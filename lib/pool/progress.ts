import { captureContext } from '../extension.ts'
import { Failure } from '../process/marshal-list.ts'
import type { Results } from './messages.ts'

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

/** The least time between two calls of a listener. */
const intervalMs = 50

/**
 * What calls a listener in the async context of this moment.
 * @param onProgress what it throws is uncaught, and hinders nothing
 */
export function listenerOf(onProgress: ProgressListener): ProgressListener {
  const inContext = captureContext()
  return (progress) => queueMicrotask(() => inContext(() => onProgress(progress)))
}

/** Counts how calls end, from when it is made, and tells its listeners. */
export class ProgressTracker {
  #done = 0
  #failed = 0
  #total: number | undefined
  readonly #rate = new Rate()
  /** What was told last. */
  #latest: Progress = { done: 0, failed: 0, total: undefined, ratePerS: 0 }
  /** With what each was told last: nothing is told twice. */
  readonly #listeners = new Map<ProgressListener, Progress | undefined>()
  #timer: NodeJS.Timeout | undefined
  #isOver = false

  /** How many items there are is known. */
  expect(total: number): void {
    this.#total = total
    this.#changed()
  }

  /** Some calls have ended, with these results. */
  count(results: Results): void {
    for (const result of results) {
      if (result instanceof Failure) this.#failed++
      else this.#done++
    }
    this.#changed()
  }

  /**
   * Tells the listener what has changed, once every 50 ms at most, and at the end; where that has been, what it was then.
   * @returns what stops it
   */
  listen(listener: ProgressListener): () => void {
    this.#listeners.set(listener, undefined)
    if (this.#isOver) this.#tell()
    else this.#changed()
    return () => this.#listeners.delete(listener)
  }

  /** Nothing more is counted: all are told. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#tell()
  }

  /** The results, with their progress, which ends with them. */
  follow<R>(results: Promise<R[]>): PendingMap<R> {
    const followed = results.finally(() => this.end())
    return Object.assign(followed, { progress: () => this.#iterate(followed) })
  }

  async *#iterate(results: Promise<unknown>): AsyncGenerator<Progress, void, undefined> {
    // A rejection is told here.
    const ended = Promise.allSettled([results])
    const heard: { latest?: Progress | undefined; wake?: () => void } = {}
    const unlisten = this.listen((progress) => {
      heard.latest = progress
      heard.wake?.()
    })
    try {
      for (;;) {
        const { latest } = heard
        heard.latest = undefined
        if (latest !== undefined) yield latest
        else if (this.#isOver) break
        else await Promise.race([ended, new Promise<void>((resolve) => (heard.wake = resolve))])
      }
    } finally {
      unlisten()
    }
    await results
  }

  #changed(): void {
    if (this.#listeners.size > 0) this.#timer ??= setTimeout(() => this.#tell(), intervalMs).unref()
  }

  #tell(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const progress = this.#progress()
    for (const [listener, told] of this.#listeners) {
      if (told === progress) continue
      this.#listeners.set(listener, progress)
      listener(progress)
    }
    if (this.#isOver) this.#listeners.clear()
  }

  /** The latest one where nothing has changed since. */
  #progress(): Progress {
    const counts = { done: this.#done, failed: this.#failed, total: this.#total }
    const { done, failed, total } = this.#latest
    if (done !== counts.done || failed !== counts.failed || total !== counts.total)
      this.#latest = { ...counts, ratePerS: this.#rate.perSecond(counts.done + counts.failed) }
    return this.#latest
  }
}

/** The time in which what has been counts ever less. */
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
