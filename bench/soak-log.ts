import { Exposed, Shared } from 'referent'
import { keptBytes } from '../spec/harness/garbage.ts'

/** How often each call of each client was carried out. A byte for each, so that the log itself stays small. */
@Shared()
export class SoakLog {
  readonly #applied = new Map<number, Uint8Array>()

  @Exposed
  append(client: number, sequence: number): void {
    let applied = this.#applied.get(client) ?? new Uint8Array(4096)
    if (sequence >= applied.length) applied = grown(applied, sequence)
    this.#applied.set(client, applied)
    applied[sequence] = (applied[sequence] ?? 0) + 1
  }

  /** By sequence number; empty for a client that never appended. Forgets them. */
  @Exposed
  take(client: number): Uint8Array {
    const applied = this.#applied.get(client) ?? new Uint8Array()
    this.#applied.delete(client)
    return applied
  }

  /** What the log itself takes, which grows with the calls. */
  @Exposed
  get bytes(): number {
    return [...this.#applied.values()].reduce((sum, { length }) => sum + length, 0)
  }

  /** How many clients have appended since they were taken. */
  @Exposed
  get size(): number {
    return this.#applied.size
  }
}

@Shared()
export class SoakCounter {
  #value = 0

  @Exposed
  increment(by: number): number {
    return (this.#value += by)
  }

  @Exposed
  get value(): number {
    return this.#value
  }
}

/** The memory of the server process, without garbage. */
@Shared()
export class SoakGauge {
  @Exposed
  keptBytes(): number {
    return keptBytes()
  }
}

function grown(applied: Uint8Array, sequence: number): Uint8Array {
  const larger = new Uint8Array(2 * Math.max(applied.length, sequence))
  larger.set(applied)
  return larger
}
