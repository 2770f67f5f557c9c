import { AsyncLocalStorage } from 'node:async_hooks'
import { realpathSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isMainThread } from 'node:worker_threads'
import { ManagerError } from './errors.ts'
import { processWide } from './process-wide.ts'

/** What a module exports. */
export type Exports = Readonly<Record<string, unknown>>

/**
 * Whether a module is the program that was started: Python's `if __name__ == '__main__'`. Server processes and
 * children of `Process` import the program's modules too, and there it is false, so that what starts managers and
 * processes goes under it.
 */
export function isMain(meta: ImportMeta): boolean {
  const program = process.argv[1]
  if (program === undefined || !isMainThread || !meta.url.startsWith('file:')) return false
  return withoutExtension(realPath(program)) === withoutExtension(realPath(fileURLToPath(meta.url)))
}

/** Holds the module that a server or child is importing, for all that its evaluation starts, also later. */
const importing = processWide('importing', () => new AsyncLocalStorage<string>())

/**
 * Imports a module, given as a path or a `file:` URL, in a process that hosts or runs what is in it.
 * @throws ManagerError `MODULE_FAILED` with the cause, or `NOT_GUARDED` where it starts managers or processes
 */
export async function importModule(module: string): Promise<Exports> {
  const url = module.startsWith('file:') ? module : pathToFileURL(module).href
  try {
    return await importing.run(url, async () => (await import(url)) as Exports)
  } catch (cause) {
    if (cause instanceof ManagerError && cause.code === 'NOT_GUARDED') throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ManagerError(
      'MODULE_FAILED',
      `the module ${url} can't be imported in process ${process.pid}: ${reason}`,
      { cause },
    )
  }
}

/**
 * Refuses what must not happen while a module is imported into a server or child: it would start the program anew in
 * every process, without end.
 * @throws ManagerError `NOT_GUARDED`, naming the module and the guard
 */
export function refuseWhileImporting(what: string): void {
  const module = importing.getStore()
  if (module === undefined) return
  throw new ManagerError(
    'NOT_GUARDED',
    `${what} was called while process ${process.pid} was importing ${module} for its classes and functions. ` +
      'Put what only the program itself shall do under `if (isMain(import.meta)) { ... }`, with isMain from referent',
  )
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    // `node app` names app.js: the name alone is compared then.
    return path
  }
}

function withoutExtension(path: string): string {
  return path.replace(/\.[cm]?[jt]sx?$/, '')
}
