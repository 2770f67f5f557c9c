import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Manager } from 'referent'
import type { Late } from './late.ts'
import { within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'

leaveNothing()

const posix = { skip: process.platform === 'win32' && 'Windows stops no processes' }

describe('a class that is registered while the server runs', { timeout: 60_000 }, () => {
  it('is learnt by the server when it is first created', async () => {
    await using manager = await Manager.start()
    const { Late } = await import('./late.ts')
    const late = await Promise.all([manager.create(Late), manager.create(Late), manager.named('late', Late)])
    assert.deepEqual(await Promise.all(late.map((each) => each.pid())), Array(3).fill(manager.pid))
  })

  it('keeps nobody waiting for longer than a call may take where the server is stopped', posix, async () => {
    await using manager = await Manager.start({ callTimeoutMs: 300, graceMs: 0 })
    await import('./late-registered.ts')
    process.kill(manager.pid, 'SIGSTOP')
    const creating = within('it gives up', manager.create('RegisteredLate'))
    await assert.rejects(creating, { code: 'TIMEOUT', delivery: 'not-sent' })
    process.kill(manager.pid, 'SIGCONT')
  })

  it('keeps nobody waiting either where heartbeats find the server out', posix, async () => {
    await using manager = await Manager.start({ heartbeat: { intervalMs: 100, missed: 2 }, graceMs: 0 })
    await import('./late-frozen.ts')
    process.kill(manager.pid, 'SIGSTOP')
    for (const when of ['while it is found out', 'after that']) {
      const creating = within(`it gives up ${when}`, manager.create('LateWhileFrozen'))
      await assert.rejects(creating, { code: 'SESSION_LOST', delivery: 'not-sent' })
    }
    process.kill(manager.pid, 'SIGCONT')
  })

  it('is known to the server that is started anew while it is imported', posix, async () => {
    await using manager = await Manager.start({ restart: 'on-failure' })
    await import('./late-again.ts')
    process.kill(manager.pid, 'SIGSTOP')
    const creating = manager.create<Late>('LateAgain')
    process.kill(manager.pid, 'SIGKILL')
    const late = await within('it is created', creating)
    assert.equal(await late.pid(), manager.pid)
  })
})
