import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { describe, it } from 'node:test'
import { Manager } from 'referent'
import { endingMs } from '../../lib/server/ending.ts'
import { Caller } from '../harness/caller.ts'
import { within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Phone } from '../server/phone.ts'

leaveNothing()

describe('a server process that is blocked', { concurrency: true, timeout: 60_000 }, () => {
  it('is killed by close, a second after the time that its end may take', async () => {
    const manager = await Manager.start({ graceMs: 0 })
    const caller = new Caller()
    const blocked = (await manager.create(Phone)).block(caller.callback)
    const lost = assert.rejects(blocked, { code: 'SESSION_LOST', delivery: 'unknown' })
    await within('the call', caller.called)
    caller.answer('go on')
    const start = performance.now()
    await within('the end', Promise.all([manager.close(), manager.shutdown()]))
    const tookMs = performance.now() - start
    await lost
    assert.ok(tookMs > endingMs(0) && tookMs < endingMs(0) + 5000, `${tookMs} ms`)
    assert.throws(() => process.kill(manager.pid, 0), { code: 'ESRCH' })
  })

  it('shut down, is given up by timeoutMs, and with it the session; it ends when it hears of it', async () => {
    await using owner = await Manager.start({ graceMs: 0 })
    const client = await Manager.connect(owner.address, { authkey: owner.authkey })
    const settled = await block(owner, 1000)
    const explained = { code: 'TIMEOUT', delivery: 'unknown', message: /'shutdown' gave no answer within 100 ms/ }
    await assert.rejects(client.shutdown({ timeoutMs: 100 }), explained)
    await assert.rejects(client.inspect(), { code: 'SESSION_LOST', delivery: 'not-sent' })
    await within('it ends', owner.join())
    await settled()
    await within('all is over', Promise.all([client.shutdown({ timeoutMs: 1 }), client.close()]))
  })

  it('shut down, is given up by the signal', async () => {
    await using owner = await Manager.start({ graceMs: 0 })
    await using client = await Manager.connect(owner.address, { authkey: owner.authkey })
    const settled = await block(owner, 1000)
    const aborting = new AbortController()
    const enough = new Error('enough')
    const shutdown = client.shutdown({ signal: aborting.signal })
    aborting.abort(enough)
    await assert.rejects(shutdown, { code: 'ABORTED', delivery: 'unknown', cause: enough })
    assert.equal(getEventListeners(aborting.signal, 'abort').length, 0)
    await within('it ends', owner.join())
    await settled()
  })

  it('that its owner gave up to shut down is ended nevertheless', async () => {
    const owner = await Manager.start({ graceMs: 0 })
    const { pid } = owner
    const settled = await block(owner, 60_000)
    await assert.rejects(owner.shutdown({ timeoutMs: 100 }), { code: 'TIMEOUT', delivery: 'unknown' })
    await within('it is killed', owner.close())
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
    await settled()
  })
})

/** Has a call block the manager's server for so long; gives what resolves when the call is settled. */
async function block(manager: Manager, ms: number): Promise<() => Promise<unknown>> {
  const caller = new Caller()
  const blocked = (await manager.create(Phone)).blockFor(ms, caller.callback).catch((error: unknown) => error)
  await within('the call', caller.called)
  caller.answer('go on')
  return () => within('the call', blocked)
}
