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
    return { pid: Number(id), command: (await readFile(`/proc/${id}/cmdline`, 'utf8')).replaceAll('\0', ' ') }
  } catch {
    return undefined // It ended meanwhile.
  }
}
