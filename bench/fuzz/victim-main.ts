import { inspect } from 'node:util'
import { Manager } from 'referent'
import { keptBytes } from '../../spec/harness/garbage.ts'
import { openFiles } from '../soak-traces.ts'
import { Bystander } from './bystander.ts'
import { Dice } from './dice.ts'
import { tell } from './hostile-process.ts'
import type { HostileOrder } from './orders.ts'
import { mebibytes } from './outcome.ts'
import { Victim } from './victim.ts'

// A process that is a client of hostile servers, and of one that is as it should be: that is the bystander.

const mostKeptGrowthBytes = 24 * 1024 * 1024
const order = JSON.parse(process.argv[2] ?? '') as HostileOrder
const authkey = Buffer.from(order.authkey, 'hex')

for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => tell({ kind: 'failed', what: `${event}: ${inspect(error)}` }))
}

const genuine = await Manager.connect(order.hosts[0] ?? '', { authkey })
const bystander = await Bystander.start(genuine, tell)
const victims = Array.from({ length: order.lanes }, (_, lane) => {
  return new Victim(order.address, lane, authkey, new Dice(order.seed * 2017 + lane))
})
tell({ kind: 'ready' })
process.once('disconnect', () => process.exit(1))
const running = Promise.all(victims.map((victim) => victim.run()))
const openBefore = openFiles(process.pid)
setTimeout(() => (keptBefore = keptBytes()), 2000).unref()
let keptBefore = keptBytes()
process.once('message', () => void stop())

async function stop(): Promise<void> {
  for (const victim of victims) victim.stop()
  await running
  await bystander.stop()
  const kept = keptBytes() - keptBefore
  if (kept > mostKeptGrowthBytes)
    tell({ kind: 'failed', what: `the client keeps ${mebibytes(kept)} more than at first` })
  const open = openFiles(process.pid)
  // Each victim may have had a socket by then.
  if (open > openBefore) tell({ kind: 'failed', what: `the client has ${open} files open; it had ${openBefore}` })
  await genuine.close()
  tell({ kind: 'done' })
  process.removeAllListeners('disconnect')
  process.disconnect()
}
