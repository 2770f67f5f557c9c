import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { isManagerError, Manager, type Remote, withOptions } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Ferry, Harbour } from './ferry.ts'

leaveNothing()

describe('a call of a method with answersAbort', { timeout: 30_000 }, () => {
  let manager: Manager
  let ferry: Remote<Ferry>

  before(async () => (manager = await Manager.start()))
  beforeEach(async () => (ferry = await manager.create(Ferry)))
  after(() => manager.close())

  /** What becomes of a call that is aborted with `reason`, and whose method goes on for a while. */
  async function aborted(then: 'give up' | 'arrive' | 'sink', reason: Error, of = ferry): Promise<unknown> {
    const controller = new AbortController()
    let isOver = false
    const outcome = withOptions(of, { signal: controller.signal })
      .sail(then)
      .catch((error: unknown) => error)
      .finally(() => (isOver = true))
    await logged('out', of)
    controller.abort(reason)
    await logged('ABORTED', of)
    assert.equal(isOver, false)
    await of.moor()
    return within('it ends', outcome)
  }

  function logged(line: string, of = ferry): Promise<unknown> {
    return eventually(`the log says '${line}'`, async () => (await of.takeLog()).includes(line) || undefined)
  }

  it('rejects for its signal when the method has ended', async () => {
    const reason = new Error('enough')
    const outcome = await aborted('give up', reason)
    assert.ok(isManagerError(outcome, 'ABORTED'))
    assert.deepEqual([outcome.cause, outcome.delivery], [reason, 'done'])
  })

  it('comes to its result, or to its own error, where the method has one all the same', async () => {
    assert.equal(await aborted('arrive', new Error('enough')), 'arrived')
    assert.ok((await aborted('sink', new Error('enough'))) instanceof RangeError)
  })

  it('rejects for its time when the method has ended', async () => {
    const call = withOptions(ferry, { timeoutMs: 20 }).sail('give up')
    const rejects = assert.rejects(call, { code: 'TIMEOUT', delivery: 'done', message: /'sail' gave no answer/ })
    await logged('TIMEOUT')
    await ferry.moor()
    await rejects
    const arriving = withOptions(ferry, { timeoutMs: 20 }).sail('arrive')
    await logged('TIMEOUT')
    await ferry.moor()
    assert.equal(await within('it arrives', arriving), 'arrived')
  })

  it('is not sent where its signal was aborted before', async () => {
    const call = withOptions(ferry, { signal: AbortSignal.abort() }).sail('arrive')
    await assert.rejects(call, { code: 'ABORTED', delivery: 'not-sent' })
    assert.deepEqual(await ferry.takeLog(), [])
  })

  it('is one of an object in another client too', async () => {
    await using host = await Manager.connect(manager.address, { authkey: manager.authkey })
    const harbour = await manager.named('harbour', Harbour)
    await (await host.named('harbour', Harbour)).berth(new Ferry())
    const far = (await harbour.ferry()) as Remote<Ferry>
    const reason = new Error('enough')
    const outcome = await aborted('give up', reason, far)
    assert.ok(isManagerError(outcome, 'ABORTED'))
    assert.equal(outcome.cause, reason)
    assert.equal(await aborted('arrive', reason, far), 'arrived')
  })

  it('rejects with its session all the same', async () => {
    const own = await Manager.connect(manager.address, { authkey: manager.authkey })
    const controller = new AbortController()
    const sailing = withOptions(await own.create(Ferry), { signal: controller.signal }).sail('arrive')
    const rejects = assert.rejects(sailing, { code: 'SESSION_LOST', delivery: 'unknown' })
    controller.abort()
    await own.close()
    await rejects
  })
})
