import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { assign, Manager, SharedValue } from 'referent'
import { leaveNothing } from '../harness/leave-nothing.ts'

leaveNothing()

describe('a shared value', () => {
  let manager: Manager

  before(async () => (manager = await Manager.serve()))
  after(() => manager.close())

  it('is read and written by its property, and by methods', async () => {
    const value = await manager.create(SharedValue<string>, 'one')
    await assign(value, { value: 'two' })
    assert.deepEqual([await value.value, await value.get()], ['two', 'two'])
    assert.equal(await value.set('three'), undefined)
    assert.equal(await value.value, 'three')
  })

  it('is incremented, compared and updated', async () => {
    const value = await manager.create(SharedValue<unknown>, 1)
    assert.deepEqual([await value.increment(), await value.increment(-5)], [2, -3])
    assert.deepEqual([await value.compareAndSet(2, 0), await value.compareAndSet(-3, { a: 1 })], [false, true])
    await value.update({ b: 2 })
    assert.deepEqual(await value.get(), { a: 1, b: 2 })
    await assert.rejects(value.increment(), { name: 'TypeError', message: /the value is an object, not a number/ })
    assert.equal(await value.compareAndSet({ b: 2, a: 1 }, 2n), true)
    assert.equal(await value.increment(), 3n)
    await assert.rejects(value.update({}), { name: 'TypeError', message: /the value is a bigint, not a plain object/ })
  })

  it('is computed by a function of the caller', async () => {
    const value = await manager.create(SharedValue<number[]>, [1])
    assert.deepEqual(await value.compute((numbers) => [...numbers, 2]), [1, 2])
    assert.deepEqual(await value.get(), [1, 2])
  })

  it("is not made of a type and a value, as Python's is", async () => {
    const creating = manager.create<SharedValue<unknown>>('SharedValue', 'i', 1)
    await assert.rejects(creating, { name: 'TypeError', message: /takes its value alone, without a type before it/ })
  })
})
