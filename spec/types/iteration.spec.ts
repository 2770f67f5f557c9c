import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager, SharedArray, SharedList, SharedMap, SharedSet } from 'referent'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { collect } from './collect.ts'
import { Sessions } from './sessions.ts'

leaveNothing()

const numbers = Array.from({ length: 100 }, (_, index) => index)
const over = { done: true, value: undefined }

describe('who iterates over a shared container', () => {
  let manager: Manager

  before(async () => (manager = await Manager.start()))
  after(() => manager.close())

  it('sees each item of a list as it is when it is asked for', async () => {
    const list = await manager.create(SharedList<number>, numbers)
    const [values, entries, keys] = [list.values(), list.entries(), list.keys()]
    for (const iterator of [values, entries, keys] as AsyncGenerator[])
      assert.equal((await iterator.next()).done, false)
    await list.set(1, -1)
    assert.deepEqual(await values.next(), { done: false, value: -1 })
    assert.deepEqual(await entries.next(), { done: false, value: [1, -1] })
    await list.splice(2)
    await list.push(-2)
    assert.deepEqual(await collect(values), [-2])
    assert.deepEqual(await collect(entries), [[2, -2]])
    assert.deepEqual(await collect(keys), [1, 2])
  })

  it('sees what others write meanwhile', async () => {
    await using sessions = new Sessions(manager)
    const list = await manager.named('list', SharedList<number>, numbers)
    const { of } = await sessions.openFor<SharedList<number>>('list', SharedList)
    let sum = 0
    for await (const number of list) {
      sum += number
      if (number === 3) await of.clear()
    }
    assert.equal(sum, 6)
    await manager.forget('list')
  })

  it('gets no entry any more of a map that was cleared, but an error', async () => {
    const map = await manager.create(
      SharedMap<number, number>,
      numbers.map((number) => [number, number] as const),
    )
    for (const iterate of [map.keys, map.values, map.entries]) {
      await map.set(0, 0)
      const iterator: AsyncGenerator = iterate()
      await iterator.next()
      await map.clear()
      await assert.rejects(iterator.next(), { message: 'the map was cleared while it was iterated over' })
      assert.deepEqual(await iterator.next(), over)
    }
  })

  it('gets the values of a map as they are when they are asked for, and none that was deleted', async () => {
    const map = await manager.create(SharedMap<string, number>, [
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ])
    const values = map.values()
    await values.next()
    await map.set('b', 20)
    await map.delete('c')
    await map.set('d', 4)
    assert.deepEqual(await collect(values), [20, 4])
  })

  it('gets no value of a set any more that was deleted or cleared', async () => {
    const set = await manager.create(SharedSet<number>, numbers)
    const [values, keys, entries] = [set.values(), set.keys(), set.entries()]
    for (const iterator of [values, keys, entries]) await iterator.next()
    await set.deleteMany(numbers.slice(1, 99))
    assert.deepEqual(await values.next(), { done: false, value: 99 })
    await set.clear()
    for (const iterator of [values, keys, entries])
      await assert.rejects(iterator.next(), { message: /the set was cleared/ })
  })

  it('sees each number of an array as it is when it is asked for', async () => {
    const array = await manager.create(SharedArray<'Int8Array'>, 'Int8Array', numbers)
    const [values, entries] = [array.values(), array.entries()]
    for (const iterator of [values, entries]) await iterator.next()
    await array.fill(7)
    assert.deepEqual(
      [await values.next(), await entries.next()].map(({ value }) => value),
      [7, [1, 7]],
    )
    for (const iterator of [values, entries]) await iterator.return()
  })

  it('sees later writes also of a list that lives in another client', async () => {
    await using sessions = new Sessions(manager)
    const mine = new SharedList(numbers)
    const shelf = await manager.named('shelf', SharedList<SharedList<number>>)
    await shelf.push(mine)
    const { of } = await sessions.openFor<SharedList<SharedList<number>>>('shelf', SharedList)
    let sum = 0
    for await (const number of (await of.at(0)) ?? []) {
      sum += number
      if (number === 3) await mine.clear()
    }
    assert.equal(sum, 6)
    await manager.forget('shelf')
  })

  it('gets the items in order, however many it asks for at once', async () => {
    const list = await manager.create(SharedList<number>, numbers)
    const values = list.values()
    const steps = await Promise.all(Array.from({ length: 101 }, () => values.next()))
    assert.deepEqual(steps, [...numbers.map((value) => ({ done: false, value })), over])
  })
})
