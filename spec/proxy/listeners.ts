import { Process, type Remote } from 'referent'
import type { Bell } from './bell.ts'

/** A process that listens until it is ended: what its listener gives is its process id. */
export function startListening(bell: Remote<Bell>): Process {
  const listening = new Process(listenForEver, [bell])
  listening.start()
  return listening
}

export async function listenForEver(bell: Remote<Bell>): Promise<void> {
  await bell.on(async (tone) => {
    if (tone === 'wait') await new Promise(() => undefined)
    return `${tone} in ${process.pid}`
  })
  await new Promise(() => undefined)
}
