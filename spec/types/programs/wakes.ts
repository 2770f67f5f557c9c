import type { Remote, SharedCondition } from 'referent'
import type { Notes } from '../notes.ts'

/** So many wait for a notification each, and note when they have it. */
export async function wake(condition: Remote<SharedCondition>, notes: Remote<Notes>, number: number): Promise<void> {
  const waits = Array.from({ length: number }, () =>
    condition.run(async () => {
      await condition.wait()
      await notes.write('woken')
    }),
  )
  await Promise.all(waits)
}
