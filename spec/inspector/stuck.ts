import { Manager, type SharedJoinableQueue, type SharedLock } from 'referent'

// A client that takes a lock and two items of a queue, and does nothing with them until it is killed.

const { ADDRESS_OF_MANAGER: address = '', AUTHKEY = '' } = process.env
const manager = await Manager.connect(address, { authkey: Buffer.from(AUTHKEY, 'hex') })
const ledger = await manager.lookup<SharedLock>('ledger')
await ledger.acquire()
const jobs = await manager.lookup<SharedJoinableQueue<string>>('jobs')
await jobs.getMany(2)
console.log('ready')
setInterval(() => undefined, 1000)
