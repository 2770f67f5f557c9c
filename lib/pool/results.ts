import { onAbort } from '../extension.ts'
import { Failure } from '../process/marshal-list.ts'
import type { Input } from './input.ts'
import type { Results } from './messages.ts'
import type { Settled } from './pool-options.ts'
import { type ProgressListener, ProgressTracker } from './progress.ts'
import type { Scheduler } from './scheduler.ts'
import { cancelledError, type PoolFunction, Task, throwIfCancelled, Turn } from './tasks.ts'

export interface CallsOptions {
  readonly chunkSize: number
  /** Whether the results are how each call ended; else they are what each has returned. */
  readonly settle?: boolean | undefined
  /** Cancels what has not ended. */
  readonly signal: AbortSignal | undefined
  readonly progress?: ProgressTracker
}

/**
 * Makes the calls of one `apply` or `map`. Begins to submit them at once, and leaves the event loop to others while there
 * are more. Resolves with their results when all have ended.
 * @throws (as a rejection) the first error in order; as `throwIfCancelled`
 */
export async function makeCalls(
  scheduler: Scheduler,
  fn: PoolFunction,
  values: readonly unknown[],
  { chunkSize, settle, signal, progress }: CallsOptions,
): Promise<unknown[]> {
  throwIfCancelled(fn, signal)
  const tasks: Task[] = []
  const cancel = (): void => {
    for (const task of tasks) scheduler.cancel(task, signal?.reason)
  }
  const unlisten = signal && onAbort(signal, cancel)
  const isWanted = (): boolean => !scheduler.isTerminated && signal?.aborted !== true
  const turn = new Turn()
  for (let start = 0; start < values.length; start += chunkSize) {
    const task = new Task(fn, values.slice(start, start + chunkSize), start, signal !== undefined)
    tasks.push(task)
    if (progress !== undefined) void task.results.then((results) => progress.count(results))
    while (!task.isPacked && isWanted()) {
      if (turn.isOver) await turn.next()
      task.pack()
    }
    if (signal?.aborted === true) scheduler.cancel(task, signal.reason)
    else scheduler.submit(task)
  }
  const chunks = await Promise.all(tasks.map((task) => task.results))
  unlisten?.()
  return valuesIn(chunks, values.length, settle === true ? settledOf : valueOf)
}

/** @throws what `read` throws */
function valuesIn(chunks: readonly Results[], length: number, read: typeof valueOf | typeof settledOf): unknown[] {
  const values = Array<unknown>(length)
  let place = 0
  for (const chunk of chunks) {
    for (const result of chunk) {
      values[place] = read(result, place)
      place++
    }
  }
  return values
}

/** @throws what the call has thrown, if it has */
function valueOf(result: unknown): unknown {
  if (result instanceof Failure) throw result.error
  return result
}

function settledOf(result: unknown, index: number): Settled<unknown> {
  return result instanceof Failure
    ? { status: 'rejected', reason: result.error, index }
    : { status: 'fulfilled', value: result, index }
}

export interface ResultIteratorOptions {
  readonly scheduler: Scheduler
  /** What is called with each item. */
  readonly fn: PoolFunction
  readonly isOrdered: boolean
  readonly settle: boolean
  /** How many chunks may be on their way, or wait to be read. */
  readonly window: number
  readonly signal: AbortSignal | undefined
  readonly onProgress: ProgressListener | undefined
}

/** One iteration over the results of an input, which is taken only a window ahead of the reader. */
export class ResultIterator {
  readonly #input: Input
  readonly #options: ResultIteratorOptions
  /** Those whose results are not read, in the order of the input. */
  readonly #tasks = new Set<Task>()
  #progress: ProgressTracker | undefined
  #taken = 0
  #isTaking = false
  #isOver = false
  #failure: Failure | undefined
  #wake: () => void = () => undefined

  constructor(input: Input, options: ResultIteratorOptions) {
    this.#input = input
    this.#options = options
  }

  /** What each item's call has returned, or how it ended; without `settle`, the first error ends it. */
  async *results(): AsyncGenerator<unknown, void, undefined> {
    const read = this.#options.settle ? settledOf : valueOf
    for await (const task of this.#ended()) {
      for (const [place, result] of (await task.results).entries()) yield read(result, task.start + place)
    }
  }

  /**
   * The tasks that have ended, in order or as they come. Ends with the input, or throws what ended it early, after all that
   * was submitted. When its reader leaves, so does it: what waits is withdrawn, what runs goes on unheard.
   */
  async *#ended(): AsyncGenerator<Task, void, undefined> {
    this.#trackProgress()
    const { signal } = this.#options
    const cancel = (): void => this.#cancel(signal?.reason)
    const unlisten = signal && onAbort(signal, cancel)
    if (signal?.aborted === true) cancel()
    try {
      for (;;) {
        void this.#take()
        const task = this.#next()
        if (task !== undefined) yield task
        else if (this.#isOver && this.#tasks.size === 0) break
        else await new Promise<void>((resolve) => (this.#wake = resolve))
      }
      if (this.#failure !== undefined) throw this.#failure.error
    } finally {
      unlisten?.()
      this.#progress?.end()
      await this.#leave()
    }
  }

  #trackProgress(): void {
    const { onProgress } = this.#options
    if (onProgress === undefined) return
    this.#progress = new ProgressTracker()
    if (this.#input.size !== undefined) this.#progress.expect(this.#input.size)
    this.#progress.listen(onProgress)
  }

  /** Takes from the input until the window is full. */
  async #take(): Promise<void> {
    if (this.#isTaking) return
    this.#isTaking = true
    try {
      while (!this.#isOver && this.#tasks.size < this.#options.window) await this.#takeChunk()
    } catch (error) {
      this.#end(new Failure(error))
    }
    this.#isTaking = false
  }

  async #takeChunk(): Promise<void> {
    const { scheduler, fn, signal } = this.#options
    scheduler.assertOpen()
    const values = await this.#input.next()
    if (values.length === 0) {
      this.#progress?.expect(this.#taken)
      return this.#end()
    }
    const task = new Task(fn, values, this.#taken, signal !== undefined)
    const turn = new Turn()
    while (!task.isPacked && !this.#isOver) {
      if (turn.isOver) await turn.next()
      task.pack()
    }
    scheduler.assertOpen()
    if (!this.#isOver) this.#submit(task)
  }

  #submit(task: Task): void {
    this.#tasks.add(task)
    this.#taken += task.values.length
    void task.results.then((results) => {
      this.#progress?.count(results)
      this.#wake()
    })
    this.#options.scheduler.submit(task)
  }

  /** Takes no more. */
  #end(failure?: Failure): void {
    this.#failure ??= failure
    this.#isOver = true
    this.#wake()
  }

  /** Takes out the task that is read next, if that has ended. */
  #next(): Task | undefined {
    for (const task of this.#tasks) {
      if (task.isSettled) {
        this.#tasks.delete(task)
        return task
      }
      if (this.#options.isOrdered) return undefined
    }
    return undefined
  }

  #cancel(reason: unknown): void {
    const { scheduler, fn } = this.#options
    for (const task of this.#tasks) scheduler.cancel(task, reason)
    this.#end(new Failure(cancelledError(fn, reason, 'unknown')))
  }

  async #leave(): Promise<void> {
    this.#isOver = true
    for (const task of this.#tasks) if (task.isQueued) this.#options.scheduler.cancel(task, undefined)
    await this.#input.leave(this.#isTaking)
  }
}
