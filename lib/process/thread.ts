import { type MessagePort, Worker as Thread } from 'node:worker_threads'
import { type ChildOptions, findFrom, hasLoader, isProgramTypeScript, isTypeScript, refuseBun } from './child.ts'

/** What a thread that this package starts finds as its `workerData`. */
export interface ThreadData {
  /** What it talks to its program by: its `parentPort` is for the program's own modules. */
  readonly referentPort: MessagePort
}

/**
 * Starts a thread on one of this package's entries. It inherits the flags of this process. Where it must import
 * TypeScript, it registers tsx itself, if that can be found from the module: a thread has none of what its process
 * registered, on Node 20 not even by the flags.
 */
export function startThread(
  entry: URL,
  modules: readonly string[],
  port: MessagePort,
  { execArgv, env }: ChildOptions,
): Thread {
  refuseBun()
  const workerData: ThreadData = { referentPort: port }
  return new Thread(bootstrap(entry, modules, execArgv ?? process.execArgv), {
    // As text, as an `--input-type` that it inherits allows for nothing else.
    eval: true,
    env: { ...process.env, ...env },
    ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
    workerData,
    transferList: [port],
  })
}

function bootstrap(entry: URL, modules: readonly string[], flags: readonly string[]): string {
  const registering = registersOf([entry.href, ...modules], flags).map(
    (module) => `.then(() => import(${JSON.stringify(module)})).then(({ register }) => register())`,
  )
  return `Promise.resolve()${registering.join('')}.then(() => import(${JSON.stringify(entry.href)}))`
}

/** The modules by which a thread registers tsx, for ES modules and CommonJS; none where it has another loader. */
function registersOf(modules: readonly string[], flags: readonly string[]): string[] {
  const typescript = modules.find(isTypeScript)
  if (typescript === undefined || hasOtherLoader(flags)) return []
  return ['tsx/cjs/api', 'tsx/esm/api'].flatMap((name) => {
    // Of the two forms that tsx has of each, that for `require` finds its own hooks nowhere.
    return findFrom(typescript, name)?.replace(/\.cjs$/, '.mjs') ?? []
  })
}

/** Whether what loads TypeScript in this process is something else, which a thread has too. */
function hasOtherLoader(flags: readonly string[]): boolean {
  if (hasLoader(flags)) return ![...flags, process.env['NODE_OPTIONS'] ?? ''].some((flag) => /\btsx\b/.test(flag))
  return isProgramTypeScript()
}
