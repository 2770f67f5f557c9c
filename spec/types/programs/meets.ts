import { isManagerError, type Remote, type SharedBarrier, type SharedEvent } from 'referent'
import type { Notes } from '../notes.ts'

/** Two parties meet others at a barrier in each round, and note what came of it; a round begins with its event. */
export async function meet(
  barrier: Remote<SharedBarrier>,
  rounds: readonly Remote<SharedEvent>[],
  notes: Remote<Notes>,
): Promise<void> {
  for (const round of rounds) {
    await round.wait()
    await Promise.all([1, 2].map(async () => notes.write(await outcomeOf(barrier))))
  }
}

async function outcomeOf(barrier: Remote<SharedBarrier>): Promise<string> {
  try {
    return String(await barrier.wait())
  } catch (error) {
    return isManagerError(error) ? error.code : String(error)
  }
}
