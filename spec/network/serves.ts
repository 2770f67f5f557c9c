import { Manager, SharedLock } from 'referent'
import { Desk } from './desk.ts'

// Serves a desk and a lock at an address, until it is killed.

const [address = '', authkey = ''] = process.argv.slice(2)
const manager = await Manager.serve({ address, authkey })
await manager.named('desk', Desk)
await manager.named('lock', SharedLock)
console.log(`at ${manager.address}`)
await manager.join()
