import { readKernelFile } from '../platform/node.ts'

/** What part of the time it must have computed for: one that serves others now and then could answer. */
const busyShare = 0.5

/** What the kernel counts processor time in: `sysconf(_SC_CLK_TCK)`, which is 100 on every Linux. */
const tickMs = 10

/** The process at the other side, as far as the kernel tells of it: on Linux, and on the same machine. */
export class PeerProcess {
  readonly #task: string
  #askedMs = performance.now()
  #usedMs = Number.NaN

  /**
   * @param pid 0 for one that may be of another machine
   * @param task the thread of it, by its number in the kernel, that is at the other side; without it, the main thread
   */
  constructor(pid: number, task: number = pid) {
    this.#task = `/proc/${pid}/task/${task}`
  }

  /**
   * Whether it has computed for half of the time since this was last asked. False the first time, for a process that is
   * stopped, gone, waits or does little, and where that can't be told.
   */
  isBusy(): boolean {
    const [askedMs, usedMs] = [this.#askedMs, this.#usedMs]
    this.#askedMs = performance.now()
    this.#usedMs = scheduledMs(this.#task) ?? tickedMs(this.#task) ?? Number.NaN
    return this.#usedMs - usedMs >= (this.#askedMs - askedMs) * busyShare
  }
}

/**
 * How long the thread, which runs the event loop, has had a processor or waited in line for one: a process that
 * computes on a crowded machine does little else than wait. https://docs.kernel.org/scheduler/sched-stats.html
 */
function scheduledMs(task: string): number | undefined {
  const [running, waiting] = numbersIn(task, 'schedstat')
  return running === undefined || waiting === undefined ? undefined : (running + waiting) / 1_000_000
}

/** The processor time that it has used, for kernels that don't say more: `utime` and `stime` of `man 5 proc_pid_stat`. */
function tickedMs(task: string): number | undefined {
  const [user, system] = numbersIn(task, 'stat').slice(11)
  return user === undefined || system === undefined ? undefined : (user + system) * tickMs
}

/** The fields of such a file, after the name in parentheses where it has one, which may hold anything. */
function numbersIn(task: string, file: 'schedstat' | 'stat'): readonly number[] {
  try {
    const text = readKernelFile(`${task}/${file}`)
    const fields = text.slice(text.lastIndexOf(')') + 1)
    return fields.trim().split(' ').map(Number)
  } catch {
    return []
  }
}
