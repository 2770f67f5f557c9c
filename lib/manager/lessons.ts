import { isManagerError } from '../errors.ts'
import type { Client } from '../proxy/client.ts'
import type { Registration } from '../registry.ts'
import { keyOf } from './registration-key.ts'

/** What a manager has its own server process learn: registrations that were made since it was started. */
export class Lessons {
  readonly #secret: string
  readonly #known: WeakSet<Registration>

  /** @param secret what the server knows its owner by */
  constructor(secret: string, known: readonly Registration[]) {
    this.#secret = secret
    this.#known = new WeakSet(known)
  }

  /**
   * Makes sure that the server knows this type. What can't be imported there, a `create` says.
   * @throws (as a rejection) ManagerError as the client's `ask`: what it is for was not sent
   */
  async teach(client: Client, registration: Registration): Promise<void> {
    if (this.#known.has(registration)) return
    try {
      await client.ask('learn', [this.#secret, keyOf(registration)])
    } catch (error) {
      throw isManagerError(error) ? Object.assign(error, { delivery: 'not-sent' }) : error
    }
    this.#known.add(registration)
  }
}
