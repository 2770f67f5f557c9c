import { AsyncLocalStorage } from 'node:async_hooks'
import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, extname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isMainThread } from 'node:worker_threads'
import { callSite, isSameModule } from './call-site.ts'
import { type Exports, importUrl } from './dynamic-import.ts'
import { ManagerError } from './errors.ts'
import { mustBe } from './options.ts'
import { processWide } from './process-wide.ts'

/** Node's `require`, as a module has it. Bundlers rewrite a `createRequire` that they see, and what comes of it. */
export function requireFrom(path: string): NodeJS.Require {
  return process.getBuiltinModule('node:module').createRequire(path)
}

/**
 * Whether the module that calls is the program that was started: Python's `if __name__ == '__main__'`. Server processes
 * and children of `Process` import the program's modules too, and there it is false, as in threads, so that what starts
 * managers and processes goes under it. It is true in each process of a cluster, as each of them runs the program.
 *
 * CommonJS modules, which have no `import.meta`, call it without. In a bundle, all its modules are the program.
 * @throws Error where the command line doesn't tell which module the program is; TypeError for what is no `import.meta`
 */
export function isMain(meta?: ImportMeta): boolean {
  assertMeta(meta)
  if (!isMainThread) return false
  const caller = callSite(isMain)
  // Bundlers write the URL of a source into a bundle, or none, and that it is the program. What runs is the caller.
  if (meta !== undefined && 'main' in meta && meta.main === true && isSameModule(meta.url, caller)) return true
  const modules = [meta?.url, caller].filter((module) => module !== undefined)
  return modules.length === 0 ? process.argv[1] === undefined : modules.some(isProgram)
}

function assertMeta(meta: unknown): void {
  if (meta !== undefined && (typeof meta !== 'object' || meta === null))
    throw mustBe('what isMain is given', meta, 'import.meta; in CommonJS, which has none, call isMain()')
}

/** @param module a path or a URL */
function isProgram(module: string): boolean {
  // A program that Node is given as text has a URL of a file that isn't there, and can't be imported.
  if (/\/\[eval\d*\]$/.test(module)) return true
  if (!module.startsWith('file:') && !isAbsolute(module)) return module === process.argv[1]
  const file = realPath(module.startsWith('file:') ? fileURLToPath(module) : module)
  const mains = mainFiles()
  if (mains.length === 0 && process.argv[1] !== undefined && process.argv[1] !== '-') throw untold(file)
  return mains.some((main) => realPath(main) === file)
}

function untold(file: string): Error {
  return new Error(
    `isMain can't tell whether ${file} is the program: the command line names '${process.argv[1]}', where no file is; start the program by the path of its file`,
  )
}

/** The modules of the program: the one that was started, and those that its parent had it import. */
export function programModules(): string[] {
  return [...mainFiles().map((file) => pathToFileURL(realPath(file)).href), ...imported()]
}

/** What Node ran, and what the command line names: what runs programs for others, as pm2 does, puts their path there. */
function mainFiles(): string[] {
  const [, program] = process.argv
  if (program === undefined || program === '-') return []
  const path = program.startsWith('file:') ? fileURLToPath(program) : resolve(program)
  const require = requireFrom(path)
  const ran = require.main?.filename
  return [...(ran === undefined ? [] : [ran]), ...filesOf(path, require)]
}

/** The file of a program's path, which may be a folder or lack its extension. None where there is no such file. */
function filesOf(path: string, require: NodeJS.Require): string[] {
  try {
    return [require.resolve(path)]
  } catch {
    // Loaders know other extensions than Node.
    return [path, join(path, 'index'), join(path, mainOf(path))].flatMap(filesLike)
  }
}

function mainOf(folder: string): string {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return String(Reflect.get(Object(manifest), 'main'))
  } catch {
    return 'index'
  }
}

function filesLike(path: string): string[] {
  try {
    const files = readdirSync(dirname(path), { withFileTypes: true }).filter((entry) => !entry.isDirectory())
    return files.map(({ name }) => join(dirname(path), name)).filter((file) => stemOf(file) === stemOf(path))
  } catch {
    return []
  }
}

function stemOf(path: string): string {
  return path.slice(0, path.length - extname(path).length)
}

/** By order of the parent process. */
function imported(): Set<string> {
  return processWide('imported', () => new Set<string>())
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
    imported().add(url)
    return await importing.run(url, async () => exportsOf(await importUrl(url)))
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

/** What Node doesn't see that a CommonJS module exports, which is all of it where a loader compiles it, is in `default`. */
function exportsOf(module: Exports): Exports {
  const { default: all } = module
  return typeof all === 'object' && all !== null ? { ...(all as Exports), ...module } : module
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
      'Put what only the program itself shall do under `if (isMain(import.meta)) { ... }`, with isMain from referent; ' +
      'in CommonJS it is `if (isMain())`',
  )
}

function realPath(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    return path
  }
}
