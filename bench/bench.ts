// npm run bench [-- --quick] [-- --strict]: what a call costs, against a bare echo and Python's managers.
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { Echo } from './echo.ts'
import { judge } from './verdict.ts'
import { PoolBench } from './pool.ts'
import { Python } from './python.ts'
import { Referent } from './referent.ts'
import { type Measured, medianUs, type Row } from './row.ts'
import { measureRounds, type Plan } from './rounds.ts'
import { formatTable } from './table.ts'
import { measureWireBytes } from './wire-bytes.ts'

const inFlight = 64
const clients = 4
const full: Plan = { rounds: 25, sliceMs: 60, warmUpMs: 600 }
const quick: Plan = { rounds: 5, sliceMs: 30, warmUpMs: 500 }

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, strict: { type: 'boolean', default: false } },
})

await using echo = await Echo.start()
await using referent = await Referent.start(inFlight, clients)
await using pool = new PoolBench()
await using python = await Python.start()

const echoRows = echo.rows(await measureWireBytes(referent.manager, inFlight), inFlight)
const rows = referent.rows()
const measured = await measureRounds(
  [
    echoRows.sequential,
    rows.sequential,
    echoRows.batched,
    rows.batched,
    ...rows.others,
    ...pool.rows(),
    ...(python?.rows() ?? []),
  ],
  options.quick ? quick : full,
)

const machine = `${process.platform} ${process.arch}, ${cpus().length} x ${cpus()[0]?.model}`
// A load of more than the bench's own two or three processes says that the worst rounds are another program's.
console.log(`Node ${process.version}, ${machine}, load ${loadavg()[0]?.toFixed(1)}\n`)
console.log(formatTable(measured, timesEcho, python === undefined ? ['python3 not found'] : []))

const { lines, areMet } = judge(timesEcho(measuredOf(rows.sequential)), timesEcho(measuredOf(rows.batched)))
console.log(`\n${lines.join('\n')}`)
if (options.strict && !areMet) process.exitCode = 1

function timesEcho(each: Measured): number {
  return medianUs(each) / medianUs(measuredOf(echoRows[each.row.echo]))
}

function measuredOf(row: Row): Measured {
  const found = measured.find((each) => each.row === row)
  if (found === undefined) throw new Error(`'${row.name}' was not measured`)
  return found
}
