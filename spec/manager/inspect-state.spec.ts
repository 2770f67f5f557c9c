import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, it } from 'node:test'
import {
  type HolderInspection,
  Manager,
  refOf,
  type Remote,
  SharedArray,
  SharedBarrier,
  SharedCondition,
  SharedEvent,
  type SharedJoinableQueue,
  SharedList,
  SharedLock,
  SharedMap,
  SharedNamespace,
  SharedQueue,
  SharedRLock,
  SharedRWLock,
  SharedSemaphore,
  SharedSet,
} from 'referent'
import { parseReference } from '../../lib/proxy/reference.ts'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Quarrelsome } from './quarrelsome.ts'

leaveNothing()

describe('what a server tells of an object', () => {
  it('is how it stands, for each of the ready-made types', async () => {
    await using manager = await Manager.start()
    const state = async (proxy: object): Promise<unknown> => (await detailOf(manager, proxy)).state
    const queue = await manager.create(SharedQueue, 2)
    await queue.put('a')
    const idle = { unacked: 0, takers: 0, putters: 0, isClosed: false }
    assert.deepEqual(await state(queue), { length: 1, maxSize: 2, ...idle })
    const semaphore = await manager.create(SharedSemaphore, 3)
    await semaphore.acquire()
    assert.deepEqual(await state(semaphore), { value: 2, held: 1, waiting: 0 })
    assert.deepEqual(await state(await manager.create(SharedLock)), { held: 0, waiting: 0 })
    assert.deepEqual(await state(await manager.create(SharedEvent)), { isSet: false, waiting: 0 })
    assert.deepEqual(await state(await manager.create(SharedCondition)), { isLocked: false, waiting: 0 })
    const barrier = await manager.create(SharedBarrier, 2)
    assert.deepEqual(await state(barrier), { parties: 2, waiting: 0, isBroken: false })
    assert.deepEqual(await state(await manager.create(SharedMap, [['a', 1]])), { size: 1 })
    assert.deepEqual(await state(await manager.create(SharedSet, [1, 2])), { size: 2 })
    assert.deepEqual(await state(await manager.create(SharedList, [1, 2, 3])), { length: 3 })
    assert.deepEqual(await state(await manager.create(SharedArray, 'Int32Array', 4)), { length: 4 })
    assert.deepEqual(await state(await manager.create(SharedNamespace, { x: 1, y: 2 })), { size: 2 })
  })

  it('is who waits at a queue, and who has items of it that are not done, since when', async () => {
    await using manager = await Manager.start()
    await using second = await Manager.connect(manager.address, { authkey: manager.authkey })
    const queue = await manager.named<SharedJoinableQueue<number>>('work', 'SharedJoinableQueue')
    const theirs = await second.lookup<SharedJoinableQueue<number>>('work')
    await queue.putMany([1, 2])
    await theirs.getMany(2)
    const taking = queue.get()
    const joining = second.lookup<SharedJoinableQueue<number>>('work').then((same) => same.join())
    const { state, holders, calls } = await eventually('both wait', async () => {
      const detail = await detailOf(manager, queue)
      return detail.state?.['joiners'] === 1 && detail.state['takers'] === 1 ? detail : undefined
    })
    const counts = { length: 0, maxSize: 0, unacked: 2, takers: 1, putters: 0, isClosed: false }
    assert.deepEqual(state, { ...counts, unfinished: 2, joiners: 1 })
    assert.deepEqual(calls.length, 2)
    assert.deepEqual(untimed(holders), [{ session: 's2', what: '2 items' }])
    await theirs.taskDone(1)
    assert.deepEqual(untimed((await detailOf(manager, queue)).holders), [{ session: 's2', what: '1 item' }])
    await theirs.taskDone(1)
    await joining
    assert.deepEqual((await detailOf(manager, queue)).holders, [])
    await queue.put(3)
    await taking
  })

  it('is who has a lock, how, and within what', async () => {
    await using manager = await Manager.start()
    const [outer, inner] = [await manager.create(SharedLock, { name: 'outer' }), await manager.create(SharedRLock)]
    const [shared, condition] = [await manager.create(SharedRWLock), await manager.create(SharedCondition)]
    await shared.acquireRead()
    const guard = await condition.hold()
    await outer.run(async () => {
      await inner.acquire()
      assert.deepEqual(untimed((await detailOf(manager, outer)).holders), [{ session: 's1', what: 'run' }])
      const within = "run of SharedLock 'outer'"
      const held = await inner.run(async () => untimed((await detailOf(manager, inner)).holders))
      assert.deepEqual(held, [
        { session: 's1', what: 'acquire', within },
        { session: 's1', what: 'run', within },
      ])
    })
    assert.deepEqual(untimed((await detailOf(manager, shared)).holders), [{ session: 's1', what: 'acquire to read' }])
    assert.deepEqual(untimed((await detailOf(manager, condition)).holders), [{ session: 's1', what: 'hold' }])
    await guard.release()
  })

  it('is the trace context of the call by which somebody has a lock', async () => {
    await using manager = await Manager.start()
    const lock = await manager.create(SharedLock)
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const start = (call: unknown): void => void Object.assign(call as object, { traceparent })
    subscribe('tracing:referent:call:start', start)
    await lock.acquire()
    unsubscribe('tracing:referent:call:start', start)
    assert.deepEqual(untimed((await detailOf(manager, lock)).holders), [
      { session: 's1', what: 'acquire', traceparent },
    ])
  })

  it('is who computes the value of a key', async () => {
    await using manager = await Manager.start()
    const map = await manager.create(SharedMap<string, number>, [['a', 1]])
    await map.compute('a', async () => {
      const what = "compute of 'a' of a SharedMap"
      assert.deepEqual(untimed((await detailOf(manager, map)).holders), [{ session: 's1', what }])
      return 2
    })
    assert.deepEqual((await detailOf(manager, map)).holders, [])
  })

  it('is nothing, or cut, where an object of the program throws or says too much', async () => {
    await using manager = await Manager.start()
    const [throwing, wordy] = [await manager.create(Quarrelsome, true), await manager.create(Quarrelsome, false)]
    const { state, holders } = await detailOf(manager, throwing)
    assert.deepEqual([state, holders], [undefined, undefined])
    const told = await detailOf(manager, wordy)
    assert.equal(Object.keys(told.state ?? {}).length, 49)
    assert.equal(String(told.state?.['text']).length, 1000)
    assert.equal(told.holders?.length, 20)
    assert.equal(told.holders[0]?.what?.length, 1000)
  })
})

function detailOf(manager: Manager, proxy: object): ReturnType<Manager['inspectReferent']> {
  return manager.inspectReferent(parseReference(refOf(proxy as Remote<object>)).id)
}

function untimed(holders: readonly HolderInspection[] | undefined): readonly object[] | undefined {
  return holders?.map(({ ageMs, ...rest }) => {
    assert.ok(ageMs >= 0 && ageMs < 60_000)
    return rest
  })
}
