// npm run bench:shared [-- --quick]: the shared types beside Python's SyncManager and Redis, where those are there.
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { SyncManager } from 'referent'
import { Python } from './python.ts'
import { Redis } from './redis.ts'
import { type Measured, medianUs, type Row } from './row.ts'
import { measureRounds, type Plan } from './rounds.ts'
import { usPerOperation } from './slice.ts'
import { align, significant } from './table.ts'

const inFlight = 64
const full: Plan = { rounds: 15, sliceMs: 100, warmUpMs: 600 }
const quick: Plan = { rounds: 3, sliceMs: 50, warmUpMs: 200 }

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })

await using manager = await SyncManager.start()
await using python = await Python.start()
await using redis = await Redis.start()

const map = await manager.Map([['n', 0]])
const queue = await manager.Queue<number>()
const locks = await Promise.all(Array.from({ length: inFlight }, () => manager.Lock()))

interface Operation {
  readonly name: string
  readonly ours: (worker: number) => Promise<unknown>
  /** What the client processes of bench/python_manager.py do. */
  readonly pythons: string
  readonly redis: (redis: Redis, worker: number) => Promise<unknown>
}

const operations: readonly Operation[] = [
  {
    name: 'increment',
    ours: () => map.increment('n'),
    pythons: 'increment',
    redis: (client) => client.increment(),
  },
  { name: 'get', ours: () => map.get('n'), pythons: 'get', redis: (client) => client.get() },
  {
    name: 'put + get',
    async ours() {
      await queue.put(1)
      await queue.get()
    },
    pythons: 'put_and_get',
    redis: (client) => client.putAndGet(),
  },
  {
    name: 'acquire + release',
    async ours(worker) {
      await locks[worker]?.acquire()
      await locks[worker]?.release()
    },
    pythons: 'acquire_and_release',
    redis: (client, worker) => client.acquireAndRelease(`lock ${worker}`),
  },
]

const compared = operations.map((operation) => ({
  name: operation.name,
  ours: rowOf(operation.ours),
  python: python?.syncRow(operation.name, operation.pythons),
  redis: redis && rowOf((worker) => operation.redis(redis, worker)),
}))
const rows = compared.flatMap((each) => [each.ours, each.python, each.redis].filter((row) => row !== undefined))
const measured = await measureRounds(rows, options.quick ? quick : full)

const machine = `${process.platform} ${process.arch}, ${cpus().length} x ${cpus()[0]?.model}`
console.log(`Node ${process.version}, ${machine}, load ${loadavg()[0]?.toFixed(1)}`)
console.log(`Operations per second, medians; ${inFlight} in flight, Python's by 4 client processes\n`)
const header = ['', 'referent', 'Python', 'x Python', 'Redis', 'x Redis']
const lines = compared.map((each) => {
  const times = (other: Row | undefined): string => (other ? `${significant(usOf(other) / usOf(each.ours))}x` : '')
  return [each.name, rate(each.ours), rate(each.python), times(each.python), rate(each.redis), times(each.redis)]
})
console.log(align([header, ...lines]))

/** So many at a time, each with a number of its own. */
function rowOf(operation: (worker: number) => Promise<unknown>): Row {
  let next = 0
  const measure = (sliceMs: number): Promise<number> =>
    usPerOperation(sliceMs, inFlight, () => operation(next++ % inFlight))
  return { name: '', unit: '/s', echo: 'batched', measure }
}

function rate(row: Row | undefined): string {
  return row === undefined ? 'not here' : `${significant(1_000_000 / usOf(row))} /s`
}

function usOf(row: Row): number {
  const found: Measured | undefined = measured.find((each) => each.row === row)
  if (found === undefined) throw new Error('a row was not measured')
  return medianUs(found)
}
