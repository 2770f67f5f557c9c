import { onAbort } from '../../abort.ts'
import { Chunk, type Outcome, valueOf } from './chunk.ts'
import type { Crew } from './crew.ts'
import type { PoolFunction } from './functions.ts'
import { givenUp } from './given-up.ts'
import type { Input } from './input.ts'
import type { Task } from './task.ts'

/** How one item ended, and which one it was. */
export type Settled<R> = PromiseSettledResult<R> & {
  /** The place of the item in the input, from 0. */
  readonly index: number
}

export interface CourseOptions {
  readonly crew: Crew
  /** What is called with each item. */
  readonly fn: PoolFunction
  readonly isOrdered: boolean
  /** How many chunks may be on their way, or wait to be read. */
  readonly window: number
  readonly signal: AbortSignal | undefined
}

interface Entry {
  readonly task: Task
  readonly start: number
  outcomes?: readonly Outcome[]
}

interface Finished {
  readonly start: number
  readonly outcomes: readonly Outcome[]
}

/** One iteration over the results of an input, which is taken only a window ahead of the reader. */
export class Course {
  readonly #input: Input
  readonly #options: CourseOptions
  /** In the order of the input. */
  readonly #entries = new Set<Entry>()
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
    const { signal } = this.#options
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
      await this.#leave()
    }
  }

  /** How each item ended. */
  async *settled(): AsyncGenerator<Settled<unknown>, void, undefined> {
    for await (const { start, outcomes } of this.#chunks())
      for (const [place, outcome] of outcomes.entries()) yield { ...outcome, index: start + place }
  }

  /** What was made of each item; throws the first error. */
  async *values(): AsyncGenerator<unknown, void, undefined> {
    for await (const { outcomes } of this.#chunks()) for (const outcome of outcomes) yield valueOf(outcome)
  }

  /** Takes from the input until the window is full. */
  async #take(): Promise<void> {
    if (this.#isTaking) return
    this.#isTaking = true
    try {
      while (this.#mayTake()) this.#submit(await this.#input.next())
    } catch (error) {
      this.#end(error)
    }
    this.#isTaking = false
  }

  #mayTake(): boolean {
    const { window, crew } = this.#options
    if (crew.refusal !== undefined && !this.#isOver) this.#end(crew.refusal)
    return !this.#isOver && this.#entries.size < window
  }

  #submit(items: readonly unknown[]): void {
    if (this.#isOver) return
    if (items.length === 0) return this.#end()
    const { crew, fn } = this.#options
    const chunk = new Chunk(
      fn,
      items.map((item) => [item]),
    )
    const entry: Entry = { task: crew.submit(chunk), start: this.#taken }
    this.#taken += items.length
    this.#entries.add(entry)
    void entry.task.outcomes.then((outcomes) => {
      entry.outcomes = outcomes
      this.#wake()
    })
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
    for (const { task } of this.#entries) this.#options.crew.giveUp(task, reason)
    this.#end(givenUp(this.#options.fn.target.name, reason, 'unknown'))
  }

  async #leave(): Promise<void> {
    this.#isOver = true
    for (const { task } of this.#entries) this.#options.crew.withdraw(task)
    await this.#input.leave(this.#isTaking)
  }
}

function isFinished(entry: Entry): entry is Entry & Finished {
  return entry.outcomes !== undefined
}
