import { ManagerError } from '../../errors.ts'
import { Ring } from '../queueing/ring.ts'

export interface WatchOptions {
  /** How many changes may wait for a watcher for as long as it likes, 1 or more; 1024 without it. */
  readonly maxBuffered?: number
  /**
   * For how long more than that may wait, in milliseconds; 1000 without it. So a burst of changes does no harm to who reads
   * them. One more while the first of them has waited for longer, and the watch fails.
   */
  readonly maxLagMs?: number
}

const defaults: Required<WatchOptions> = { maxBuffered: 1024, maxLagMs: 1000 }

/** Tells those who watch a container what changes in it. */
export class Changes<C> implements Disposable {
  readonly #watches = new Set<Watch<C>>()

  /** Whether anybody watches: where nobody does, a change need not be described. */
  get areWatched(): boolean {
    return this.#watches.size > 0
  }

  tell(change: C): void {
    for (const watch of this.#watches) watch.take(change)
  }

  /**
   * All changes from now on.
   * @throws RangeError for a bound that can't be
   */
  watch(options: WatchOptions = {}): Watch<C> {
    const watch: Watch<C> = new Watch(boundsOf(options), () => this.#watches.delete(watch))
    this.#watches.add(watch)
    return watch
  }

  /** The container is gone: its watches end, when what waits in them is read. */
  [Symbol.dispose](): void {
    for (const watch of this.#watches) watch.end()
  }
}

function boundsOf({
  maxBuffered = defaults.maxBuffered,
  maxLagMs = defaults.maxLagMs,
}: WatchOptions): Required<WatchOptions> {
  if (!Number.isSafeInteger(maxBuffered) || maxBuffered < 1)
    throw new RangeError(`maxBuffered is ${maxBuffered}; it must be a whole number of 1 or more`)
  if (!(maxLagMs >= 0)) throw new RangeError(`maxLagMs is ${maxLagMs}; it must be 0 or more`)
  return { maxBuffered, maxLagMs }
}

interface Buffered<C> {
  readonly change: C
  /** By `performance.now()`. */
  readonly sinceMs: number
}

type Step<C> = IteratorResult<C, void>
type Reader<C> = (step: Step<C>) => void

/** The changes of a container for one who watches it, who may be slower than they come. */
export class Watch<C> implements AsyncGenerator<C, void, undefined> {
  readonly #bounds: Required<WatchOptions>
  readonly #left: () => void
  readonly #buffered = new Ring<Buffered<C>>()
  readonly #readers: Reader<C>[] = []
  #isOver = false
  #failure: ManagerError | undefined

  /** @param left is called once, when it takes no more */
  constructor(bounds: Required<WatchOptions>, left: () => void) {
    this.#bounds = bounds
    this.#left = left
  }

  take(change: C): void {
    const reader = this.#readers.shift()
    if (reader !== undefined) return reader({ done: false, value: change })
    const sinceMs = performance.now()
    if (this.#lagsAt(sinceMs)) this.#fail()
    else this.#buffered.add({ change, sinceMs })
  }

  /** Takes no more. What waits can still be read. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#left()
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<Step<C>> {
    const buffered = this.#buffered.take()
    if (buffered !== undefined) return { done: false, value: buffered.change }
    if (this.#failure !== undefined) throw this.#takeFailure(this.#failure)
    if (this.#isOver) return { done: true, value: undefined }
    return new Promise((resolve) => this.#readers.push(resolve))
  }

  async return(): Promise<Step<C>> {
    this.#buffered.clear()
    this.end()
    return { done: true, value: undefined }
  }

  async throw(error: unknown): Promise<Step<C>> {
    await this.return()
    throw error
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  #lagsAt(nowMs: number): boolean {
    const { first, size } = this.#buffered
    const { maxBuffered, maxLagMs } = this.#bounds
    return first !== undefined && size >= maxBuffered && nowMs - first.sinceMs >= maxLagMs
  }

  /** The changes that wait are dropped with it: they lead nowhere without those that follow. */
  #fail(): void {
    const { maxBuffered, maxLagMs } = this.#bounds
    const why = `more than ${maxBuffered} changes waited for it, the first of them for more than ${maxLagMs} ms`
    const fix = 'read the state anew and watch again, or give a higher maxBuffered or maxLagMs'
    this.#failure = new ManagerError('OVERLOADED', `a watch has failed: ${why}; ${fix}`)
    this.#buffered.clear()
    this.end()
  }

  #takeFailure(failure: ManagerError): ManagerError {
    this.#failure = undefined
    return failure
  }
}
