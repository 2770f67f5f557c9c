import { Exposed, Shared } from 'referent'

/** What clients use while their connections are cut. */
@Shared()
export class Workshop {
  readonly #sums = new Map<string, number[]>()
  #bytes = 0

  /** Adds a number to what this client has added, in order of arrival. */
  @Exposed
  add(client: string, number: number): number {
    const numbers = this.#sums.get(client) ?? []
    this.#sums.set(client, numbers)
    return numbers.push(number)
  }

  @Exposed
  added(client: string): readonly number[] {
    return this.#sums.get(client) ?? []
  }

  @Exposed
  echo(bytes: Uint8Array): Uint8Array {
    this.#bytes += bytes.byteLength
    return bytes
  }

  @Exposed
  get bytes(): number {
    return this.#bytes
  }

  @Exposed
  async ask(times: number, fn: (number: number) => Promise<number>): Promise<number> {
    let sum = 0
    for (let number = 0; number < times; number++) sum += await fn(number)
    return sum
  }

  @Exposed
  async *count(items: number, everyMs = 0): AsyncGenerator<number> {
    for (let item = 0; item < items; item++) {
      if (everyMs > 0) await this.pause(everyMs)
      else if (item % 16 === 0) await new Promise((resolve) => setImmediate(resolve))
      yield item
    }
  }

  @Exposed
  async collect(items: AsyncIterable<number>): Promise<readonly number[]> {
    const all: number[] = []
    for await (const item of items) all.push(item)
    return all
  }

  @Exposed
  async pause(ms: number): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve, ms))
    return 'paused'
  }
}
