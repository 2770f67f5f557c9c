import { Exposed, Shared } from 'referent'
import { Counter } from '../harness/counter.ts'
import { OverdrawnError } from './money.ts'

/** Takes and gives values of all kinds. */
@Shared()
export class Reader {
  @Exposed
  echo(value: unknown): unknown {
    return value
  }

  @Exposed
  fail(missing: number): never {
    throw Object.assign(new OverdrawnError(missing), { cause: new RangeError('inner', { cause: new Date(0) }) })
  }

  @Exposed
  async callBack(each: (value: unknown) => Promise<unknown>, value: unknown): Promise<unknown> {
    return [await each(value)]
  }

  @Exposed
  async *count(to: bigint): AsyncGenerator<bigint, Date> {
    for (let at = 1n; at <= to; at++) yield at
    return new Date(0)
  }

  @Exposed
  async sum(items: AsyncIterable<bigint>): Promise<bigint> {
    let sum = 0n
    for await (const item of items) sum += item
    return sum
  }

  @Exposed
  counters(): { readonly first: Counter; readonly rest: readonly Counter[] } {
    const first = new Counter(1)
    return { first, rest: [new Counter(2), first] }
  }
}
