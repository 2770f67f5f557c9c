import { Manager } from 'referent'
import type { Counter } from '../../harness/counter.ts'

// Calls what another program hosts in its own process, and shuts that server down.

const [address = '', authkey = ''] = process.argv.slice(2)
const manager = await Manager.connect(address, { authkey })
const counter = await manager.create<Counter>('Desk')
await counter.increment()
console.log(`served by ${manager.pid}`)
await manager.shutdown()
console.log('shut down')
