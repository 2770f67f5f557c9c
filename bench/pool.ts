import { Pool } from 'referent'
import type { Row } from './row.ts'

const workers = 2
const many = [...Array(40_000).keys()]
const some = many.slice(0, 4000)

export function increment(number: number): number {
  return number + 1
}

/** A pool whose functions do next to nothing, beside Python's of as many processes. */
export class PoolBench implements AsyncDisposable {
  readonly #pool = new Pool({ processes: workers })

  rows(): Row[] {
    return [this.#row('pool, map of 40,000 items', many), this.#row('pool, map of 4,000 items, each a task', some, 1)]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close()
  }

  #row(what: string, items: readonly number[], chunkSize?: number): Row {
    return {
      name: `referent ${what}`,
      unit: 'ms',
      echo: 'sequential',
      measure: async () => {
        const startMs = performance.now()
        await this.#pool.map(increment, items, chunkSize === undefined ? {} : { chunkSize })
        return (performance.now() - startMs) * 1000
      },
    }
  }
}
