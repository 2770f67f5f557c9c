import { Manager, type Remote, type SharedLock, type SharedQueue } from 'referent'
import type { Desk } from './desk.ts'

// Gets what the producer puts, counts to 250 as well, and then has the lock in its turn.

const [address = '', authkey = ''] = process.argv.slice(2)
const manager = await Manager.connect(address, { authkey })
const queue = await manager.lookup<SharedQueue<unknown>>('queue')
const lock = await manager.lookup<SharedLock>('lock')
for (let item = 0; item < 100; item++) {
  const got = await queue.get()
  if (got !== item) throw new Error(`got ${String(got)} in the place of ${item}`)
}
console.log('got 100 in order')
const desk = (await queue.get()) as Remote<Desk>
console.log('got a desk:', await desk.ask(async (text) => text))
const counted = await Promise.all(Array.from({ length: 250 }, () => desk.add(1)))
await lock.acquire()
console.log('has the lock')
console.log(Math.max(await desk.add(0), ...counted))
await manager.close()
