import { Exposed, Shared } from 'referent'

/** What the specs of several rooms host. */
@Shared()
export class Counter {
  #value: number

  constructor(start = 0) {
    this.#value = start
  }

  @Exposed
  increment(by = 1): number {
    return (this.#value += by)
  }

  @Exposed
  get value(): number {
    return this.#value
  }

  /** Never answers. */
  @Exposed
  wait(): Promise<never> {
    return new Promise(() => undefined)
  }

  /** Answers when that is over. */
  @Exposed
  async pause(ms: number): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve, ms))
    return 'paused'
  }
}
