import { Manager, release } from 'referent'
import { Slow } from './slow.ts'
import type { Outcome } from './state.ts'
import { Subject } from './subject.ts'

/**
 * What both sides of each session are told, so that what is noticed late is noticed soon. Servers take no source maps:
 * time that a start takes is time without a heartbeat.
 */
export const soon = { heartbeat: { intervalMs: 300, missed: 3 }, graceMs: 200, execArgv: [] }

export async function startManager(): Promise<Manager> {
  const manager = await Manager.start(soon)
  await manager.named('subject', Subject)
  return manager
}

/** The same for a manager that was used: nothing of its former subject is left. */
export async function renewSubject(manager: Manager): Promise<void> {
  const former = await manager.lookup<Subject>('subject')
  // A call that runs keeps it, whoever waits for that.
  await former.answer()
  await manager.forget('subject')
  release(former)
  await manager.named('subject', Subject)
}

export function connectManager(address: string, authkey: Uint8Array): Promise<Manager> {
  return Manager.connect(address, { heartbeat: soon.heartbeat, authkey })
}

/** Rejects unless this process can start another manager, which works. */
export async function assertNextWorks(): Promise<void> {
  const manager = await startManager()
  const subject = await manager.create(Subject)
  if ((await subject.ping()) !== 'pong') throw new Error('the next manager does not answer')
  await manager.close()
}

/** As `assertNextWorks`, in a process that needs none of its own for a server. */
export async function assertServingWorks(): Promise<void> {
  const { heartbeat, graceMs } = soon
  const manager = await Manager.serve({ heartbeat, graceMs })
  const subject = await manager.create(Subject)
  if ((await subject.ping()) !== 'pong') throw new Error('the next manager does not answer')
  await manager.close()
}

/** Begins to end a manager that takes until `file` goes. */
export async function beginClosing(manager: Manager, file: string): Promise<Outcome> {
  await manager.create(Slow, file)
  const closed = manager.close().then(() => 'closed')
  return () => closed
}
