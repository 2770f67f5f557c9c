import { setImmediate as nextTurn } from 'node:timers/promises'

/** Work that yields between its steps, which are short. */
export type Steps<T> = Generator<void, T, void>

/** So long work may go on before it leaves the event loop to others for a turn. */
const turnMs = 10

/** A turn of the event loop, for work that may be too long for one. */
export class Turn {
  #beganMs = performance.now()

  get isOver(): boolean {
    return performance.now() - this.#beganMs > turnMs
  }

  /** Resolves in the next one. */
  async next(): Promise<void> {
    await nextTurn()
    this.#beganMs = performance.now()
  }
}

/** Does work that may be too long for one turn of the event loop. It begins at once, and resolves with its result. */
export async function inTurns<T>(work: Steps<T>): Promise<T> {
  const turn = new Turn()
  for (;;) {
    const { done, value } = work.next()
    if (done === true) return value
    if (turn.isOver) await turn.next()
  }
}
