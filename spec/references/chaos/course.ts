/** What the clients of a run do, and who of them is killed when. */
export interface Course {
  /** One line for each operation and each kill that this course decided, in their order. */
  readonly log: readonly string[]
  readonly operations: number
  readonly kills: number
  /** Resolves when the clients have done what they were to do, and do nothing any more. */
  run(): Promise<void>
}

export interface CourseOptions {
  /** How many operations the clients do in all, at least. */
  readonly operations: number
  readonly clients: number
  /** After how many operations a client is killed, on average. */
  readonly operationsPerKill: number
}

/** After how many operations the next client is killed. */
export function untilKill(options: CourseOptions, random: { below(end: number): number }): number {
  return 1 + random.below(2 * options.operationsPerKill)
}
