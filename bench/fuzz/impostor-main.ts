import { runHostile } from './hostile-process.ts'
import { impersonate } from './impostor.ts'
import { Lobby } from './lobby.ts'
import type { HostileOrder } from './orders.ts'

// A process of hostile servers.

const order = JSON.parse(process.argv[2] ?? '') as HostileOrder
const den = { ...order, authkey: Buffer.from(order.authkey, 'hex') }
const lobby = await Lobby.open(order.address, order.lanes)
process.once('disconnect', () => process.exit(1))
process.on('message', (said) => {
  if (said === 'stop') lobby[Symbol.dispose]()
})
await runHostile(order, async (onset, lane, seed, mostFrames) => {
  const socket = await lobby.next(lane)
  if (socket !== undefined) await impersonate(onset, den, socket, seed, mostFrames)
})
lobby[Symbol.dispose]()
process.removeAllListeners('disconnect')
process.removeAllListeners('message')
process.disconnect()
