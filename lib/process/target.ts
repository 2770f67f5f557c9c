import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Session as InspectorSession } from 'node:inspector'
import { isAbsolute } from 'node:path'
import { isModuleFile, isSameModule, modulePath } from '../call-site.ts'
import { ManagerError } from '../errors.ts'
import { importModule, programModules } from '../main-module.ts'
import { mustBe } from '../options.ts'
import { registeredModules } from '../registry.ts'
import { hasLoader, isProgramTypeScript, isTypeScript } from './child.ts'

type AnyFunction = (...args: never[]) => unknown

/** A function of a module, by name: for one that can't be handed over itself. */
export interface NamedTarget {
  /** A `file:` URL or an absolute path. */
  readonly module: string
  readonly name: string
}

/** A function as another process finds it: an export of a module. */
export interface Target extends NamedTarget {
  /** Where else the export may be, if it isn't there: in the module that makes the call. */
  readonly elsewhere?: string
  /** The text of the function, where the other process has the same: the export must be that one. */
  readonly source?: string
}

/** Where another process may find the function. */
export function modulesOf({ module, elsewhere }: Target): readonly string[] {
  return elsewhere === undefined ? [module] : [module, elsewhere]
}

/** The modules of this process's program, and the one that makes the call. */
export function modulesHere(caller: string | undefined): string[] {
  return [...new Set([...programModules(), ...registeredModules(), ...(caller === undefined ? [] : [caller])])]
}

/**
 * Names `fn`, a function or the name of one, for another process. Whether a module exports it, only that process can
 * tell: a module can't import itself while its own top-level await is pending.
 * @param caller the module that makes the call
 * @throws TypeError for what is neither, and for a function without a name or a module, saying what to do
 */
export function targetOf(fn: unknown, caller: string | undefined, what: string): Target {
  if (isNamed(fn)) return namedTarget(fn, what)
  if (typeof fn !== 'function')
    throw mustBe(what, fn, "a function that a module exports, or its name: { module: import.meta.url, name: 'work' }")
  const source = Function.prototype.toString.call(fn)
  if (fn.name === '' || fn.name.startsWith('bound ') || source.includes('[native code]')) {
    throw new TypeError(
      `${what} has no name to find it by in another process: declare it as \`export function name(...)\` at the top level of a module`,
    )
  }
  const modules = [ownModule(fn as AnyFunction), caller].filter((module) => module !== undefined)
  const [module, elsewhere] = modules
  if (module === undefined)
    throw new TypeError(
      `${what} '${fn.name}' is in no module file, where another process finds it: move it into one, or give { module: import.meta.url, name: '${fn.name}' }; a bundle of webpack has files with \`devtool: 'source-map'\``,
    )
  const isElsewhere = elsewhere !== undefined && !isSameModule(module, elsewhere)
  return {
    module,
    name: fn.name,
    ...(isElsewhere ? { elsewhere } : {}),
    ...(isLoadedAlike(module, source) ? { source } : {}),
  }
}

const known = new WeakMap<AnyFunction, { readonly module: string | undefined }>()

/**
 * The module that a function was written in: a `file:` URL or a path, as V8 has it. Undefined where it is in no file, or
 * V8's inspector isn't there to ask. Takes some milliseconds the first time.
 */
function ownModule(fn: AnyFunction): string | undefined {
  const module = known.get(fn)?.module ?? locate(fn)
  known.set(fn, { module })
  return module
}

function locate(fn: AnyFunction): string | undefined {
  try {
    const inspector = process.getBuiltinModule('node:inspector')
    const session = new inspector.Session()
    session.connect()
    try {
      const url = scriptOf(session, inspector, fn)
      return url !== undefined && isModuleFile(url) ? url : undefined
    } finally {
      session.disconnect()
    }
  } catch {
    // A Node without inspector, or one that doesn't permit it.
    return undefined
  }
}

/** All that is posted is answered at once. */
function scriptOf(session: InspectorSession, carrier: object, fn: AnyFunction): string | undefined {
  const urls = new Map<string, string>()
  session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url))
  let script: string | undefined
  session.post('Debugger.enable')
  withExpression(fn, carrier, (expression) => {
    session.post('Runtime.evaluate', { expression }, (failure, evaluated) => {
      // Deno has inspectors that answer nothing.
      const objectId = failure === null ? evaluated.result.objectId : undefined
      if (objectId === undefined) return
      session.post('Runtime.getProperties', { objectId, ownProperties: true }, (__, { internalProperties = [] }) => {
        const location: unknown = internalProperties.find(({ name }) => name === '[[FunctionLocation]]')?.value?.value
        script = String(Reflect.get(Object(location), 'scriptId'))
      })
    })
  })
  return script === undefined ? undefined : urls.get(script)
}

/**
 * The inspector finds values by expressions only, which it evaluates in the context of the program. Test runners run
 * modules in one of their own, with another global object: the built-in module is the same in both.
 */
function withExpression(value: unknown, carrier: object, use: (expression: string) => void): void {
  const name = `referent:${randomUUID()}`
  Object.defineProperty(carrier, name, { value, configurable: true })
  try {
    use(`process.getBuiltinModule('node:inspector')[${JSON.stringify(name)}]`)
  } finally {
    Reflect.deleteProperty(carrier, name)
  }
}

/** Whether another process has the same text of a function. Test runners have compilers that only they run. */
function isLoadedAlike(module: string, source: string): boolean {
  if (hasLoader(process.execArgv)) return true
  if (isTypeScript(module)) return isProgramTypeScript()
  try {
    return readFileSync(modulePath(module), 'utf8').includes(source)
  } catch {
    return true
  }
}

export function isNamed(fn: unknown): fn is NamedTarget {
  if (typeof fn !== 'object' || fn === null) return false
  return 'module' in fn && typeof fn.module === 'string' && 'name' in fn && typeof fn.name === 'string'
}

/** @throws TypeError for what is no module that another process finds: there, a relative path is another one */
export function namedTarget({ module, name }: NamedTarget, what: string): NamedTarget {
  if (!module.startsWith('file:') && !isAbsolute(module))
    throw mustBe(`the module of ${what}`, module, 'a file: URL or an absolute path, such as import.meta.url')
  return { module, name }
}

/**
 * Imports the modules that may have it, one after the other, until one does.
 * @throws ManagerError `NOT_EXPORTED`, naming the function and its module; and as `importModule`
 */
export async function findTarget(target: Target): Promise<AnyFunction> {
  let failure: unknown
  for (const module of modulesOf(target)) {
    try {
      return await exportOf(module, target)
    } catch (error) {
      failure ??= error
    }
  }
  throw failure
}

async function exportOf(module: string, target: Target): Promise<AnyFunction> {
  const exports = await importModule(module)
  const named = exports[target.name]
  const found = isTarget(named, target)
    ? named
    : Object.values(exports).find(
        (exported): exported is AnyFunction => target.source !== undefined && isTarget(exported, target),
      )
  if (found !== undefined) return found
  const reason = typeof named === 'function' ? 'its export of that name is another function' : 'it has no such export'
  throw new ManagerError(
    'NOT_EXPORTED',
    `${module} can't give the function '${target.name}' to another process: ${reason}; write \`export function ${target.name}(...)\` at its top level, or give { module, name } of the export`,
  )
}

function isTarget(value: unknown, { name, source }: Target): value is AnyFunction {
  if (typeof value !== 'function') return false
  return source === undefined || (value.name === name && Function.prototype.toString.call(value) === source)
}
