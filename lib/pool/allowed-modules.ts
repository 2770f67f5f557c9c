import { realpathSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ManagerError } from '../extension.ts'
import { type NamedTarget, namedTarget } from '../process/target.ts'

/** Longer names of modules are cut in messages. */
const maxShown = 200

/**
 * The modules whose functions other processes may call. Files are compared, not texts: however one is named, by a path, a
 * URL, a link or with a query, it is imported as it was allowed.
 */
export class AllowedModules {
  readonly #modules = new Map<string, string>()

  /** @throws TypeError for what is no `file:` URL or absolute path */
  constructor(modules: readonly string[]) {
    for (const module of modules) {
      namedTarget({ module, name: '' }, 'a SharedPool')
      const path = pathOf(module)
      if (path !== undefined && !this.#modules.has(path)) this.#modules.set(path, module)
    }
  }

  /** @throws ManagerError `FORBIDDEN` for a function of any other module, naming it and the fix */
  check({ module, name }: NamedTarget): NamedTarget {
    const path = pathOf(module)
    const allowed = path === undefined ? undefined : this.#modules.get(path)
    if (allowed !== undefined) return { module: allowed, name }
    const shown = module.length > maxShown ? `${module.slice(0, maxShown)}...` : module
    throw new ManagerError(
      'FORBIDDEN',
      `this SharedPool runs no function of ${shown}: create it with that module's URL among its { modules: [import.meta.url, ...] }`,
    )
  }
}

/** Where the file is; undefined for what names none. */
function pathOf(module: string): string | undefined {
  try {
    if (!module.startsWith('file:') && !isAbsolute(module)) return undefined
    const path = resolve(module.startsWith('file:') ? fileURLToPath(module) : module)
    return realPathOf(path)
  } catch {
    return undefined
  }
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    // There is none yet, or none any more: to import it says so.
    return path
  }
}
