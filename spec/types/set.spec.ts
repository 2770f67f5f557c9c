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

  it('has the set algebra of a Set, which gives copies', async () => {
    const other = await manager.create(SharedSet<number>, [3, 4])
    for (const given of [[3, 4], new Set([3, 4]), other]) {
      assert.deepEqual(await set.union(given), new Set([1, 2, 3, 4]))
      assert.deepEqual(await set.intersection(given), new Set([3]))
      assert.deepEqual(await set.difference(given), new Set([1, 2]))
      assert.deepEqual(await set.symmetricDifference(given), new Set([1, 2, 4]))
      assert.deepEqual(
        [await set.isSubsetOf(given), await set.isSupersetOf(given), await set.isDisjointFrom(given)],
        [false, false, false],
      )
    }
    assert.deepEqual(
      [await set.isSubsetOf([3, 2, 1, 0]), await set.isSupersetOf([1, 1]), await set.isDisjointFrom([4])],
      [true, true, true],
    )
    assert.deepEqual(
      [await set.isSubsetOf(set), await set.isSupersetOf(set), await set.isDisjointFrom(set)],
      [true, true, false],
    )
    assert.deepEqual(
      [await set.toArray(), await other.toArray()],
      [
        [1, 2, 3],
        [3, 4],
      ],
    )
  })

  it('is changed by another set at once', async () => {
    const other = await manager.create(SharedSet<number>, [3, 4])
    const changes = await set.watch()
    const states: number[][] = []
    const note = async (change: Promise<void>): Promise<void> => {
      assert.equal(await change, undefined)
      states.push(await set.toArray())
    }
    await note(set.unionUpdate(other))
    await note(set.intersectionUpdate([2, 3, 4, 9]))
    await note(set.symmetricDifferenceUpdate(new Set([4, 5])))
    await note(set.differenceUpdate([2, 7]))
    await note(set.symmetricDifferenceUpdate(set))
    await set.add(8)
    assert.deepEqual(states, [[1, 2, 3, 4], [2, 3, 4], [2, 3, 5], [3, 5], []])
    const seen: string[] = []
    for await (const change of changes) {
      seen.push(change.type === 'clear' ? 'clear' : `${change.type} ${change.value}`)
      if (seen.length === 8) break
    }
    assert.deepEqual(seen, [...['add 4', 'delete 1', 'delete 4', 'add 5', 'delete 2', 'delete 3', 'delete 5', 'add 8']])
    assert.deepEqual([await other.addMany(other), await other.deleteMany(other), await other.size], [0, 2, 0])
  })

  it('pops the value that came first, each for one caller', async () => {
    assert.deepEqual(await Promise.all([set.pop(), set.pop()]), [1, 2])
    await set.addMany([1, 4])
    assert.deepEqual([await set.pop(), await set.pop(), await set.pop(), await set.pop()], [3, 1, 4, undefined])
    await set.add(7)
    assert.deepEqual([await set.pop(), await set.pop()], [7, undefined])
  })

  it('pops as fast from many values', async () => {
    const many = new SharedSet(Array.from({ length: 300_000 }, (_, index) => index))
    const startMs = performance.now()
    for (let value = 0; value < 300_000; value++) assert.ok(many.pop() === value)
    assert.ok(performance.now() - startMs < 3000)
  })

  it('refuses what is no set of the same server', async () => {
    await using elsewhere = await Manager.serve()
    const foreign = await elsewhere.create(SharedSet<number>, [1])
    const refused = (message: RegExp) => ({ name: 'TypeError', message })
    await assert.rejects(set.union(foreign), refused(/it must be a set of the same server: give a copy/))
    for (const given of ['12', 5, { size: 0 }, null])
      await assert.rejects(set.union(given as never), refused(/^union: other is .*; it must be an array or a Set/))
    await assert.rejects(set.unionUpdate([1, {}] as never), refused(/crosses by copy/))
    await assert.rejects(manager.create(SharedSet, 'ab' as never), refused(/argument of a SharedSet is 'ab'/))
    await assert.rejects(set.hasMany(new Set([1]) as never), refused(/hasMany: values is .* it must be an array/))
    assert.deepEqual(await set.toArray(), [1, 2, 3])
  })
})
