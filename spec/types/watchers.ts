import { Process, type Remote } from 'referent'
import type { Watched } from './watched.ts'

/** A process that watches until it is killed. */
export function startWatching(watched: Remote<Watched>): Process {
  const watching = new Process(watchForEver, [watched])
  watching.start()
  return watching
}

export async function watchForEver(watched: Remote<Watched>): Promise<void> {
  for await (const _ of await watched.watch()) continue
}
