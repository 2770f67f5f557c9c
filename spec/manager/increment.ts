import type { Remote } from 'referent'
import type { Counter } from '../harness/counter.ts'

export function increment(counter: Remote<Counter>): Promise<number> {
  return counter.increment()
}
