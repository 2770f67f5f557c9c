import { Manager, type Remote, type SharedLock, type SharedQueue } from 'referent'
import type { Desk } from './desk.ts'

// Puts a hundred numbers and a proxy into a queue and counts to 250, with a lock in its hand until it is killed.

const [address = '', authkey = ''] = process.argv.slice(2)
const manager = await Manager.connect(address, { authkey, resumeMs: 1000 })
const queue = await manager.lookup<SharedQueue<number | Remote<Desk>>>('queue')
const desk = await manager.lookup<Desk>('desk')
const lock = await manager.lookup<SharedLock>('lock')
await lock.acquire()
console.log('holds the lock')
await Promise.all(Array.from({ length: 100 }, (_, item) => queue.put(item)))
await queue.put(desk)
await Promise.all(Array.from({ length: 250 }, () => desk.add(1)))
console.log('has put')
setInterval(() => undefined, 60_000)
