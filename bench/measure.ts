import { readdirSync, readFileSync } from 'node:fs'

/** What a process that measures answers. */
export interface Answer {
  readonly operations: number
  /** Microseconds that all of them took; in the rows of memory, bytes. */
  readonly amount: number
  /** Processor time, in microseconds, of the measuring side, with its threads. */
  readonly clientUs: number
  /** The same of the processes on the other side; undefined where there are none or it can't be read. */
  readonly serverUs?: number | undefined
}

/** The stretch of time in which one row is measured, from when it is made. */
export class Slice {
  /** Set by a timer: to look at the clock for every operation would be measured too. */
  isOver = false

  constructor(sliceMs: number) {
    setTimeout(() => (this.isOver = true), sliceMs)
  }
}

/** Runs `operation` for about `sliceMs`, so many at a time, each begun when one before it ended. Resolves with how many. */
export async function repeat(sliceMs: number, inFlight: number, operation: () => Promise<unknown>): Promise<number> {
  const slice = new Slice(sliceMs)
  let operations = 0
  const again = async (): Promise<void> => {
    do {
      await operation()
      operations++
    } while (!slice.isOver)
  }
  await Promise.all(Array.from({ length: inFlight }, again))
  return operations
}

/**
 * What it costs to do something.
 * @param work resolves with the number of operations that it did
 * @param serverPids of the processes on the other side, asked for before and after: some start meanwhile
 */
export async function timed(work: () => Promise<number>, serverPids: () => readonly number[]): Promise<Answer> {
  const serverBefore = processorUs(serverPids())
  const before = process.cpuUsage()
  const startMs = performance.now()
  const operations = await work()
  const amount = (performance.now() - startMs) * 1000
  const { user, system } = process.cpuUsage(before)
  const serverAfter = processorUs(serverPids())
  const serverUs = serverAfter === undefined ? undefined : serverAfter - (serverBefore ?? 0)
  return { operations, amount, clientUs: user + system, serverUs }
}

/** The processor time that the threads of these processes have had, where `/proc` tells it in nanoseconds: on Linux. */
function processorUs(pids: readonly number[]): number | undefined {
  if (pids.length === 0 || process.platform !== 'linux') return undefined
  const threads = pids.flatMap((pid) =>
    readdirSync(`/proc/${pid}/task`).map((id) => `/proc/${pid}/task/${id}/schedstat`),
  )
  const nanoseconds = threads.map((file) => Number(readFileSync(file, 'utf8').split(' ')[0]))
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1000
}

/** One quarter of `numbers` is below `quantile(numbers, 0.25)`, half of them are below `quantile(numbers, 0.5)`. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const [below = NaN, above = below] = sorted.slice(Math.floor(at), Math.floor(at) + 2)
  return below + (above - below) * (at % 1)
}
