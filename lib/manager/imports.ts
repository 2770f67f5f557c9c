import { registeringModules } from '../codec/classes.ts'
import type { AnyClass } from '../decorators/metadata.ts'
import { ManagerError } from '../errors.ts'
import { importModule } from '../main-module.ts'
import { importValueModules } from '../process/marshal.ts'
import { findRegistration, keyOf, type Registration, type RegistrationKey } from '../registry.ts'
import type { TypeCatalogue } from '../server/referents.ts'
import { type CallOptions, settledBy } from '../session/wait.ts'
import type { Imports } from './server-messages.ts'

/** What was registered after a server process was started, and is imported there when it is first needed. */
export class LateImports {
  readonly #import: (imports: Imports) => Promise<void>
  readonly #types: WeakSet<Registration>
  readonly #modules: Set<string>
  /** Why the process is given up, once it is. */
  #givenUp: ManagerError | undefined
  readonly #waiting = new Set<(error: ManagerError) => void>()

  /**
   * @param types what the process has imported
   * @param modules those that it has imported for the classes of values that they register
   */
  constructor(
    importThere: (imports: Imports) => Promise<void>,
    types: readonly Registration[],
    modules: Iterable<string>,
  ) {
    this.#import = importThere
    this.#types = new WeakSet(types)
    this.#modules = new Set(modules)
  }

  /**
   * Makes sure that the process has imported this type, and all classes of values. For what can't be imported there, `create`
   * throws.
   * @throws (as a rejection) ManagerError `NOT_GUARDED`; `SESSION_LOST` where the process is given up; `TIMEOUT`, `ABORTED`:
   *   what it is for was not sent
   */
  async ensure(registration: Registration, options: CallOptions): Promise<void> {
    const types = this.#types.has(registration) ? [] : [registration]
    const modules = [...registeringModules()].filter((module) => !this.#modules.has(module))
    if (types.length === 0 && modules.length === 0) return
    if (this.#givenUp !== undefined) throw this.#givenUp
    let fail: (error: ManagerError) => void = () => undefined
    const givenUp = new Promise<never>((_, reject) => this.#waiting.add((fail = reject)))
    try {
      const imported = this.#import({ types: types.map(keyOf), modules })
      await settledBy(Promise.race([imported, givenUp]), options)
    } finally {
      this.#waiting.delete(fail)
    }
    for (const type of types) this.#types.add(type)
    for (const module of modules) this.#modules.add(module)
  }

  /** The session with the process is lost, and no other will be opened: a process that is stopped imports nothing. */
  giveUp(cause: ManagerError): void {
    const message = 'the session with the server was lost before it had imported what is to be created'
    this.#givenUp = new ManagerError('SESSION_LOST', message, { cause, delivery: 'not-sent' })
    for (const fail of this.#waiting) fail(this.#givenUp)
  }
}

/** The types of a server process: those its owner named, from the modules that register them. */
export class ImportedTypes implements TypeCatalogue {
  readonly #types = new Map<string, Registration | ManagerError>()

  /**
   * Imports the modules of these registrations, and those that register classes of values. One that fails doesn't hinder
   * the others: `get` throws for its types.
   * @throws (as a rejection) ManagerError `NOT_GUARDED`: that one would fail all the program does
   */
  async import(keys: readonly RegistrationKey[], modules: readonly string[] = []): Promise<void> {
    await importValueModules(modules)
    const failures = new Map<string | undefined, ManagerError | undefined>()
    // One after the other: Node 20 fails where a CommonJS module requires what is being imported at the same time.
    for (const module of new Set(keys.map((key) => key.module))) failures.set(module, await failureOf(module))
    for (const key of keys) {
      this.#types.set(key.typeid, failures.get(key.module) ?? findRegistration(key) ?? notRegistered(key))
    }
  }

  get(typeid: string): Registration | undefined {
    const type = this.#types.get(typeid)
    if (type instanceof ManagerError) throw type
    return type
  }

  typeids(): readonly string[] {
    return [...this.#types.keys()]
  }

  find(Class: AnyClass): Registration | undefined {
    for (const type of this.#types.values()) if (!(type instanceof ManagerError) && type.target === Class) return type
    return undefined
  }

  classOf(typeid: string): AnyClass | undefined {
    const type = this.#types.get(typeid)
    return type instanceof ManagerError || type?.isClass !== true ? undefined : type.target
  }
}

/** Why the module can't be imported, if so. @throws ManagerError `NOT_GUARDED` */
async function failureOf(module: string | undefined): Promise<ManagerError | undefined> {
  try {
    if (module !== undefined) await importModule(module)
    return undefined
  } catch (error) {
    if (!(error instanceof ManagerError) || error.code === 'NOT_GUARDED') throw error
    return error
  }
}

function notRegistered({ typeid, module, owner }: RegistrationKey): ManagerError {
  const how = owner === '' ? '@Shared()' : `${owner}.register`
  const why =
    module === undefined
      ? `the place of its ${how} is no file that could be imported; move it into one, or give { module: import.meta.url }`
      : `importing ${module} does not run its ${how}; move it to the top level of the module, outside of functions and of \`if (isMain(import.meta))\``
  return new ManagerError('MODULE_FAILED', `the server process knows no '${typeid}': ${why}`)
}
