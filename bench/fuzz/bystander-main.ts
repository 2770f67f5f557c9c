import { Manager } from 'referent'
import { Bystander } from './bystander.ts'
import { tell } from './hostile-process.ts'
import type { HostileOrder } from './orders.ts'

// A process that uses the server as it should.

const { address, authkey } = JSON.parse(process.argv[2] ?? '') as HostileOrder
const manager = await Manager.connect(address, { authkey: Buffer.from(authkey, 'hex') })
const bystander = await Bystander.start(manager, tell)
tell({ kind: 'ready' })
process.once('disconnect', () => process.exit(1))
process.once('message', () => {
  void bystander.stop().then(async () => {
    await manager.close()
    tell({ kind: 'done' })
    process.removeAllListeners('disconnect')
    process.disconnect()
  })
})
