import type { Remote, SharedEvent } from 'referent'
import type { Budget } from './budget.ts'

/** Holds a share in each way there is, until it is killed. */
export async function holdAll(budget: Remote<Budget>, isReady: Remote<SharedEvent>): Promise<void> {
  await budget.take(1)
  const share = await budget.reserve(2)
  await budget.use(3, async () => {
    await isReady.set()
    return new Promise(() => setInterval(() => share, 60_000))
  })
}

/** Waits for all of it, until it is killed. */
export async function waitForAll(budget: Remote<Budget>): Promise<void> {
  await budget.take(6)
}
