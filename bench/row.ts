/** The two echoes that rows are compared with: one message at a time, and 64 in flight. */
export type EchoKind = 'sequential' | 'batched'

/** One thing that is measured, in every round anew. */
export interface Row {
  readonly name: string
  /** How the table shows it: the time of one operation, or how many there are in a second. */
  readonly unit: 'us' | 'ms' | '/s'
  /** The echo that does the comparable thing. */
  readonly echo: EchoKind
  /** Does it again and again for about so long; resolves with the time one operation took, in microseconds. */
  measure(sliceMs: number): Promise<number>
}

/** What a row took in each round, in microseconds. */
export interface Measured {
  readonly row: Row
  readonly roundsUs: readonly number[]
}

export function medianUs({ roundsUs }: Measured): number {
  const sorted = roundsUs.toSorted((a, b) => a - b)
  const middle = sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1)
  return middle.reduce((sum, us) => sum + us, 0) / middle.length
}
