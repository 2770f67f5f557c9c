import { Exposed, Shared } from 'referent'

/** Counts by name, for all programs that reach the server. */
@Shared()
export class Tally {
  readonly #counts = new Map<string, number>()

  @Exposed
  add(name: string, by = 1): number {
    const count = (this.#counts.get(name) ?? 0) + by
    this.#counts.set(name, count)
    return count
  }

  @Exposed
  counts(): Map<string, number> {
    return this.#counts
  }
}
