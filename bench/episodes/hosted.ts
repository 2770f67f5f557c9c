import { setTimeout as pause } from 'node:timers/promises'
import { Exposed, Shared } from 'referent'

/** Calls back who listens. */
@Shared()
export class EpisodeBell {
  readonly #listeners = new Map<string, (ring: string) => Promise<string> | string>()

  @Exposed
  listen(name: string, listener: (ring: string) => Promise<string> | string): void {
    this.#listeners.set(name, listener)
  }

  /** Resolves with the names of those that answered within a second. Those that can't are dropped. */
  @Exposed
  async ring(ring: string): Promise<string[]> {
    const names = await Promise.all([...this.#listeners].map(([name, listener]) => this.#tell(name, listener, ring)))
    return names.filter((name) => name !== undefined)
  }

  async #tell(
    name: string,
    listener: (ring: string) => Promise<string> | string,
    ring: string,
  ): Promise<string | undefined> {
    try {
      const late = pause(1000, undefined, { ref: false })
      const answer = await Promise.race([listener(ring), late])
      return answer === ring ? name : undefined
    } catch {
      this.#listeners.delete(name)
      return undefined
    }
  }
}

/** Streams, both ways. */
@Shared()
export class EpisodeSource {
  @Exposed
  async *count(from: number): AsyncGenerator<number> {
    for (let number = from; ; number++) {
      if (number % 20 === 0) await pause(2)
      yield number
    }
  }

  /** How many came, in order from 0; the first that is out of order ends it. */
  @Exposed
  async drain(numbers: AsyncIterable<number>): Promise<number> {
    let next = 0
    for await (const number of numbers) if (number !== next++) throw new Error(`${number} came in place of ${next - 1}`)
    return next
  }
}
