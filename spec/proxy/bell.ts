import { setTimeout as sleep } from 'node:timers/promises'
import { Exposed, isManagerError, release, Shared } from 'referent'
import { collectGarbage } from '../harness/garbage.ts'

export type Listener = (tone: string) => unknown

interface Nested {
  readonly name: string
  readonly apply: (value: number) => number | Promise<number>
}

/** Keeps functions of its clients; calls them when it is rung, and later by itself. */
@Shared()
export class Bell {
  readonly #listeners = new Set<Listener>()

  constructor(first?: Listener) {
    if (first !== undefined) this.#listeners.add(first)
  }

  /** How many there are with it. */
  @Exposed
  on(listener: Listener): number {
    return this.#listeners.add(listener).size
  }

  @Exposed
  off(listener: Listener): boolean {
    return this.#listeners.delete(listener)
  }

  @Exposed
  listeners(): Listener[] {
    return [...this.#listeners]
  }

  /** What each listener gave, or how it failed. */
  @Exposed
  async ring(tone: string): Promise<unknown[]> {
    const outcomes = await Promise.allSettled([...this.#listeners].map((listener) => listener(tone)))
    return outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : describe(outcome.reason)))
  }

  @Exposed
  ringLater(tone: string, ms: number): void {
    void sleep(ms).then(() => this.ring(tone))
  }

  /** Throws what the listener throws. */
  @Exposed
  async pass(listener: Listener, tone: string): Promise<unknown> {
    return listener(tone)
  }

  @Exposed
  async applyAll(nested: ReadonlyMap<string, readonly Nested[]>, value: number): Promise<Record<string, number>> {
    const applied: Record<string, number> = {}
    for (const { name, apply } of [...nested.values()].flat()) applied[name] = await apply(value)
    return applied
  }

  @Exposed
  adders(by: number): Map<string, (value: number) => number> {
    return new Map([
      ['up', (value) => value + by],
      ['down', (value) => value - by],
    ])
  }

  /** Gives the listeners back at once, and forgets them. */
  @Exposed
  releaseAll(): void {
    for (const listener of this.#listeners) release(listener)
    this.#listeners.clear()
  }

  /** Collects what nobody here uses any more. */
  @Exposed
  tidy(): void {
    collectGarbage()
  }
}

function describe(error: unknown): string {
  return isManagerError(error) ? `${error.code} ${error.delivery}` : String(error)
}
