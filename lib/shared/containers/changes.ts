import { ManagerError } from '../../errors.ts'

export interface WatchOptions {
  /** How many changes may wait for a slow watcher, 1 or more; 1024 without it. One more, and the watch fails. */
  readonly maxBuffered?: number
}

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
   * @throws RangeError for a `maxBuffered` that can't be
   */
  watch({ maxBuffered = 1024 }: WatchOptions = {}): Watch<C> {
    if (!Number.isSafeInteger(maxBuffered) || maxBuffered < 1) {
      throw new RangeError(`maxBuffered is ${maxBuffered}; it must be a whole number of 1 or more`)
    }
    const watch: Watch<C> = new Watch(maxBuffered, () => this.#watches.delete(watch))
    this.#watches.add(watch)
    return watch
  }

  /** The container is gone: its watches end, when what waits in them is read. */
  [Symbol.dispose](): void {
    for (const watch of this.#watches) watch.end()
  }
}

type Step<C> = IteratorResult<C, void>
type Reader<C> = (step: Step<C>) => void

/** The changes of a container for one who watches it, who may be slower than they come. */
export class Watch<C> implements AsyncGenerator<C, void, undefined> {
  readonly #maxBuffered: number
  readonly #left: () => void
  #buffered: C[] = []
  readonly #readers: Reader<C>[] = []
  #isOver = false
  #failure: ManagerError | undefined

  /** @param left is called once, when it takes no more */
  constructor(maxBuffered: number, left: () => void) {
    this.#maxBuffered = maxBuffered
    this.#left = left
  }

  take(change: C): void {
    const reader = this.#readers.shift()
    if (reader !== undefined) reader({ done: false, value: change })
    else if (this.#buffered.length < this.#maxBuffered) this.#buffered.push(change)
    else this.#fail()
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
    const [change] = this.#buffered.splice(0, 1)
    if (change !== undefined) return { done: false, value: change }
    if (this.#failure !== undefined) throw this.#takeFailure(this.#failure)
    if (this.#isOver) return { done: true, value: undefined }
    return new Promise((resolve) => this.#readers.push(resolve))
  }

  async return(): Promise<Step<C>> {
    this.#buffered = []
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

  /** The changes that wait are dropped with it: they lead nowhere without those that follow. */
  #fail(): void {
    const why = `more than ${this.#maxBuffered} changes waited for it`
    const fix = 'read the state anew and watch again, or give a higher maxBuffered'
    this.#failure = new ManagerError('OVERLOADED', `a watch has failed: ${why}; ${fix}`)
    this.#buffered = []
    this.end()
  }

  #takeFailure(failure: ManagerError): ManagerError {
    this.#failure = undefined
    return failure
  }
}
