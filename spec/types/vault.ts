import { Exposed, Shared, SharedRLock } from 'referent'

/** Uses a lock of its own inside of its methods. */
@Shared()
export class Vault {
  readonly #lock = new SharedRLock()

  @Exposed
  async nested(): Promise<string> {
    return this.#lock.run(() => this.#lock.run(async () => 'inside'))
  }

  /** Runs the callback with the lock held. */
  @Exposed
  async within(callback: () => unknown): Promise<unknown> {
    return this.#lock.run(() => callback())
  }
}
