import { ManagerError } from '../errors.ts'
import { importModule } from '../main-module.ts'

type AnyFunction = (...args: never[]) => unknown

/** A function as another process finds it: an export of a module. */
export interface Target {
  readonly module: string
  readonly name: string
  /** The text of the function that is meant, where the caller has it: the export must be the same. */
  readonly source?: string
}

/**
 * Names `fn` for another process. Whether its module exports it, only that process can tell: a module can't import
 * itself while its own top-level await is pending.
 * @param module where the caller of the public function lives
 * @throws TypeError for what isn't a function with a name, saying what to do
 */
export function targetOf(fn: unknown, module: string | undefined, what: string): Target {
  if (typeof fn !== 'function')
    throw new TypeError(`${what} must be a function that its module exports, not ${fn === null ? 'null' : typeof fn}`)
  const source = Function.prototype.toString.call(fn)
  if (fn.name === '' || fn.name.startsWith('bound ') || source.includes('[native code]')) {
    throw new TypeError(
      `${what} has no name to find it by in another process: declare it as \`export function name(...)\` at the top level of a module`,
    )
  }
  if (module === undefined)
    throw new TypeError(
      `${what} '${fn.name}' is in no module file, where another process finds it: move it into one, or give { module: import.meta.url, name: '${fn.name}' }`,
    )
  return { module, name: fn.name, source }
}

/** @throws ManagerError `NOT_EXPORTED`, naming the function and its module; and as `importModule` */
export async function findTarget(target: Target): Promise<AnyFunction> {
  const exports = await importModule(target.module)
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
    `${target.module} can't give the function '${target.name}' to another process: ${reason}; write \`export function ${target.name}(...)\` at its top level`,
  )
}

function isTarget(value: unknown, { name, source }: Target): value is AnyFunction {
  if (typeof value !== 'function') return false
  return source === undefined || (value.name === name && Function.prototype.toString.call(value) === source)
}
