import { registeringModules } from '../codec/classes.ts'
import { isManagerError } from '../errors.ts'
import type { Client } from '../proxy/client.ts'
import type { Registration } from '../registry.ts'
import { keyOf, type Lesson } from './server-message.ts'

/** What a manager has its own server process learn: what was registered since it was started. */
export class Lessons {
  readonly #secret: string
  readonly #types: WeakSet<Registration>
  readonly #modules: Set<string>

  /**
   * @param secret what the server knows its owner by
   * @param modules those that it has imported for the classes of values that they register
   */
  constructor(secret: string, types: readonly Registration[], modules: Iterable<string>) {
    this.#secret = secret
    this.#types = new WeakSet(types)
    this.#modules = new Set(modules)
  }

  /**
   * Makes sure that the server knows this type, and all classes of values. What can't be imported there, a `create` says.
   * @throws (as a rejection) ManagerError as the client's `ask`: what it is for was not sent
   */
  async teach(client: Client, registration: Registration): Promise<void> {
    const types = this.#types.has(registration) ? [] : [registration]
    const modules = [...registeringModules()].filter((module) => !this.#modules.has(module))
    if (types.length === 0 && modules.length === 0) return
    try {
      await client.ask('learn', [this.#secret, { types: types.map(keyOf), modules } satisfies Lesson])
    } catch (error) {
      throw isManagerError(error) ? Object.assign(error, { delivery: 'not-sent' }) : error
    }
    for (const type of types) this.#types.add(type)
    for (const module of modules) this.#modules.add(module)
  }
}
