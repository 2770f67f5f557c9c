import type { Measured, Row } from './row.ts'

export interface Plan {
  readonly rounds: number
  /** How long each row runs in each round. */
  readonly sliceMs: number
  /** How long each row runs before the first round, until the compilers of both sides have done their work. */
  readonly warmUpMs: number
}

/**
 * Measures all rows in turn, round by round, so that what else the machine does meanwhile hits all of them alike.
 */
export async function measureRounds(rows: readonly Row[], plan: Plan): Promise<Measured[]> {
  for (const row of rows) await row.measure(plan.warmUpMs)
  const measured = rows.map((row) => ({ row, roundsUs: [] as number[] }))
  for (let round = 0; round < plan.rounds; round++) {
    for (const { row, roundsUs } of measured) roundsUs.push(await row.measure(plan.sliceMs))
  }
  return measured
}
