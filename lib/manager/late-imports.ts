import { registeringModules } from '../codec/classes.ts'
import { ManagerError } from '../errors.ts'
import type { Registration } from '../registry.ts'
import { type CallOptions, settledBy } from '../session/wait.ts'
import { type Imports, keyOf } from './server-message.ts'

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
