import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { isManagerError, lostSignal, Manager, type Remote, release, withOptions } from 'referent'
import { Counter } from '../harness/counter.ts'
import { eventually, within } from '../harness/eventually.ts'
import { collectGarbage } from '../harness/garbage.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Crier, startListening } from './criers.ts'

leaveNothing()

describe('the signal of what is lost', { timeout: 60_000 }, () => {
  let manager: Manager

  before(async () => (manager = await Manager.start()))
  after(() => manager.close())

  it('aborts when the process of a remote function is killed, so that it can be dropped', async () => {
    const crier = await manager.create(Crier)
    await using listener = startListening(crier)
    await eventually('it listens', async () => (await crier.listeners) === 1 || undefined)
    listener.kill()
    await eventually('it is dropped', async () => (await crier.listeners) === 0 || undefined)
    assert.match((await crier.takeLost()).join(), /the session with .* has ended/)
  })

  it('keeps no function, whatever its listeners refer to', async () => {
    const crier = await manager.create(Crier)
    const listener = await comeAndGo(crier)
    await eventually('the listener is collected', async () => {
      await crier.tidy()
      await new Promise(setImmediate)
      collectGarbage()
      return listener.deref() === undefined || undefined
    })
  })

  it('aborts when the server is killed, or the session closed, and has aborted where that was before', async () => {
    const [killed, closed] = await Promise.all([Manager.start(), Manager.start()])
    for (const [ended, end] of [
      [killed, () => process.kill(killed.pid, 'SIGKILL')],
      [closed, () => void closed.close()],
    ] as const) {
      const counter = await ended.create(Counter)
      const [first, second] = [lostSignal(counter), lostSignal(withOptions(counter, { timeoutMs: 1000 }))]
      assert.equal(first, second)
      assert.equal(first.aborted, false)
      const aborted = once(first, 'abort')
      end()
      await within('it aborts', aborted)
      assert.ok(isManagerError(first.reason, 'SESSION_LOST'))
      assert.equal(lostSignal(counter).aborted, true)
    }
    await Promise.all([killed.close(), closed.close()])
  })

  it('tells of what went with a server that is started anew, not of what lives on there', async () => {
    await using restarted = await Manager.start({ restart: 'on-failure' })
    const [made, named] = [await restarted.create(Counter), await restarted.named('counter', Counter)]
    const unasked = await restarted.create(Counter)
    const aborted = once(lostSignal(made), 'abort')
    assert.equal(lostSignal(named).aborted, false)
    process.kill(restarted.pid, 'SIGKILL')
    await within('it aborts', aborted)
    assert.ok(isManagerError(lostSignal(made).reason, 'REFERENT_GONE'))
    assert.equal(await named.increment(), 1)
    assert.equal(lostSignal(named).aborted, false)
    await eventually('one asked for later aborts too', () => lostSignal(unasked).aborted || undefined)
  })

  it('is refused for what was released, and for what is no proxy', async () => {
    const counter = await manager.create(Counter)
    release(counter)
    assert.throws(() => lostSignal(counter), { code: 'RELEASED' })
    assert.throws(() => lostSignal({}), { name: 'TypeError', message: /not a proxy/ })
  })
})

/** Passes a function that this process then has only through the session, and takes it back. */
async function comeAndGo(crier: Remote<Crier>): Promise<WeakRef<object>> {
  const listener = (cry: string): string => cry
  await crier.on(listener)
  await crier.off(listener)
  return new WeakRef(listener)
}
