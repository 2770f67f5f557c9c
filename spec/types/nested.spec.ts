import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { Manager, release, SharedList, SharedMap, SharedNamespace, SharedSet, SharedValue } from 'referent'
import { Counter } from '../harness/counter.ts'
import { eventually, within } from '../harness/eventually.ts'
import { collectGarbage } from '../harness/garbage.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { startPushing } from './work.ts'

leaveNothing()

// Each is a behaviour of `multiprocessing.managers` in CPython.
describe('what is inside a shared container', () => {
  let manager: Manager

  // Each has a server of its own: what an earlier one left to the garbage collector would go while the next one counts.
  beforeEach(async () => (manager = await Manager.start()))
  afterEach(() => manager.close())

  const hosted = async (): Promise<number> => (await manager.inspect()).referents.length

  it('is live where it is shared: a change through either shows in both', async () => {
    const inner = await manager.create(SharedList<number>, [1])
    const outer = await manager.create(SharedList<SharedList<number>>, [inner])
    const found = await outer.at(0)
    assert.equal(found, inner)
    await inner.push(2)
    await found?.push(3)
    assert.deepEqual([await inner.toArray(), await found?.length], [[1, 2, 3], 3])
  })

  it('is found by a proxy of it, in lists, maps, sets and values', async () => {
    const [one, other] = [await manager.create(Counter, 1), await manager.create(Counter, 1)]
    const list = await manager.create(SharedList<Counter>, [one])
    assert.deepEqual([await list.indexOf(one), await list.includes(other)], [0, false])
    assert.deepEqual(
      [await list.compareAndSet(0, other, other), await list.compareAndSet(0, one, other)],
      [false, true],
    )
    const map = await manager.create(SharedMap<Counter, Counter>, [[one, other]])
    assert.deepEqual([await map.get(one), await map.get(other)], [other, undefined])
    const set = await manager.create(SharedSet<Counter>, [one])
    assert.deepEqual([await set.has(one), await set.has(other), await set.toArray()], [true, false, [one]])
    const value = await manager.create(SharedValue<{ readonly counter: Counter }>, { counter: one })
    assert.equal(await value.compareAndSet({ counter: other }, { counter: other }), false)
    assert.equal(await value.compareAndSet({ counter: one }, { counter: other }), true)
    assert.equal((await value.get()).counter, other)
  })

  it('is live in every process that reaches it through the container', async () => {
    const [one, other] = [await manager.create(SharedList<unknown>), await manager.create(SharedList<unknown>)]
    const lists = await manager.create(SharedMap<string, SharedList<unknown>>, [['one', one]])
    const child = startPushing(lists, other)
    assert.equal(await child.join(), 0)
    for (const list of [one, other, await lists.get('own')]) assert.deepEqual(await list?.toArray(), [child.pid])
  })

  it('stays while the container has it, when nobody else does', async () => {
    const outer = await manager.create(SharedMap<string, SharedList<string>>)
    for (const name of ['a', 'b']) {
      const inner = await manager.create(SharedList<string>, [name])
      await outer.set(name, inner)
      release(inner)
    }
    await eventually('nobody else has them', async () => ((await hosted()) === 1 ? true : undefined))
    collectGarbage()
    assert.deepEqual(await (await outer.get('b'))?.toArray(), ['b'])
    assert.deepEqual(await (await outer.toMap()).get('a')?.at(0), 'a')
  })

  it('may be the container itself, which is released without a hang', async () => {
    const list = await manager.create(SharedList<unknown>)
    await list.push(list, [list])
    assert.equal(await list.at(0), list)
    assert.equal(await list.indexOf([list]), 1)
    assert.match(await list.join(), /Object/)
    release(list)
    await within(
      'it is gone',
      eventually('it is gone', async () => ((await hosted()) === 0 ? true : undefined)),
    )
  })

  it('is a copy where it is a plain value', async () => {
    const list = await manager.create(SharedList<number[]>, [[1]])
    const read = await list.at(0)
    read?.push(2)
    assert.deepEqual(await list.at(0), [1])
    const settings = await manager.create(SharedNamespace<{ readonly levels: number[] }>, { levels: [1] })
    ;(await settings.levels).push(2)
    assert.deepEqual(await settings.levels, [1])
  })
})
