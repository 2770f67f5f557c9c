import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { type MessagePort, Worker as Thread } from 'node:worker_threads'
import { modulePath } from '../decorators/call-site.ts'
import { type ChildOptions, hasLoader, isTypeScript } from './child.ts'

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
  const start = `import(${JSON.stringify(entry.href)})`
  const register = registerOf([entry.href, ...modules], [...flags, process.env['NODE_OPTIONS'] ?? ''])
  if (register === undefined) return start
  return `import(${JSON.stringify(register)}).then(({ register }) => register()).then(() => ${start})`
}

/** The module by which a thread registers tsx; undefined where it needs none, or has another loader. */
function registerOf(modules: readonly string[], flags: readonly string[]): string | undefined {
  const typescript = modules.find(isTypeScript)
  const hasOther = hasLoader(flags) && !flags.some((flag) => /\btsx\b/.test(flag))
  if (typescript === undefined || hasOther) return undefined
  try {
    // Of the two forms that tsx has of it, that for `require` finds its own hooks nowhere.
    return pathToFileURL(
      createRequire(modulePath(typescript))
        .resolve('tsx/esm/api')
        .replace(/\.cjs$/, '.mjs'),
    ).href
  } catch {
    // Node's own type stripping may do; if it doesn't, the import says so.
    return undefined
  }
}
