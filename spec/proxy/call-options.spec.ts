import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { type CallOptions, currentCall, isManagerError, Manager, type Remote, withOptions } from 'referent'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { eventually } from '../harness/eventually.ts'
import { Clock } from './clock.ts'

leaveNothing()

describe('withOptions', () => {
  let manager: Manager
  let clock: Remote<Clock>

  before(async () => (manager = await Manager.start()))
  after(() => manager.close())

  const impatient = (options: CallOptions) => withOptions(clock, options)
  const taken: string[] = []
  const note = () =>
    eventually('the method notes something', async () => {
      taken.push(...(await clock.takeNotes()))
      return taken.shift()
    })

  it('bounds a call by timeoutMs: it rejects with TIMEOUT, and the method sees its signal abort', async () => {
    clock = await manager.create(Clock)
    const explained = { code: 'TIMEOUT', delivery: 'unknown', message: /'untilAborted' gave no answer within 100 ms/ }
    await assert.rejects(impatient({ timeoutMs: 100 }).untilAborted(), explained)
    assert.equal(await note(), `Clock.untilAborted of ${process.pid}`)
    assert.equal(await note(), 'aborted: TIMEOUT')
  })

  it("never takes a late reply for another call's", async () => {
    clock = await manager.create(Clock)
    const late = impatient({ timeoutMs: 20 }).later('late', 60)
    await assert.rejects(late, { code: 'TIMEOUT' })
    const answers = await Promise.all([clock.later('one', 90), clock.later('two', 10), clock.later('three', 50)])
    assert.deepEqual(answers, ['one', 'two', 'three'])
    assert.deepEqual((await clock.takeNotes()).toSorted(), ['gave late', 'gave one', 'gave three', 'gave two'])
  })

  it('ends a call by its signal: it rejects with ABORTED and the reason, and the method sees it', async () => {
    clock = await manager.create(Clock)
    const controller = new AbortController()
    const call = impatient({ signal: controller.signal }).untilAborted()
    await note()
    const reason = new Error('enough')
    controller.abort(reason)
    await assert.rejects(
      call,
      (error) => isManagerError(error, 'ABORTED') && error.cause === reason && error.delivery === 'unknown',
    )
    assert.equal(await note(), 'aborted: ABORTED')
  })

  it('takes no time that can not be, and nothing for a signal that is none', async () => {
    clock = await manager.create(Clock)
    for (const timeoutMs of [-1, Number.NaN, '5', null])
      assert.throws(() => impatient({ timeoutMs } as never), {
        name: typeof timeoutMs === 'number' ? 'RangeError' : 'TypeError',
        message: /timeoutMs is .*millisecond/,
      })
    for (const signal of [{}, 'stop', null])
      assert.throws(() => impatient({ signal } as never), { name: 'TypeError', message: /signal is .*an AbortSignal/ })
    await assert.rejects(manager.inspect({ timeoutMs: -1 }), { name: 'RangeError' })
  })

  it('does not send a call whose signal was aborted before', async () => {
    clock = await manager.create(Clock)
    await assert.rejects(impatient({ signal: AbortSignal.abort() }).arrive(), { code: 'ABORTED', delivery: 'not-sent' })
    assert.equal(await clock.arrive(), 1)
  })

  it('leaves no listener on the signal, and takes nothing from a call that is in time', async () => {
    clock = await manager.create(Clock)
    const { signal } = new AbortController()
    const patient = impatient({ signal, timeoutMs: 60_000 })
    for (let call = 1; call <= 5; call++) assert.equal(await patient.arrive(), call)
    assert.equal(await patient.runs, 5)
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  })

  it('adds one listener to the signal, however many calls wait at once', async () => {
    clock = await manager.create(Clock)
    const controller = new AbortController()
    const patient = impatient({ signal: controller.signal })
    const calls = Array.from({ length: 20 }, () => patient.untilAborted())
    assert.equal(getEventListeners(controller.signal, 'abort').length, 1)
    controller.abort()
    for (const call of await Promise.allSettled(calls)) assert.equal(call.status, 'rejected')
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
  })

  it('adds to the options that the proxy has, and leaves that proxy as it is', async () => {
    clock = await manager.create(Clock)
    const controller = new AbortController()
    const both = withOptions(impatient({ signal: controller.signal }), { timeoutMs: 20 })
    await assert.rejects(both.untilAborted(), { code: 'TIMEOUT' })
    controller.abort()
    await assert.rejects(both.arrive(), { code: 'ABORTED' })
    assert.equal(await clock.arrive(), 1)
  })
})

describe('calls', () => {
  it('of one session reach the referent in the order they were made', async () => {
    await using manager = await Manager.start()
    const clock = await manager.create(Clock)
    const arrivals = await Promise.all(Array.from({ length: 100 }, () => clock.arrive()))
    assert.deepEqual(
      arrivals,
      Array.from({ length: 100 }, (_, index) => index + 1),
    )
  })

  it('do not wait for one that has no answer yet, of their own session or another', async () => {
    await using manager = await Manager.start()
    await using second = await Manager.connect(manager.address, { authkey: manager.authkey })
    const clock = await manager.create(Clock)
    const waiting = clock.untilReleased()
    assert.equal(await (await second.create(Clock)).arrive(), 1)
    await clock.release()
    assert.equal(await waiting, 'released')
    assert.equal(currentCall(), undefined)
  })
})
