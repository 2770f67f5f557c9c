import type { Chunk } from './chunk.ts'
import type { Outcomes } from './outcomes.ts'
import type { Worker } from './worker.ts'

/** A chunk that waits for a worker, or that one runs. */
export class Task {
  readonly chunk: Chunk
  /** Whether somebody may give it up: it shares a worker with no other then, which ends with it. */
  readonly isLimited: boolean
  /** Who runs it. */
  worker: Worker | undefined
  /** Its neighbours while it waits: the line's own. */
  previous: Task | undefined
  next: Task | undefined
  isWaiting = false
  #isSettled = false
  readonly #settled: (outcomes: readonly Outcomes[]) => void

  /** @param settled is told once how the calls ended, of a few at a time */
  constructor(chunk: Chunk, isLimited: boolean, settled: (outcomes: readonly Outcomes[]) => void) {
    this.chunk = chunk
    this.isLimited = isLimited
    this.#settled = settled
  }

  get isSettled(): boolean {
    return this.#isSettled
  }

  /** The first end counts, whichever it is. */
  settle(outcomes: readonly Outcomes[]): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#settled(outcomes)
  }

  fail(error: unknown): void {
    if (!this.#isSettled) this.settle(this.chunk.failed(error))
  }
}
