import { readFileSync } from 'node:fs'

/** What the kernel counts processor time in: `sysconf(_SC_CLK_TCK)`, which is 100 on every Linux. */
const tickMs = 10

/** What part of the time it must have computed for: one that serves others now and then could answer. */
const busyShare = 0.5

interface Usage {
  readonly atMs: number
  readonly usedMs: number
}

/** The process at the other side, as far as the kernel tells of it: on Linux, and on the same machine. */
export class PeerProcess {
  readonly #pid: number
  #before: Usage | undefined

  constructor(pid: number) {
    this.#pid = pid
  }

  /**
   * Whether it computes, or has for half of the time since this was last asked. False for a process that is stopped, gone,
   * waits or does little, and where that can't be told.
   */
  isBusy(): boolean {
    const { state, usedMs } = this.#read()
    const now = { atMs: performance.now(), usedMs }
    const before = this.#before ?? now
    this.#before = now
    // One that waits for a processor is 'R' too.
    return state === 'R' || isBusyFor(now.usedMs - before.usedMs, now.atMs - before.atMs)
  }

  /** Its state, and the processor time that it has used: `man 5 proc_pid_stat`, `state`, `utime` and `stime`. */
  #read(): { state: string | undefined; usedMs: number } {
    try {
      // The name, in parentheses, may hold anything; the fields after it don't.
      const stat = readFileSync(`/proc/${this.#pid}/stat`, 'latin1')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return { state: fields[0], usedMs: (Number(fields[11]) + Number(fields[12])) * tickMs }
    } catch {
      return { state: undefined, usedMs: 0 }
    }
  }
}

function isBusyFor(usedMs: number, passedMs: number): boolean {
  return usedMs > 0 && usedMs >= passedMs * busyShare
}
