import type { Contender } from './contender.ts'
import { type Answer, quantile } from './measure.ts'
import type { Row } from './rows.ts'
import { Refusal, Runner } from './runner.ts'

export interface Plan {
  readonly rounds: number
  /** Rounds of rows whose programs are started anew for each. */
  readonly freshRounds: number
  /** How long each contender runs in each round. */
  readonly sliceMs: number
  /** How long all run at most, at the same time, until they are warm. */
  readonly warmUpMs: number
}

/** What one contender did in one row. */
export interface Result {
  readonly row: string
  readonly unit: Row['unit']
  readonly peer: string
  /** Why it wasn't measured; the numbers are missing then. */
  readonly skipped?: { readonly reason: string; readonly isAbsent: boolean }
  /** Of one operation, in each round: microseconds, or bytes where `unit` is `B`. */
  readonly rounds?: readonly number[]
  /** Half of the rounds are below. */
  readonly median?: number
  /** A quarter of the rounds are below, and a quarter above. */
  readonly quarters?: readonly [low: number, high: number]
  /** Processor time per operation of either side, in microseconds: all rounds together. */
  readonly clientUs?: number
  readonly serverUs?: number | undefined
}

/**
 * Measures rows of a group, or one, of all contenders that have it, who take turns in each round: what else the machine does
 * meanwhile hits all of them alike. Each has processes of its own, that are new for the row, and is warm before the first
 * round.
 */
export async function measureRows(
  rows: readonly Row[],
  contenders: readonly Contender[],
  plan: Plan,
): Promise<Result[]> {
  const entrants = rows.flatMap((row) =>
    contenders.filter((each) => each.offers(row)).map((contender) => new Entrant(contender, row)),
  )
  const areFresh = rows.some(({ fresh }) => fresh !== undefined)
  if (!areFresh) {
    await Promise.all(entrants.map((each) => each.start()))
    // All at once: that is of no matter here, and leaves no core idle.
    await Promise.all(entrants.map((each) => each.warmUp(plan)))
  }
  const rounds = areFresh ? plan.freshRounds : plan.rounds
  for (let round = 0; round < rounds; round++) {
    // Those that begin with the measurement are waiting for it; what they start is started then, one after the other.
    if (areFresh) await Promise.all(entrants.map((each) => each.start()))
    for (const each of entrants) await each.measure(plan.sliceMs)
    if (areFresh) await Promise.all(entrants.map((each) => each.stop()))
  }
  await Promise.all(entrants.map((each) => each.stop()))
  return entrants.map((each) => each.result())
}

/** The processor time of both sides that is the least for compilers to have done their work. */
const enoughUs = 800_000
/** They look at how often a function was called as well: the least of operations that take microseconds. */
const enoughOperations = 5_000

class Entrant {
  readonly #contender: Contender
  readonly #row: Row
  #runners: Runner[] = []
  #skipped: Result['skipped']
  readonly #answers: Answer[] = []

  constructor(contender: Contender, row: Row) {
    this.#contender = contender
    this.#row = row
  }

  start(): Promise<void> {
    return this.#unlessRefused(async () => {
      const first = await Runner.start(this.#contender.command(this.#row))
      this.#runners = [first]
      const others = Array.from({ length: this.#contender.processes(this.#row) - 1 }, () =>
        Runner.start(this.#contender.command(this.#row, first.address)),
      )
      this.#runners.push(...(await Promise.all(others)))
    })
  }

  /**
   * Until both sides have had enough processor time and operations, and eight slices in a row took no less time per operation
   * than one before them, of processors: wall time tells too little of compilers.
   */
  warmUp({ sliceMs, warmUpMs }: Plan): Promise<void> {
    return this.#unlessRefused(async () => {
      const endMs = performance.now() + warmUpMs
      const leastOperations = this.#row.unit === 'ms' ? 0 : enoughOperations
      let [spentUs, operations, leastUs, slicesSince] = [0, 0, Infinity, 0]
      while (performance.now() < endMs && (spentUs < enoughUs || operations < leastOperations || slicesSince < 8)) {
        const slice = await this.#slice(sliceMs)
        const us = processorUs(slice)
        slicesSince = us < leastUs * 0.95 ? 0 : slicesSince + 1
        if (slicesSince === 0) leastUs = us
        spentUs += us * slice.operations
        operations += slice.operations
      }
    })
  }

  measure(sliceMs: number): Promise<void> {
    return this.#unlessRefused(async () => void this.#answers.push(await this.#slice(sliceMs)))
  }

  async stop(): Promise<void> {
    // The first has the server.
    for (const runner of this.#runners.splice(0).toReversed()) await runner[Symbol.asyncDispose]()
  }

  result(): Result {
    const { name: row, unit } = this.#row
    const about = { row, unit, peer: this.#contender.name }
    if (this.#skipped !== undefined) return { ...about, skipped: this.#skipped }
    const rounds = this.#answers.map(perOperation)
    const operations = sumOf(this.#answers, (each) => each.operations)
    const hasServer = this.#answers.every(({ serverUs }) => typeof serverUs === 'number')
    return {
      ...about,
      rounds,
      median: quantile(rounds, 0.5),
      quarters: [quantile(rounds, 0.25), quantile(rounds, 0.75)],
      clientUs: sumOf(this.#answers, (each) => each.clientUs) / operations,
      serverUs: hasServer ? sumOf(this.#answers, (each) => each.serverUs ?? 0) / operations : undefined,
    }
  }

  /** Of all processes at the same time. */
  async #slice(sliceMs: number): Promise<Answer> {
    const answers = await Promise.all(this.#runners.map((runner) => runner.measure(sliceMs)))
    return {
      operations: sumOf(answers, (each) => each.operations),
      amount: Math.max(...answers.map((each) => each.amount)),
      clientUs: sumOf(answers, (each) => each.clientUs),
      serverUs: answers[0]?.serverUs,
    }
  }

  async #unlessRefused(step: () => Promise<void>): Promise<void> {
    if (this.#skipped !== undefined) return
    try {
      await step()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.#skipped = { reason: error.message, isAbsent: error.isAbsent }
      await this.stop()
    }
  }
}

/** Of both sides, per operation. */
function processorUs({ clientUs, serverUs = 0, operations }: Answer): number {
  return (clientUs + serverUs) / operations
}

function perOperation({ amount, operations }: Answer): number {
  return amount / operations
}

function sumOf<T>(items: readonly T[], numberOf: (item: T) => number): number {
  return items.reduce((sum, item) => sum + numberOf(item), 0)
}
