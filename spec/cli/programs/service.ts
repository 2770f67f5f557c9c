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
  failWith(thrown: unknown): void {
    throw thrown
  }

  @Exposed
  failOddly(): never {
    throw Object.assign(new Error('odd'), { message: { a: 1n } })
  }

  @Exposed
  doubled(times: number): unknown {
    let value: unknown = null
    for (let time = 0; time < times; time++) value = [value, value]
    return value
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
  *texts(count: number, length: number): Generator<string> {
    for (let text = 0; text < count; text++) yield 'x'.repeat(length)
  }

  @Exposed
  *numbers(to: number): Generator<number> {
    for (let number = 0; number < to; number++) yield number
  }
}
