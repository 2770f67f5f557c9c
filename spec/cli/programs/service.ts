import { setTimeout as sleep } from 'node:timers/promises'
import { currentCall, Exposed, Shared } from 'referent'

@Shared()
export class Tally {
  #total = 0

  @Exposed
  add(by: number): number {
    return (this.#total += by)
  }

  @Exposed
  get total(): number {
    return this.#total
  }

  @Exposed
  echo(value: unknown): unknown {
    return value
  }

  @Exposed
  fail(message = 'out of range'): void {
    throw new RangeError(message)
  }

  @Exposed
  async work(ms: number): Promise<string> {
    await sleep(ms, undefined, { signal: currentCall()?.signal })
    return 'worked'
  }

  @Exposed
  rich(): unknown {
    return {
      when: new Date(0),
      big: 10n ** 20n,
      bytes: new Uint8Array([1, 2]),
      set: new Set([1]),
      none: undefined,
      self: this,
    }
  }

  @Exposed
  *numbers(to: number): Generator<number> {
    for (let number = 0; number < to; number++) yield number
  }
}
