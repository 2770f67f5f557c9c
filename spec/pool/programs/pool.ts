import { isMain, Pool } from 'referent'

// Uses a pool and leaves it, or keeps it busy until it is killed.

export function square(number: number): number {
  return number * number
}

export function computeAWhile(item: number): void {
  if (item === 0) console.log('computing')
  const end = performance.now() + 20
  while (performance.now() < end);
}

if (isMain(import.meta)) {
  const [kind = 'processes', count = 2] = process.argv.slice(2)
  const pool = new Pool(kind === 'threads' ? { threads: Number(count) } : { processes: Number(count) })
  console.log(String(await pool.map(square, [2, 3])))
  if (kind === 'stay') await pool.map(computeAWhile, Array(100_000).keys(), { chunkSize: 50_000 })
}
