import { readdir, readFile } from 'node:fs/promises'

export interface FoundProcess {
  readonly pid: number
  readonly command: string
}

/** The processes that inherited an environment entry. Only Linux shows them: elsewhere none. */
export async function processesWith(entry: string): Promise<FoundProcess[]> {
  if (process.platform !== 'linux') return []
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(ids.map((id) => processWith(id, entry)))
  // tsx compiles in a process of esbuild's, which ends a moment after its own.
  return found.filter((each) => each !== undefined).filter(({ command }) => !command.includes('esbuild'))
}

async function processWith(id: string, entry: string): Promise<FoundProcess | undefined> {
  try {
    const environment = await readFile(`/proc/${id}/environ`, 'utf8')
    if (!environment.split('\0').includes(entry)) return undefined
    const command = (await readFile(`/proc/${id}/cmdline`, 'utf8')).replaceAll('\0', ' ')
    return (await isEnding(id)) ? undefined : { pid: Number(id), command }
  } catch {
    return undefined // It ended meanwhile.
  }
}

const killMask = 1n << 8n
/** `PF_EXITING` of the kernel. */
const exitingFlag = 4

/** Whether it was killed, or exits, and but waits for a processor to do so: nothing of its own program runs any more. */
async function isEnding(id: string): Promise<boolean> {
  const [status, stat] = await Promise.all(['status', 'stat'].map((file) => readFile(`/proc/${id}/${file}`, 'utf8')))
  const pending = /^SigPnd:\s*([\da-f]+)$/m.exec(status ?? '')?.[1] ?? '0'
  const flags = Number(stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[6])
  return (BigInt(`0x${pending}`) & killMask) !== 0n || (flags & exitingFlag) !== 0
}
