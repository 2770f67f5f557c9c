import { isManagerError, Manager, SharedLock, SharedQueue } from 'referent'

// Waits for an item, for a lock, and to run a function with another lock held; then prints what came of it.

const [address = '', authkey = '', intervalMs] = process.argv.slice(2)
const manager = await Manager.connect(address, { authkey, heartbeat: { intervalMs: Number(intervalMs) } })
const queue = await manager.named('queue', SharedQueue<string>)
const lock = await manager.named('lock', SharedLock)
const running = await manager.named('running', SharedLock)
const outcomes = [queue.get(), lock.acquire(), running.run(() => console.log('ran'))].map((wait) =>
  Promise.resolve(wait).then(String, (error: unknown) => (isManagerError(error) ? error.code : String(error))),
)
console.log('outcomes', (await Promise.all(outcomes)).join(' '))
await manager.close()
