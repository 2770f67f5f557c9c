import type { Manager, Remote, SharedEvent, SharedLock } from 'referent'
import type { Counter } from '../harness/counter.ts'
import { Worker } from './worker.ts'

export async function incrementTo(counter: Remote<Counter>, value: number): Promise<void> {
  while ((await counter.value) < value) await counter.increment()
}

export async function holdLock(lock: Remote<SharedLock>, held: Remote<SharedEvent>): Promise<void> {
  await lock.acquire()
  await held.set()
  setInterval(() => undefined, 1000)
  await new Promise(() => undefined)
}

export function never(): Promise<void> {
  return new Promise(() => undefined)
}

/** Ends the manager's server by an error, while a call waits. */
export async function failLater(manager: Manager): Promise<unknown> {
  const worker = await manager.create(Worker)
  const waiting = worker.wait()
  waiting.catch(() => undefined)
  await worker.failLater().catch(() => undefined)
  return waiting
}
