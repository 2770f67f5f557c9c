import { setImmediate as nextTurn } from 'node:timers/promises'

/** Work that yields between its steps, which are short. */
export type Steps<T> = Generator<void, T, void>

/** So long work may go on before it leaves the event loop to others for a turn. */
const turnMs = 10

/** Does work that may be too long for one turn of the event loop. It begins at once, and resolves with its result. */
export async function inTurns<T>(work: Steps<T>): Promise<T> {
  let beganMs = performance.now()
  for (;;) {
    const { done, value } = work.next()
    if (done === true) return value
    if (performance.now() - beganMs < turnMs) continue
    await nextTurn()
    beganMs = performance.now()
  }
}
