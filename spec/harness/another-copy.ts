import { cp, rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { moduleUrl } from './module.ts'

const here = moduleUrl('../../lib/index.ts', import.meta.url)

/** Another copy of the package, as a process has where two of its modules bring along one each. */
export class AnotherCopy implements AsyncDisposable {
  // Packages are found from there as from here; what is left behind is removed by the next run.
  readonly #folder = `.compiled/${process.pid}`

  private constructor() {}

  static async make(): Promise<AnotherCopy> {
    const copy = new AnotherCopy()
    await cp(dirname(fileURLToPath(here)), `${copy.#folder}/lib`, { recursive: true })
    return copy
  }

  /** @param module from lib/, as the sources have it */
  import(module: string): Promise<unknown> {
    const lib = pathToFileURL(`${this.#folder}/lib/`)
    // The one where the sources run compiled.
    return import(moduleUrl(module, new URL(basename(here.pathname), lib).href).href)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true })
  }
}
