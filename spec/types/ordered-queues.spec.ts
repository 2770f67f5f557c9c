import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager, SharedLifoQueue, SharedPriorityQueue } from 'referent'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { MuteConsumer } from './mute-consumer.ts'

leaveNothing()

let manager: Manager
before(async () => (manager = await Manager.start()))
after(() => manager.close())

describe('a SharedLifoQueue', () => {
  it('gives first what was put last, and takes back to where it was', async () => {
    const queue = await manager.create(SharedLifoQueue<number>, 4)
    await queue.putMany([1, 2, 3])
    using dead = await MuteConsumer.of(manager, queue)
    assert.deepEqual([await dead.call('get'), await dead.call('get'), await queue.peek()], [3, 2, 1])
    await queue.put(4)
    dead[Symbol.dispose]()
    await eventually('they are back', async () => (await queue.isFull) || undefined)
    await assert.rejects(queue.putNowait(5), { code: 'QUEUE_FULL' })
    assert.deepEqual(await queue.getMany(9), [4, 3, 2, 1])
  })
})

describe('a SharedPriorityQueue', () => {
  it('gives first what has the lowest priority, and of one priority what was put first', async () => {
    const queue = await manager.create(SharedPriorityQueue<string>)
    await queue.put('later', { priority: 2 })
    await queue.putMany(['usual', 'usual too'])
    await queue.putNowait('urgent', { priority: -1.5 })
    await queue.put('last', { priority: Number.POSITIVE_INFINITY, timeoutMs: 1000 })
    await queue.put('later too', { priority: 2 })
    const all = ['urgent', 'usual', 'usual too', 'later', 'later too', 'last']
    assert.deepEqual(await queue.getMany(9), all)
  })

  it('takes back to where it was what never arrived', async () => {
    const queue = await manager.create(SharedPriorityQueue<string>)
    await queue.put('b', { priority: 2 })
    using dead = await MuteConsumer.of(manager, queue)
    assert.equal(await dead.call('get'), 'b')
    await queue.put('c', { priority: 2 })
    await queue.put('a', { priority: 1 })
    dead[Symbol.dispose]()
    await eventually('it is back', async () => ((await queue.size) === 3 ? true : undefined))
    assert.deepEqual(await queue.getMany(9), ['a', 'b', 'c'])
  })

  it('keeps the priority of what waits for a place', async () => {
    const queue = await manager.create(SharedPriorityQueue<string>, 2)
    await queue.putMany(['b', 'd'], { priority: 2 })
    const waiting = [queue.put('c', { priority: 2 }), queue.put('a', { priority: 1 })]
    assert.deepEqual([await queue.get(), await queue.get()], ['b', 'd'])
    await Promise.all(waiting)
    assert.deepEqual(await queue.getMany(9), ['a', 'c'])
  })

  it('refuses a priority that is no number', async () => {
    const queue = await manager.create(SharedPriorityQueue<string>)
    for (const priority of [Number.NaN, '1'])
      await assert.rejects(queue.put('item', { priority: priority as number }), {
        name: 'TypeError',
        message: /^queue.put: priority is (NaN|'1'); it must be a number/,
      })
    assert.equal(await queue.size, 0)
  })
})
