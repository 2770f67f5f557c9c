import { readFileSync } from 'node:fs'

/** What the command line of a watchdog says after its script: what it is, and of what. */
export function watchdogArguments(ofWhat: string): string[] {
  return ['referent-watchdog', ofWhat]
}

/**
 * Ends the watchdog of this server process, which is about to end: it would notice that within a second. Does nothing
 * where it can't be seen that the process is that watchdog, as its number may be another one's by now.
 */
export function endWatchdog(pid: number): void {
  try {
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    if (!commandLine.includes([...watchdogArguments(String(process.pid)), ''].join('\0'))) return
    // With what it waits by: it has a process group of its own.
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended, or this system doesn't show it.
  }
}
