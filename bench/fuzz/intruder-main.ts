import { intrude } from './intruder.ts'
import { runHostile } from './hostile-process.ts'
import type { HostileOrder } from './orders.ts'

// A process of hostile clients.

const order = JSON.parse(process.argv[2] ?? '') as HostileOrder
const door = { ...order, authkey: Buffer.from(order.authkey, 'hex') }
process.once('disconnect', () => process.exit(1))
await runHostile(order, (onset, _, seed, mostFrames) => intrude(onset, door, seed, mostFrames))
process.removeAllListeners('disconnect')
process.removeAllListeners('message')
process.disconnect()
