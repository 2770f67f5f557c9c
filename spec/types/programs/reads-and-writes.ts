import type { Remote, SharedBarrier, SharedRWLock } from 'referent'
import type { Notes } from '../notes.ts'

/** Reads and writes in turns, and once reads together with another process. */
export async function readAndWrite(
  name: string,
  lock: Remote<SharedRWLock>,
  meeting: Remote<SharedBarrier>,
  notes: Remote<Notes>,
): Promise<void> {
  const stay = async (what: string, body: () => Promise<unknown>): Promise<void> => {
    await notes.enter(`${name} ${what}`)
    await body()
    await notes.leave(`${name} ${what}`)
  }
  await lock.runRead(() => stay('meets', () => meeting.wait()))
  const pause = () => new Promise(setImmediate)
  for (let round = 0; round < 10; round++) {
    await lock.runWrite(() => stay(`writes ${round}`, pause))
    await Promise.all([1, 2].map((reader) => lock.runRead(() => stay(`reads ${round}.${reader}`, pause))))
  }
}
