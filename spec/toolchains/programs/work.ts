import type { Remote } from 'referent'
import type { Counter } from './counter.ts'

export async function addOne(counter: Remote<Counter>): Promise<void> {
  const total: number = await counter.add(1)
  if (total !== 11) throw new Error(`the total is ${total}`)
}

export function square(side: number): number {
  const area: number = side * side
  return area
}
