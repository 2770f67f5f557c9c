import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager, SharedBoundedSemaphore, SharedSemaphore } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Sessions } from './sessions.ts'

leaveNothing()

/** What is collected gives back what it holds. */
const kept: unknown[] = []

describe('semaphores', { timeout: 60_000 }, () => {
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

  for (const Semaphore of [SharedSemaphore, SharedBoundedSemaphore]) {
    it(`${Semaphore.name} has so many permits, for those who come first`, async () => {
      const semaphore = await manager.create(Semaphore, 2)
      assert.deepEqual([await semaphore.acquire(), await semaphore.acquire()], [true, true])
      assert.deepEqual([await semaphore.acquire({ timeoutMs: 0 }), await semaphore.value], [false, 0])
      assert.equal(await semaphore.isLocked, true)
      const order: string[] = []
      const waits = ['first', 'second'].map((who) => semaphore.acquire().then(() => order.push(who)))
      await eventually('both wait', async () => (await semaphore.waiting) === 2 || undefined)
      await semaphore.release(2)
      await within('both have one', Promise.all(waits))
      assert.deepEqual(order, ['first', 'second'])
      await semaphore.release(2)
      assert.equal(await semaphore.value, 2)
    })

    it(`${Semaphore.name} has a permit back from a guard, a function, and who is gone`, async () => {
      const name = `of the dead ${Semaphore.name}`
      const semaphore = await manager.named(name, Semaphore, 3)
      const { session, of } = await sessions.openFor<SharedSemaphore | SharedBoundedSemaphore>(name, Semaphore)
      await of.acquire()
      kept.push(await of.hold())
      await semaphore.run(async () => assert.equal(await semaphore.value, 0))
      const guard = await semaphore.hold()
      const next = semaphore.hold()
      await eventually('it waits', async () => (await semaphore.waiting) === 1 || undefined)
      await session.close()
      assert.equal(await (await within('the next has one', next)).abandoned, true)
      await guard.release()
      await eventually('two are free', async () => (await semaphore.value) === 2 || undefined)
    })

    it(`${Semaphore.name} refuses numbers that can't be`, async () => {
      for (const value of [-1, 0.5, NaN]) await assert.rejects(manager.create(Semaphore, value), RangeError)
      const semaphore = await manager.create(Semaphore)
      for (const count of [0, -1, 0.5]) await assert.rejects(semaphore.release(count), RangeError)
      assert.equal(await semaphore.value, 1)
    })
  }

  it('a SharedSemaphore is released by anybody, and more often than acquired', async () => {
    const semaphore = await manager.named('items', SharedSemaphore, 0)
    const { session, of: consumer } = await sessions.openFor('items', SharedSemaphore)
    const got = consumer.acquire()
    await semaphore.release(3)
    assert.equal(await within('it is had', got), true)
    assert.deepEqual([await consumer.acquire(), await semaphore.value], [true, 1])
    // One of those that the consumer has is given back in its place.
    await semaphore.release()
    assert.equal(await semaphore.value, 2)
    await session.close()
    await eventually('the last comes back', async () => (await semaphore.value) === 3 || undefined)
  })

  it('a SharedBoundedSemaphore refuses an over-release, whole, and takes one from anybody else', async () => {
    const semaphore = await manager.named('places', SharedBoundedSemaphore, 2)
    const { of } = await sessions.openFor('places', SharedBoundedSemaphore)
    await assert.rejects(semaphore.release(), { code: 'NOT_HELD' })
    await of.acquire()
    await assert.rejects(semaphore.release(2), { code: 'NOT_HELD', message: /only 1 was acquired/ })
    assert.equal(await semaphore.value, 1)
    await semaphore.release()
    assert.equal(await semaphore.value, 2)
    await assert.rejects(of.release(), { code: 'NOT_HELD' })
    using guard = await of.hold()
    await assert.rejects(of.release(), { code: 'NOT_HELD' })
    await guard.release()
    assert.equal(await semaphore.value, 2)
  })
})
