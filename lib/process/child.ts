import { type ChildProcess, fork, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { Socket } from 'node:net'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type MessagePort, type ResourceLimits, Worker as Thread } from 'node:worker_threads'
import { modulePath } from '../call-site.ts'
import { ManagerError } from '../errors.ts'
import { type Checks, isListOf, isText, isTexts } from '../options.ts'
import { requireFrom } from '../main-module.ts'

export interface ChildOptions {
  /** Flags for Node; without them, those of this process that make sense in a child. */
  readonly execArgv?: readonly string[] | undefined
  /** Environment variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>> | undefined
}

export const childChecks: Checks<ChildOptions> = { execArgv: isListOf(isText), env: isTexts }

/** Flags that name what this process itself runs, or a port that only one process can have. */
const ownFlags =
  /^(?:-e|--eval|-p|--print|-pe|-i|--interactive|-c|--check|--input-type|--test|--watch|--inspect)(?:$|=|-)/
const flagsWithText = new Set(['-e', '--eval', '-p', '--print', '-pe'])

/**
 * Starts a Node process on one of this package's entries, with an IPC channel that carries bytes as well as texts.
 * It inherits the flags of this process, and so its loaders. Where it must import TypeScript and no flag tells what
 * loads that, Node does where it has loaded the program itself; otherwise tsx, if it can be found from the module.
 */
export function forkChild(entry: URL, modules: readonly string[], options: ChildOptions = {}): ChildProcess {
  refuseBun()
  return fork(fileURLToPath(entry), [], {
    execArgv: flagsOf(entry, modules, options),
    env: environmentOf(options),
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
}

/** Where a child that is started by `spawnChild` finds its end of the socket. */
export const lineDescriptor = 3

/** Like `forkChild`, with a socket in place of the IPC channel: a short message takes that several times as long. */
export function spawnChild(
  entry: URL,
  modules: readonly string[],
  options: ChildOptions = {},
): { readonly child: ChildProcess; readonly socket: Socket } {
  refuseBun()
  const child = spawn(process.execPath, [...flagsOf(entry, modules, options), fileURLToPath(entry)], {
    env: environmentOf(options),
    // On Windows, a child can't read and write at the same time what isn't overlapped.
    stdio: ['ignore', 'inherit', 'inherit', 'overlapped'],
  })
  const socket = child.stdio?.[lineDescriptor]
  // Where the system has no descriptors left, there is none.
  return { child, socket: socket instanceof Socket ? socket : new Socket().destroy() }
}

function flagsOf(entry: URL, modules: readonly string[], options: ChildOptions): string[] {
  const execArgv = [...(options.execArgv ?? inheritedFlags(process.execArgv))]
  return [...execArgv, ...loaderFlags([entry.href, ...modules], execArgv)]
}

function environmentOf({ env }: ChildOptions): NodeJS.ProcessEnv {
  // Under `node --watch` the loader of each child would tell its parent what it imports, which knows no answer to that.
  return { ...process.env, WATCH_REPORT_DEPENDENCIES: undefined, ...env }
}

interface ThreadOptions extends ChildOptions {
  readonly resourceLimits?: ResourceLimits
}

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
  { execArgv, env, resourceLimits }: ThreadOptions,
): Thread {
  refuseBun()
  const workerData: ThreadData = { referentPort: port }
  return new Thread(bootstrap(entry, modules, execArgv ?? process.execArgv), {
    // As text, as an `--input-type` that it inherits allows for nothing else.
    eval: true,
    env: { ...process.env, ...env },
    ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
    ...(resourceLimits === undefined ? {} : { resourceLimits }),
    workerData,
    transferList: [port],
  })
}

/**
 * The module beside the one with `url`: a `.ts` file in the sources, a `.js` file once built.
 * @throws ManagerError `START_FAILED` where it isn't there, as in a bundle, which may not even have a `url`
 */
export function siblingModule(name: string, url: string | undefined): URL {
  const sibling = url === undefined ? undefined : new URL(`./${name}${url.endsWith('.ts') ? '.ts' : '.js'}`, url)
  if (sibling !== undefined && existsSync(sibling)) return sibling
  throw new ManagerError(
    'START_FAILED',
    `there is no ${name} beside ${url ?? 'this module'}, which a new process would run: referent must stay outside of a bundle, by ` +
      "esbuild's `--packages=external`, `external: ['referent']` of rollup, `externals` of webpack or `build: { ssr: true }` of vite",
  )
}

/** @throws ManagerError `START_FAILED` under Bun, naming what works there */
function refuseBun(): void {
  if (process.versions['bun'] === undefined) return
  throw new ManagerError(
    'START_FAILED',
    "Bun can't run the processes and threads of referent, which need V8 and Node's channels: run the program by Node or Deno, " +
      'or have one of these start the server, and Bun connect to it (`Manager.connect`)',
  )
}

function inheritedFlags(execArgv: readonly string[]): string[] {
  return execArgv.filter((flag, index) => !ownFlags.test(flag) && !flagsWithText.has(execArgv[index - 1] ?? ''))
}

function loaderFlags(modules: readonly string[], execArgv: readonly string[]): string[] {
  const typescript = modules.find(isTypeScript)
  if (typescript === undefined || hasLoader(execArgv)) return []
  // As a flag, so that the children of the child know it too. Node 20 has none, and strips no types.
  if (isProgramTypeScript()) return Reflect.get(process.features, 'typescript') ? ['--experimental-strip-types'] : []
  const loader = findFrom(typescript, 'tsx')
  return loader === undefined ? [] : ['--import', loader]
}

/** Whether flags, or those of the environment, tell what loads TypeScript. */
export function hasLoader(flags: readonly string[]): boolean {
  const loaders = /\b(?:tsx|ts-node|swc|esbuild|jiti|oxc|strip-types|transform-types)\b/
  return [...flags, process.env['NODE_OPTIONS'] ?? ''].some((flag) => loaders.test(flag))
}

/** Whether the program itself is TypeScript: where no flag says what has loaded it, Node has. */
export function isProgramTypeScript(): boolean {
  return isTypeScript(process.argv[1] ?? '')
}

export function isTypeScript(module: string): boolean {
  return /\.[cm]?tsx?(?:$|\?)/.test(module)
}

/** Where a module finds another. */
function findFrom(module: string, name: string): string | undefined {
  try {
    return pathToFileURL(requireFrom(modulePath(module)).resolve(name)).href
  } catch {
    // Node's own type stripping may do; if it doesn't, the import says so.
    return undefined
  }
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
