import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager, type Remote, SharedRLock } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Sessions } from './sessions.ts'
import { Vault } from './vault.ts'

leaveNothing()

describe('a SharedRLock', { timeout: 60_000 }, () => {
  let manager: Manager
  let sessions: Sessions
  let lock: Remote<SharedRLock>
  let other: Remote<SharedRLock>

  before(async () => {
    manager = await Manager.start()
    sessions = new Sessions(manager)
    lock = await manager.named('lock', SharedRLock)
    other = (await sessions.openFor('lock', SharedRLock)).of
  })
  after(async () => {
    await sessions[Symbol.asyncDispose]()
    await manager.close()
  })

  it('is taken again by the session that has acquired it, and free after as many releases', async () => {
    for (let times = 0; times < 3; times++) assert.equal(await lock.acquire({ timeoutMs: 0 }), true)
    const token = await lock.token
    const guard = await lock.hold({ timeoutMs: 0 })
    assert.equal(await guard.token, token)
    assert.equal(await lock.run(() => lock.acquire({ timeoutMs: 0 })), true)
    for (let left = 4; left > 0; left--) await lock.release()
    assert.equal(await other.acquire({ timeoutMs: 0 }), false)
    await guard.release()
    assert.equal(await other.acquire({ timeoutMs: 0 }), true)
    await assert.rejects(lock.release(), { code: 'NOT_HELD' })
    await other.release()
  })

  it('is taken again by what the function of run calls, and by nothing else of its session', async () => {
    const trace: string[] = []
    let end = (): void => undefined
    const ended = new Promise<void>((resolve) => (end = resolve))
    const first = lock.run(async () => {
      await lock.run(() => trace.push('inner'))
      assert.equal(await lock.acquire({ timeoutMs: 0 }), true)
      await lock.release()
      await ended
      trace.push('outer')
    })
    await eventually('it runs', () => trace.length === 1 || undefined)
    const second = lock.run(() => trace.push('second'))
    await eventually('the second waits', async () => (await lock.waiting) === 1 || undefined)
    assert.equal(await lock.acquire({ timeoutMs: 0 }), false)
    end()
    await within('both end', Promise.all([first, second]))
    assert.deepEqual(trace, ['inner', 'outer', 'second'])
  })

  it('is taken again in the course of a call that another session makes for its holder', async () => {
    const callback = () => other.run(() => 'from the other session', { timeoutMs: 5000 })
    const vault = await manager.create(Vault)
    assert.equal(await lock.run(() => vault.within(callback)), 'from the other session')
  })

  it('is taken again inside of a method that uses it in its own process', async () => {
    const vault = await manager.create(Vault)
    assert.equal(await within('it ends', vault.nested()), 'inside')
    const both = Promise.all([vault.within(() => vault.nested()), vault.nested()])
    assert.deepEqual(await within('both end', both), ['inside', 'inside'])
  })

  it('goes on to the next when its holder is gone, however often that had it', async () => {
    const { session, of } = await sessions.openFor('lock', SharedRLock)
    await of.acquire()
    await of.acquire()
    const next = other.hold()
    await eventually('the next waits', async () => (await lock.waiting) === 1 || undefined)
    await session.close()
    await using guard = await within('the next has it', next)
    const again = await other.run(({ abandoned, token }) => [abandoned, token])
    assert.deepEqual([await guard.abandoned, again], [true, [true, await guard.token]])
  })
})
