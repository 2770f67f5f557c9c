import { subscribe } from 'node:diagnostics_channel'
import { isManagerError, Manager, type SessionEvent, type SharedLock } from 'referent'
import type { Desk } from './desk.ts'

// Waits for an answer, a stream and a callback while the other machine may be out of reach, with a lock in its hand.

const [address = '', authkey = '', heartbeatMs = '5000', resumeMs = '10000'] = process.argv.slice(2)
const manager = await Manager.connect(address, {
  authkey,
  reconnectMs: 30_000,
  resumeMs: Number(resumeMs),
  heartbeat: { intervalMs: Number(heartbeatMs), missed: 3 },
})
let interruptions = 0
subscribe('referent:session', (event) => {
  if ((event as SessionEvent).kind === 'interrupted') interruptions++
})
const desk = await manager.lookup<Desk>('desk')
const lock = await manager.lookup<SharedLock>('lock')
await lock.acquire()
const paused = desk.pause(1000)
const counted = count()
await desk.ask(async (text) => text)
console.log('waits')
for (const [name, waiting] of Object.entries({ paused, counted })) console.log(name, await waiting.catch(tell))
console.log('asked', await desk.ask(async (text) => `${text}!`))
console.log('interrupted', interruptions > 0)
console.log('released', await lock.release().then(() => true, tell))
await manager.close()

async function count(): Promise<number> {
  let items = 0
  for await (const _ of desk.count(20)) items++
  return items
}

function tell(error: unknown): string {
  return isManagerError(error) ? `${error.code} ${error.delivery}` : String(error)
}
