import { createHook } from 'node:async_hooks'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Traces } from '../traces.ts'

/** Timers that run, also those that don't keep the process alive. From now on. */
export class RunningTimers {
  readonly #running = new Set<number>()

  constructor() {
    createHook({
      init: (id, type) => void (type === 'Timeout' && this.#running.add(id)),
      destroy: (id) => void this.#running.delete(id),
    }).enable()
  }

  get count(): number {
    return this.#running.size
  }
}

/** Only Linux shows them all. */
export async function tracesOf(timers: RunningTimers): Promise<Traces> {
  // Until then Node keeps to itself which timers are no more.
  await nextTurn()
  return {
    files: list('/proc/self/fd').flatMap((fd) => kindOf(`/proc/self/fd/${fd}`)),
    resources: process.getActiveResourcesInfo().toSorted(),
    timers: timers.count,
    listeners: process.eventNames().map((event) => [String(event), process.listenerCount(event)]),
    temporary: list(tmpdir()),
    children: list('/proc').filter((name) => isChild(name)),
  }
}

function list(folder: string): string[] {
  return readdirSync(folder).toSorted()
}

/** The path of an open file, or what else it is: sockets and pipes have numbers that differ. */
function kindOf(link: string): string[] {
  try {
    return [readlinkSync(link).replace(/\d+/, '')]
  } catch {
    return [] // The folder itself, while it was read.
  }
}

function isChild(name: string): boolean {
  if (!/^\d+$/.test(name)) return false
  try {
    const [, parent] = readFileSync(`/proc/${name}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    return Number(parent) === process.pid
  } catch {
    return false // It has ended meanwhile.
  }
}
