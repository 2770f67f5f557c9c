import { atMost } from '../deadline.ts'

/** How long a host that ends waits for disposals. */
export const disposalMs = 5000

/** Disposes of the objects of one host, and keeps track of the disposals that run. */
export class Disposals {
  readonly #running = new Set<Promise<void>>()

  /**
   * Calls the object's `[Symbol.asyncDispose]`, else its `[Symbol.dispose]`, if it has one. An error becomes a process
   * warning.
   * @param isAbandoned passed to that method: whether the last reference was lost with its session, not released
   */
  begin(instance: object, isAbandoned: boolean): void {
    const disposal = disposeOf(instance, isAbandoned).finally(() => this.#running.delete(disposal))
    this.#running.add(disposal)
  }

  /** Resolves when all disposals have completed, or after five seconds. */
  async settled(): Promise<void> {
    await atMost(disposalMs, Promise.all(this.#running))
  }
}

interface Hosted {
  [Symbol.asyncDispose]?(isAbandoned: boolean): unknown
  [Symbol.dispose]?(isAbandoned: boolean): unknown
}

/** Never rejects. */
async function disposeOf(instance: Hosted, isAbandoned: boolean): Promise<void> {
  try {
    const dispose = instance[Symbol.asyncDispose] ?? instance[Symbol.dispose]
    await dispose?.call(instance, isAbandoned)
  } catch (error) {
    // No caller waits for the disposal: https://nodejs.org/api/process.html#event-warning
    process.emitWarning(error instanceof Error ? error : String(error), { type: 'DisposeWarning' })
  }
}
