import { readdirSync, readFileSync } from 'node:fs'

export interface FoundProcess {
  readonly pid: number
  readonly command: string
}

/** The processes that inherited an environment entry. Only Linux shows them: elsewhere none. */
export function processesWith(entry: string): FoundProcess[] {
  if (process.platform !== 'linux') return []
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  // tsx compiles in a process of esbuild's, which ends a moment after its own.
  return ids.flatMap((id) => processWith(id, entry) ?? []).filter(({ command }) => !command.includes('esbuild'))
}

/** The watchdogs of a program in this process's sandbox: one, while it has children. */
export function watchdogsOf(pid: number): FoundProcess[] {
  const found = processesWith(`TMPDIR=${process.env['TMPDIR']}`)
  return found.filter(({ command }) => command.includes(`referent-watchdog children-of-${pid} `))
}

function processWith(id: string, entry: string): FoundProcess | undefined {
  try {
    if (!readFileSync(`/proc/${id}/environ`, 'utf8').split('\0').includes(entry)) return undefined
    const command = readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ')
    return isEnding(id) ? undefined : { pid: Number(id), command }
  } catch {
    return undefined // It ended meanwhile.
  }
}

const killMask = 1n << 8n
/** `PF_EXITING` of the kernel. */
const exitingFlag = 4

/** Whether it was killed, or exits, and but waits for a processor to do so: nothing of its own program runs any more. */
function isEnding(id: string): boolean {
  const status = readFileSync(`/proc/${id}/status`, 'utf8')
  const stat = readFileSync(`/proc/${id}/stat`, 'utf8')
  const pending = /^SigPnd:\s*([\da-f]+)$/m.exec(status)?.[1] ?? '0'
  const flags = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[6])
  return (BigInt(`0x${pending}`) & killMask) !== 0n || (flags & exitingFlag) !== 0
}
