import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { Manager, type Remote, SharedSet } from 'referent'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { collect } from './collect.ts'

leaveNothing()

describe('a shared set', () => {
  let manager: Manager
  let set: Remote<SharedSet<number>>

  before(async () => (manager = await Manager.serve()))
  after(() => manager.close())
  beforeEach(async () => (set = await manager.create(SharedSet<number>, [1, 2, 3])))

  it('has the methods of a Set', async () => {
    assert.deepEqual([await set.size, await set.has(2), await set.has(5)], [3, true, false])
    assert.deepEqual([await set.delete(2), await set.delete(2)], [true, false])
    assert.deepEqual(await collect(set), [1, 3])
    assert.deepEqual(
      [await collect(set.keys()), await collect(set.entries())],
      [
        [1, 3],
        [
          [1, 1],
          [3, 3],
        ],
      ],
    )
    const seen: number[] = []
    await set.forEach((value) => void seen.push(value))
    assert.deepEqual(seen, [1, 3])
    await set.clear()
    assert.equal(await set.size, 0)
  })

  it('tells one of all who add a value, or delete it, that it was the one', async () => {
    assert.deepEqual(await Promise.all([set.add(9), set.add(9), set.add(1)]), [true, false, false])
    assert.deepEqual(await Promise.all([set.delete(9), set.delete(9)]), [true, false])
  })

  it('does much in one call', async () => {
    assert.equal(await set.addMany([3, 4, 4, 5]), 2)
    assert.equal(await set.addMany(new Set([6])), 1)
    assert.deepEqual(await set.hasMany([1, 7, 6]), [true, false, true])
    assert.equal(await set.deleteMany([1, 7, 2]), 2)
    assert.deepEqual([await set.toSet(), await set.toArray()], [new Set([3, 4, 5, 6]), [3, 4, 5, 6]])
  })

  it('refuses what crosses by copy, and then adds none of them', async () => {
    const any = await manager.create(SharedSet<unknown>, [set])
    await assert.rejects(any.addMany([1, { a: 1 }]), { name: 'TypeError', message: /\{ a: 1 \} can't be a key/ })
    assert.deepEqual([await any.size, await any.has(set)], [1, true])
  })

  it('throws where it is cleared while it is iterated over', async () => {
    await set.addMany(Array.from({ length: 100 }, (_, index) => index))
    const reading = set.values()
    await reading.next()
    await set.clear()
    await assert.rejects(collect(reading), { name: 'Error', message: 'the set was cleared while it was iterated over' })
  })
})
