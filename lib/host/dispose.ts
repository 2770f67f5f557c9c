import { atMost } from '../deadline.ts'

/** How long the end of a host waits for disposals. */
export const disposalMs = 5000

/** The disposals that one host has begun. */
export class Disposals {
  readonly #running = new Set<Promise<void>>()

  /**
   * Runs the object's `[Symbol.asyncDispose]`, else its `[Symbol.dispose]`, if it has one. What it throws is warned of.
   * @param isAbandoned whether the last session that held it ended with it: what its method is called with
   */
  begin(instance: object, isAbandoned: boolean): void {
    const disposal = disposeOf(instance, isAbandoned).finally(() => this.#running.delete(disposal))
    this.#running.add(disposal)
  }

  /** Resolves when all that have begun are over, or after five seconds. */
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
    // Nobody waits for it who could be told; https://nodejs.org/api/process.html#event-warning reaches who listens.
    process.emitWarning(error instanceof Error ? error : String(error), { type: 'DisposeWarning' })
  }
}
