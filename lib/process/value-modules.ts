import { isManagerError } from '../errors.ts'
import { importModule } from '../main-module.ts'

/**
 * Imports the modules that register classes and transformers of values in another process, so that values cross. One that
 * fails is warned of: all else goes on, and what it would have registered is named where it arrives.
 * @throws (as a rejection) ManagerError `NOT_GUARDED`
 */
export async function importValueModules(modules: readonly string[]): Promise<void> {
  // One after the other: Node 20 fails where a CommonJS module requires what is being imported at the same time.
  for (const module of modules) await importWarning(module)
}

async function importWarning(module: string): Promise<void> {
  try {
    await importModule(module)
  } catch (error) {
    if (!isManagerError(error, 'MODULE_FAILED')) throw error
    process.emitWarning(`${error.message}; the classes that it registers with registerClass are not known there`)
  }
}
