import type { Chunk, Outcome } from './chunk.ts'
import type { Worker } from './worker.ts'

/** A chunk that waits for a worker, or that one runs. */
export class Task {
  readonly chunk: Chunk
  /** How its calls ended; never rejects. */
  readonly outcomes: Promise<readonly Outcome[]>
  /** Who runs it. */
  worker: Worker | undefined
  #settle: (outcomes: readonly Outcome[] | Promise<readonly Outcome[]>) => void = () => undefined

  constructor(chunk: Chunk) {
    this.chunk = chunk
    this.outcomes = new Promise((resolve) => (this.#settle = resolve))
  }

  /** The first end counts, whichever it is. */
  settle(outcomes: readonly Outcome[] | Promise<readonly Outcome[]>): void {
    this.#settle(outcomes)
  }

  fail(error: unknown): void {
    this.settle(this.chunk.failed(error))
  }
}
