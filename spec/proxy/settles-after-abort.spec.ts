import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { Exposed, isManagerError, Manager, type Remote, withOptions } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Gate } from '../types/gate.ts'
import { Canal, Ferry, Harbour } from './ferry.ts'

leaveNothing()

describe('a call of a method with settlesAfterAbort', { timeout: 30_000 }, () => {
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

  it('rejects for its signal or time where the method ends by what a function of Node throws for that', async () => {
    const timed = withOptions(ferry, { timeoutMs: 20 }).drift()
    await assert.rejects(within('it ends', timed), { code: 'TIMEOUT', delivery: 'done' })
    const [controller, reason] = [new AbortController(), new Error('enough')]
    const drifting = withOptions(ferry, { signal: controller.signal }).drift()
    const rejects = assert.rejects(within('it ends', drifting), { code: 'ABORTED', cause: reason })
    await logged('out')
    controller.abort(reason)
    await rejects
    // Of a time that isn't the caller's, it is told.
    const waiting = withOptions(ferry, { timeoutMs: 20 }).waitForTide()
    await assert.rejects(within('it ends', waiting), { code: 'TIMEOUT', message: 'no tide' })
  })

  it('is taken out of the line before an object whose calls run one at a time', async () => {
    const [canal, gate] = [await manager.create(Canal), new Gate()]
    let isClosed = false
    const closed = canal.closeWhile(() => {
      isClosed = true
      return gate.opened
    })
    await eventually('it is closed', () => isClosed || undefined)
    const controller = new AbortController()
    const leaving = withOptions(canal, { signal: controller.signal }).pass()
    const timed = withOptions(canal, { timeoutMs: 20 }).pass()
    await assert.rejects(within('its time is up', timed), { code: 'TIMEOUT', delivery: 'not-sent' })
    controller.abort()
    await assert.rejects(within('it is aborted', leaving), { code: 'ABORTED', delivery: 'not-sent' })
    gate.open()
    await closed
    assert.equal(await canal.passed, 0)
  })

  it('has nothing to do with properties', () => {
    const context = { kind: 'getter', name: 'tide', static: false, private: false, metadata: {} } as const
    assert.throws(() => Exposed({ settlesAfterAbort: true })(() => 1, context), {
      name: 'TypeError',
      message: /for methods/,
    })
  })

  it('is given up where the method does not end: after its time again, as long as heartbeats are patient at least', async () => {
    const heartbeat = { intervalMs: 20, missed: 5 }
    const own = await Manager.connect(manager.address, { authkey: manager.authkey, heartbeat })
    const [lost, controller] = [await own.create(Ferry), new AbortController()]
    const begunMs = performance.now()
    const timed = withOptions(lost, { timeoutMs: 20 }).sail('arrive')
    const ended = withOptions(lost, { signal: controller.signal }).sail('arrive')
    controller.abort(new Error('enough'))
    await Promise.all([
      assert.rejects(within('it is given up', timed), { code: 'TIMEOUT', delivery: 'unknown' }),
      assert.rejects(within('it is given up', ended), { code: 'ABORTED', delivery: 'unknown' }),
    ])
    assert.ok(performance.now() - begunMs > 1900)
    await own.close()
  })

  it('rejects at once where its session is lost', async () => {
    const own = await Manager.connect(manager.address, { authkey: manager.authkey })
    const controller = new AbortController()
    const sailing = withOptions(await own.create(Ferry), { signal: controller.signal }).sail('arrive')
    const rejects = assert.rejects(sailing, { code: 'ABORTED', delivery: 'unknown' })
    controller.abort()
    await own.close()
    await rejects
  })
})
