import { isManagerError, Manager, type SharedLock, type SharedQueue } from 'referent'
import type { Workshop } from '../workshop.ts'

// Uses a server, and ends without having closed its manager; or waits for an item with a lock in its hand.

const [address = '', authkey = '', way] = process.argv.slice(2)
const manager = await Manager.connect(address, { authkey: Buffer.from(authkey, 'base64') })
if (way === 'wait') {
  const lock = await manager.lookup<SharedLock>('frozen lock')
  const queue = await manager.lookup<SharedQueue<string>>('frozen')
  await lock.acquire()
  const got = queue.get()
  await queue.size
  console.log('waits')
  console.log('got', await got.catch(codeOf))
  console.log('released', await lock.release().catch(codeOf))
} else {
  const shop = await manager.lookup<Workshop>('shop')
  await shop.add('visitor', 1)
  if (way === 'exit') process.exit()
}

function codeOf(error: unknown): string {
  return isManagerError(error) ? error.code : String(error)
}
