import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { Manager, SharedLock, SharedQueue } from 'referent'
import { Desk } from './desk.ts'

// Serves a desk, a lock and a queue at an address, and bare bytes beside them, until it is killed.

const [address = '', authkey = ''] = process.argv.slice(2)
const manager = await Manager.serve({ address, authkey })
await manager.named('desk', Desk)
await manager.named('lock', SharedLock)
await manager.named('queue', SharedQueue)
const { hostname } = new URL(address)
const echo = createServer({ noDelay: true }, (socket) => socket.pipe(socket)).listen(0, hostname)
await once(echo, 'listening')
console.log(`echoes at ${hostname}:${(echo.address() as AddressInfo).port}`)
console.log(`at ${manager.address}`)
await manager.join()
