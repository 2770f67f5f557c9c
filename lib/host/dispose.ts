import { atMost } from '../patience.ts'

/** How long the end of a host waits for disposals. */
export const disposalMs = 5000

/** The disposals that one host has begun. */
export class Disposals {
  readonly #running = new Set<Promise<void>>()

  /**
   * Runs the object's `[Symbol.asyncDispose]`, else its `[Symbol.dispose]`, if it has one. What it throws is warned of.
   */
  begin(instance: object): void {
    const disposal = disposeOf(instance).finally(() => this.#running.delete(disposal))
    this.#running.add(disposal)
  }

  /** Resolves when all that have begun are over, or after five seconds. */
  async settled(): Promise<void> {
    await atMost(disposalMs, Promise.all(this.#running))
  }
}

/** Never rejects. */
async function disposeOf(instance: object): Promise<void> {
  try {
    if (Symbol.asyncDispose in instance) await (instance as AsyncDisposable)[Symbol.asyncDispose]()
    else if (Symbol.dispose in instance) (instance as Disposable)[Symbol.dispose]()
  } catch (error) {
    // Nobody waits for it who could be told; https://nodejs.org/api/process.html#event-warning reaches who listens.
    process.emitWarning(error instanceof Error ? error : String(error), { type: 'DisposeWarning' })
  }
}
