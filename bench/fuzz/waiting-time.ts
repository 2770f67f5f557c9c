import { readdirSync, readFileSync } from 'node:fs'

/**
 * Begins to measure how long these processes were ready to run and had no processor: what a busy machine adds to a call.
 * The function that it gives returns that, in milliseconds since then: of each process, the wait of its main thread, and
 * the longest one of the threads that main may wait for, as when garbage is collected. Only Linux tells
 * (https://docs.kernel.org/scheduler/sched-stats.html): elsewhere it is 0.
 */
export function measureWaits(pids: readonly number[]): () => number {
  const before = new Map(pids.map((pid) => [pid, threadWaits(pid)]))
  return () => {
    let ms = 0
    for (const [pid, waits] of before) {
      const since = [...threadWaits(pid)].map(([thread, wait]) => [thread, wait - (waits.get(thread) ?? 0)] as const)
      const helpers = since.filter(([thread]) => thread !== pid).map(([, wait]) => wait)
      ms += (since.find(([thread]) => thread === pid)?.[1] ?? 0) + Math.max(0, ...helpers)
    }
    return ms
  }
}

/** How long each thread of a process has waited since it started, in milliseconds. */
function threadWaits(pid: number): Map<number, number> {
  if (process.platform !== 'linux') return new Map()
  try {
    return new Map(readdirSync(`/proc/${pid}/task`).map((thread) => [Number(thread), threadWait(pid, thread)]))
  } catch {
    return new Map() // It has ended, or a thread has.
  }
}

function threadWait(pid: number, thread: string): number {
  return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[1]) / 1e6
}

/** How long the main thread of a process has run on a processor, in milliseconds; 0 where nobody tells. */
export function computedMs(pid: number): number {
  if (process.platform !== 'linux') return 0
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
  } catch {
    return 0 // It has ended.
  }
}
