import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { Manager, type Remote, SharedList } from 'referent'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { collect } from './collect.ts'

leaveNothing()

interface Point {
  readonly x: number
  readonly y: number
}

describe('a shared list', () => {
  let manager: Manager
  let list: Remote<SharedList<number>>
  let points: Remote<SharedList<Point>>

  before(async () => (manager = await Manager.serve()))
  after(() => manager.close())
  beforeEach(async () => {
    list = await manager.create(SharedList<number>, [1, 2, 3, 4])
    points = await manager.create(SharedList<Point>, [
      { x: 1, y: 1 },
      { x: 2, y: 2 },
    ])
  })

  it('has the methods of an array that read it', async () => {
    assert.deepEqual([await list.length, await list.at(0), await list.at(-1), await list.at(4)], [4, 1, 4, undefined])
    assert.deepEqual(
      [await list.slice(1, -1), await list.slice(), await list.join('-')],
      [[2, 3], [1, 2, 3, 4], '1-2-3-4'],
    )
    assert.deepEqual(await list.concat([5, 6], 7), [1, 2, 3, 4, 5, 6, 7])
    assert.deepEqual(
      [await list.indexOf(3), await list.indexOf(3, 3), await list.indexOf(3, -2), await list.includes(9)],
      [2, -1, 2, false],
    )
    for (const start of [Number.NaN, -1.5, 2.9, -99, Number.POSITIVE_INFINITY])
      assert.equal(await list.indexOf(3, start), [1, 2, 3, 4].indexOf(3, start), `from ${start}`)
    assert.deepEqual(
      [await collect(list), await collect(list.keys())],
      [
        [1, 2, 3, 4],
        [0, 1, 2, 3],
      ],
    )
    assert.deepEqual(await collect(points.entries()), [
      [0, { x: 1, y: 1 }],
      [1, { x: 2, y: 2 }],
    ])
    const seen: number[][] = []
    await list.forEach(async (...args) => void seen.push(args))
    assert.deepEqual(seen, [
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 3],
    ])
  })

  it('has the methods of an array that write it', async () => {
    assert.deepEqual(
      [await list.push(5, 6), await list.unshift(-1, 0), await list.pop(), await list.shift()],
      [6, 8, 6, -1],
    )
    assert.deepEqual(await list.toArray(), [0, 1, 2, 3, 4, 5])
    assert.deepEqual(await list.splice(1, 2, 7, 8, 9), [1, 2])
    assert.deepEqual(await list.splice(-2), [4, 5])
    assert.deepEqual([await list.splice(0, 0, 6), await list.toArray()], [[], [6, 0, 7, 8, 9, 3]])
    await list.reverse()
    await list.fill(5, 4)
    assert.deepEqual(await list.toArray(), [3, 9, 8, 7, 5, 5])
    await list.clear()
    assert.deepEqual([await list.pop(), await list.shift(), await list.length], [undefined, undefined, 0])
  })

  it('splices as an array does', async () => {
    for (const args of [[], [undefined], [1], [-1], [9, 1], [-9, 2, 5], [1, -1, 5], [2, 9], [1, undefined, 5]] as [
      number,
    ][]) {
      const array = [1, 2, 3, 4]
      const other = await manager.create(SharedList<number>, array)
      assert.deepEqual(
        [await other.splice(...args), await other.toArray()],
        [array.splice(...args), array],
        args.join(),
      )
    }
  })

  it('takes more items in one call than a stack would', async () => {
    const many = Array.from({ length: 300_000 }, (_, index) => index)
    await list.computeAll(() => many)
    assert.equal(await list.length, many.length)
  })

  it('sorts by texts, or by a function of the caller, stable as an array', async () => {
    const numbers = await manager.create(SharedList<number | undefined>, [10, 9, undefined, 1])
    await numbers.sort()
    assert.deepEqual(await numbers.toArray(), [1, 10, 9, undefined])
    await numbers.sort((one, other) => (one ?? 0) - (other ?? 0))
    assert.deepEqual(await numbers.toArray(), [1, 9, 10, undefined])
    await points.push({ x: 1, y: 3 }, { x: 2, y: 1 }, { x: 1, y: 2 })
    await points.sort(async (one, other) => one.x - other.x)
    assert.deepEqual((await points.toArray()).map(({ x, y }) => `${x}${y}`).join(), '11,13,12,22,21')
  })

  it('stays as it was where the function that compares throws', async () => {
    const failing = list.sort((one) => {
      if (one > 1) throw new RangeError('no')
      return 1
    })
    await assert.rejects(failing, { name: 'RangeError', message: 'no' })
    assert.deepEqual(await list.toArray(), [1, 2, 3, 4])
  })

  it('does much in one call, all of it or nothing', async () => {
    assert.deepEqual(await list.getMany([3, 0, -1, 9]), [4, 1, 4, undefined])
    await list.setMany([
      [0, 10],
      [-1, 40],
    ])
    assert.deepEqual(await list.toArray(), [10, 2, 3, 40])
    await assert.rejects(
      list.setMany([
        [0, 0],
        [4, 0],
      ]),
      { name: 'RangeError', message: 'there is no item 4 in a list of 4' },
    )
    assert.equal(await list.at(0), 10)
  })

  it('has no place for an item but those that it has', async () => {
    await list.set(-1, 5)
    for (const index of [4, -5, 0.5, Number.NaN]) {
      for (const call of [list.set(index, 0), list.increment(index), list.compareAndSet(index, 1, 0)])
        await assert.rejects(call, { name: 'RangeError', message: `there is no item ${index} in a list of 4` })
    }
    assert.deepEqual(await list.toArray(), [1, 2, 3, 5])
  })

  it('increments, compares and updates its items', async () => {
    assert.deepEqual([await list.increment(0), await list.increment(-1, 6)], [2, 10])
    assert.deepEqual(
      [
        await points.compareAndSet(0, { y: 1, x: 1 }, { x: 0, y: 0 }),
        await points.compareAndSet(0, { x: 1, y: 1 }, { x: 9, y: 9 }),
      ],
      [true, false],
    )
    await Promise.all([points.update(1, { x: 7 }), points.update(1, { y: 8 })])
    assert.deepEqual(await points.toArray(), [
      { x: 0, y: 0 },
      { x: 7, y: 8 },
    ])
    await assert.rejects(points.increment(0), { name: 'TypeError', message: /item 0 is an object, not a number/ })
  })

  it('finds and removes plain values by what they hold', async () => {
    assert.deepEqual([await points.indexOf({ x: 2, y: 2 }), await points.includes({ x: 2, y: 3 })], [1, false])
    assert.deepEqual([await points.remove({ x: 1, y: 1 }), await points.remove({ x: 1, y: 1 })], [true, false])
    assert.deepEqual(await points.toArray(), [{ x: 2, y: 2 }])
  })

  it('shows who iterates over it what is written meanwhile', async () => {
    const long = await manager.create(
      SharedList<number>,
      Array.from({ length: 100 }, () => 0),
    )
    const reading = long.values()
    await reading.next()
    await long.set(99, 1)
    await long.push(2)
    assert.deepEqual((await collect(reading)).slice(-3), [0, 1, 2])
  })
})
