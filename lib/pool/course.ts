import { onAbort } from '../abort.ts'
import { Chunk } from './chunk.ts'
import type { PoolFunction } from './functions.ts'
import { givenUp } from './given-up.ts'
import type { Input } from './input.ts'
import { inTurns } from './in-turns.ts'
import { type Outcomes, settled, valueAt } from './outcomes.ts'
import { type ProgressListener, Tally } from './progress.ts'
import type { Scheduler } from './scheduler.ts'
import { Task } from './task.ts'

/** How one item ended, and which one it was. */
export type Settled<R> = (PromiseFulfilledResult<R> | { status: 'rejected'; reason: unknown }) & {
  /** The place of the item in the input, from 0. */
  readonly index: number
}

export interface CourseOptions {
  readonly scheduler: Scheduler
  /** What is called with each item. */
  readonly fn: PoolFunction
  readonly isOrdered: boolean
  /** How many chunks may be on their way, or wait to be read. */
  readonly window: number
  readonly signal: AbortSignal | undefined
  readonly onProgress: ProgressListener | undefined
}

interface Entry {
  readonly task: Task
  readonly start: number
  outcomes?: readonly Outcomes[]
}

interface Finished {
  readonly start: number
  readonly outcomes: readonly Outcomes[]
}

/** One iteration over the results of an input, which is taken only a window ahead of the reader. */
export class Course {
  readonly #input: Input
  readonly #options: CourseOptions
  /** In the order of the input. */
  readonly #entries = new Set<Entry>()
  #tally: Tally | undefined
  #taken = 0
  #isTaking = false
  #isOver = false
  #failure: { readonly error: unknown } | undefined
  #wake: () => void = () => undefined

  constructor(input: Input, options: CourseOptions) {
    this.#input = input
    this.#options = options
  }

  /**
   * The outcomes, in order or as they come, of a chunk at a time. Ends with the input, or throws what ended it early,
   * after the outcomes of all that was submitted. When its reader leaves, so does it: what waits is withdrawn, what runs
   * goes on unheard.
   */
  async *#chunks(): AsyncGenerator<Finished, void, undefined> {
    const { signal, onProgress } = this.#options
    if (onProgress !== undefined) this.#countFor(onProgress)
    const abort = (): void => this.#giveUp(signal?.reason)
    const unlisten = signal === undefined ? undefined : onAbort(signal, abort)
    if (signal?.aborted === true) abort()
    try {
      for (;;) {
        void this.#take()
        const finished = this.#finished()
        if (finished !== undefined) yield finished
        else if (this.#isOver && this.#entries.size === 0) break
        else await new Promise<void>((resolve) => (this.#wake = resolve))
      }
      if (this.#failure !== undefined) throw this.#failure.error
    } finally {
      unlisten?.()
      this.#tally?.end()
      await this.#leave()
    }
  }

  #countFor(onProgress: ProgressListener): void {
    this.#tally = new Tally()
    if (this.#input.size !== undefined) this.#tally.expect(this.#input.size)
    this.#tally.listen(onProgress)
  }

  /** How each item ended. */
  async *settled(): AsyncGenerator<Settled<unknown>, void, undefined> {
    for await (const { start, outcomes } of this.#chunks()) {
      let index = start
      for (const some of outcomes) {
        yield* settled(some, index)
        index += some.values.length
      }
    }
  }

  /** What was made of each item; throws the first error. */
  async *values(): AsyncGenerator<unknown, void, undefined> {
    for await (const { outcomes } of this.#chunks())
      for (const some of outcomes) for (const place of some.values.keys()) yield valueAt(some, place)
  }

  /** Takes from the input until the window is full. */
  async #take(): Promise<void> {
    if (this.#isTaking) return
    this.#isTaking = true
    try {
      while (this.#mayTake()) await this.#submit(await this.#input.next())
    } catch (error) {
      this.#end(error)
    }
    this.#isTaking = false
  }

  #mayTake(): boolean {
    const { window, scheduler } = this.#options
    if (scheduler.refusal !== undefined && !this.#isOver) this.#end(scheduler.refusal)
    return !this.#isOver && this.#entries.size < window
  }

  async #submit(items: readonly unknown[]): Promise<void> {
    if (this.#isOver) return
    if (items.length === 0) {
      this.#tally?.expect(this.#taken)
      return this.#end()
    }
    const chunk = await inTurns(Chunk.pack(this.#options.fn, { values: items, areSpread: false }))
    const { refusal } = this.#options.scheduler
    if (refusal !== undefined) this.#end(refusal)
    if (!this.#isOver) this.#enter(chunk)
  }

  #enter(chunk: Chunk): void {
    const task = new Task(chunk, this.#options.signal !== undefined, (outcomes) => {
      entry.outcomes = outcomes
      for (const { values, errors } of outcomes) this.#tally?.count(values.length - errors.size, errors.size)
      this.#wake()
    })
    const entry: Entry = { task, start: this.#taken }
    this.#taken += chunk.calls.values.length
    this.#entries.add(entry)
    this.#options.scheduler.submit(task)
  }

  /** Takes no more. */
  #end(error?: unknown): void {
    if (error !== undefined) this.#failure ??= { error }
    this.#isOver = true
    this.#wake()
  }

  #finished(): Finished | undefined {
    for (const entry of this.#entries) {
      if (isFinished(entry)) {
        this.#entries.delete(entry)
        return entry
      }
      if (this.#options.isOrdered) return undefined
    }
    return undefined
  }

  #giveUp(reason: unknown): void {
    for (const { task } of this.#entries) this.#options.scheduler.giveUp(task, reason)
    this.#end(givenUp(this.#options.fn.target.name, reason, 'unknown'))
  }

  async #leave(): Promise<void> {
    this.#isOver = true
    for (const { task } of this.#entries) this.#options.scheduler.withdraw(task)
    await this.#input.leave(this.#isTaking)
  }
}

function isFinished(entry: Entry): entry is Entry & Finished {
  return entry.outcomes !== undefined
}
