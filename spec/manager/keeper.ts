import { Exposed, type Remote, Shared } from 'referent'
import type { Counter } from '../harness/counter.ts'

/** Keeps a counter, of its own server or another one. */
@Shared()
export class Keeper {
  readonly #counter: Remote<Counter>

  constructor(counter: Remote<Counter>) {
    this.#counter = counter
  }

  @Exposed
  increment(): Promise<number> {
    return Promise.resolve(this.#counter.increment())
  }

  @Exposed
  kept(): Remote<Counter> {
    return this.#counter
  }

  @Exposed
  ask(fn: (text: string) => Promise<string>): Promise<string> {
    return fn('well')
  }

  @Exposed
  *count(items: number): Generator<number> {
    for (let item = 0; item < items; item++) yield item
  }
}
