import { readdirSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'

/** The open files and sockets of a process. Only Linux shows them: elsewhere none. */
export function openFiles(pid: number): number {
  return process.platform === 'linux' ? readdirSync(`/proc/${pid}/fd`).length : 0
}

/** What keeps this process alive. */
export async function activeResources(): Promise<string> {
  // What has just ended is counted until then.
  await nextTurn()
  return process.getActiveResourcesInfo().toSorted().join(', ')
}
