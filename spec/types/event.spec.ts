import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager, SharedEvent } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Sessions } from './sessions.ts'

leaveNothing()

describe('a SharedEvent', { timeout: 60_000 }, () => {
  let manager: Manager
  let sessions: Sessions

  before(async () => {
    manager = await Manager.start()
    sessions = new Sessions(manager)
  })
  after(async () => {
    await sessions[Symbol.asyncDispose]()
    await manager.close()
  })

  it('lets all go on who wait when it is set, also where it is cleared at once', async () => {
    const event = await manager.named('event', SharedEvent)
    const { of } = await sessions.openFor('event', SharedEvent)
    assert.deepEqual([await event.isSet, await event.wait({ timeoutMs: 0 })], [false, false])
    const waits = [event.wait(), of.wait(), of.wait({ timeoutMs: 60_000 })]
    await eventually('they wait', async () => (await event.waiting) === 3 || undefined)
    await Promise.all([event.set(), event.clear()])
    assert.deepEqual(await within('they go on', Promise.all(waits)), [true, true, true])
    assert.equal(await of.wait({ timeoutMs: 10 }), false)
    await event.set()
    assert.deepEqual([await of.isSet, await of.wait(), await of.wait({ timeoutMs: 0 })], [true, true, true])
  })

  it('forgets who gives up or is gone', async () => {
    const event = await manager.named('other event', SharedEvent)
    const { session, of } = await sessions.openFor('other event', SharedEvent)
    const aborted = new AbortController()
    const waits = [event.wait({ signal: aborted.signal }), of.wait()]
    const outcomes = Promise.allSettled(waits)
    await eventually('they wait', async () => (await event.waiting) === 2 || undefined)
    aborted.abort()
    await session.close()
    await eventually('nobody waits', async () => (await event.waiting) === 0 || undefined)
    const codes = (await outcomes).map(
      (outcome) => outcome.status === 'rejected' && (outcome.reason as { code: string }).code,
    )
    assert.deepEqual(codes, ['ABORTED', 'SESSION_LOST'])
    await assert.rejects(event.wait({ timeoutMs: -1 }), RangeError)
  })
})
