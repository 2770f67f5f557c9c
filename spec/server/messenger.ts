import { Exposed, type Remote, Shared } from 'referent'
import type { Counter } from '../harness/counter.ts'

/** Uses what its callers give it. */
@Shared()
export class Messenger {
  #kept: unknown

  @Exposed
  keep(thing: unknown): void {
    this.#kept = thing
  }

  @Exposed
  increment(counter: Remote<Counter>): Promise<number> {
    return counter.increment()
  }

  @Exposed
  async incrementKept(): Promise<number> {
    return (this.#kept as Remote<Counter>).increment()
  }
}
