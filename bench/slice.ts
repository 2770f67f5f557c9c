/** The stretch of time in which one row is measured, from when it is made. */
export class Slice {
  /** Set by a timer: to look at the clock for every operation would be measured too. */
  isOver = false
  readonly #startMs = performance.now()

  constructor(sliceMs: number) {
    setTimeout(() => (this.isOver = true), sliceMs)
  }

  /** The time per operation in microseconds, where so many were done until now: the inverse of the rate. */
  usPer(operations: number): number {
    return ((performance.now() - this.#startMs) * 1000) / operations
  }
}

/** Runs `operation` for about `sliceMs`, so many at a time, each begun when one before it ended. */
export async function usPerOperation(
  sliceMs: number,
  inFlight: number,
  operation: () => Promise<unknown>,
): Promise<number> {
  const slice = new Slice(sliceMs)
  let operations = 0
  const repeat = async (): Promise<void> => {
    do {
      await operation()
      operations++
    } while (!slice.isOver)
  }
  await Promise.all(Array.from({ length: inFlight }, repeat))
  return slice.usPer(operations)
}
