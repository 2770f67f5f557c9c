import { readFileSync } from 'node:fs'

/** By how much more memory this process takes at its most than it did when this was made, as the system counts (RSS). */
export class Growth {
  readonly #firstBytes = process.memoryUsage.rss()
  #mostBytes = 0

  /** Looks now. Only needed where the system doesn't remember the most itself. */
  sample(): void {
    if (process.platform !== 'linux') this.#mostBytes = Math.max(this.#mostBytes, process.memoryUsage.rss())
  }

  get bytes(): number {
    this.sample()
    return (peakBytes() ?? this.#mostBytes) - this.#firstBytes
  }
}

/** The most that this process ever took (https://man7.org/linux/man-pages/man5/proc_pid_status.5.html). */
function peakBytes(): number | undefined {
  if (process.platform !== 'linux') return undefined
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
}
