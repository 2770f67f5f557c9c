import { onAbort } from '../abort.ts'
import { Chunk, slice } from './chunk.ts'
import type { PoolFunction } from './functions.ts'
import { givenUp } from './given-up.ts'
import { inTurns, type Steps } from './in-turns.ts'
import type { Outcomes } from './outcomes.ts'
import type { Calls } from './piece.ts'
import type { Tally } from './progress.ts'
import type { Scheduler } from './scheduler.ts'
import { Task } from './task.ts'

/** The calls of one `apply` or `map`, which are submitted in chunks. */
export class Batch {
  readonly #scheduler: Scheduler
  readonly #fn: PoolFunction
  readonly #calls: Calls
  readonly #chunkSize: number
  readonly #tally: Tally | undefined
  /** Those that were submitted and aren't settled. */
  readonly #tasks = new Set<Task>()
  readonly #values: unknown[]
  readonly #errors = new Map<number, unknown>()
  #remaining: number
  #isLimited = false
  #givenUp: Error | undefined
  #finish: () => void = () => undefined

  constructor(scheduler: Scheduler, fn: PoolFunction, calls: Calls, chunkSize: number, tally?: Tally) {
    this.#scheduler = scheduler
    this.#fn = fn
    this.#calls = calls
    this.#chunkSize = chunkSize
    this.#tally = tally
    this.#remaining = calls.values.length
    this.#values = [...calls.values].fill(undefined)
  }

  /**
   * Resolves with how each call ended. Begins to submit them at once, and leaves the event loop to others while there are
   * more to submit.
   * @param limit gives up what has not ended
   * @throws (as a rejection) ManagerError `TIMEOUT` or `ABORTED` where that has aborted before
   */
  async run(limit?: AbortSignal): Promise<Outcomes> {
    if (limit?.aborted === true) throw givenUp(this.#fn.target.name, limit.reason, 'not-sent')
    this.#isLimited = limit !== undefined
    const finished = new Promise<void>((resolve) => (this.#finish = resolve))
    const unlisten = limit && onAbort(limit, () => this.#giveUp(limit.reason))
    await inTurns(this.#submitAll())
    if (this.#remaining > 0) await finished
    unlisten?.()
    return { values: this.#values, errors: this.#errors }
  }

  *#submitAll(): Steps<void> {
    const { length } = this.#calls.values
    for (let start = 0; start < length; start += this.#chunkSize) {
      if (start > 0) yield
      const chunk = yield* Chunk.pack(this.#fn, slice(this.#calls, start, this.#chunkSize))
      const refusal = this.#givenUp ?? this.#scheduler.terminated
      if (refusal !== undefined) return this.#failFrom(start, refusal)
      this.#submit(chunk, start)
    }
  }

  #submit(chunk: Chunk, start: number): void {
    const task = new Task(chunk, this.#isLimited, (outcomes) => {
      this.#tasks.delete(task)
      this.#settle(start, outcomes)
    })
    this.#tasks.add(task)
    this.#scheduler.submit(task)
  }

  #settle(start: number, outcomes: readonly Outcomes[]): void {
    let [place, failed] = [start, 0]
    for (const { values, errors } of outcomes) {
      failed += errors.size
      for (const [at, error] of errors) this.#errors.set(place + at, error)
      for (const value of values) this.#values[place++] = value
    }
    this.#end(place - start, failed)
  }

  #failFrom(start: number, error: unknown): void {
    const { length } = this.#values
    for (let place = start; place < length; place++) this.#errors.set(place, error)
    this.#end(length - start, length - start)
  }

  #end(size: number, failed: number): void {
    this.#tally?.count(size - failed, failed)
    this.#remaining -= size
    if (this.#remaining === 0) this.#finish()
  }

  #giveUp(reason: unknown): void {
    this.#givenUp = givenUp(this.#fn.target.name, reason, 'not-sent')
    for (const task of this.#tasks) this.#scheduler.giveUp(task, reason)
  }
}
