import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type * as referent from 'referent'
import { attach, Manager, ManagerError, SharedList } from 'referent'
import { AnotherCopy } from './harness/another-copy.ts'
import { leaveNothing } from './harness/leave-nothing.ts'

leaveNothing()

const timedOut = { code: 'TIMEOUT' }

describe('two copies of the package in one process', { timeout: 60_000 }, () => {
  it('each have their shared types, and make those of the other', async () => {
    await using another = await AnotherCopy.make()
    const other = (await another.import('index.ts')) as typeof referent
    assert.notEqual(other.Manager, Manager)
    for (const Starts of [other.Manager, Manager]) {
      await using manager = await Starts.start()
      const map = await manager.create(other.SharedMap<string, number>, [['one', 1]])
      const list = await manager.create(SharedList<number>, [1, 2])
      assert.deepEqual([await map.get('one'), await list.toArray()], [1, [1, 2]])
      assert.equal(await (await attach<SharedList<number>>(other.refOf(list))).at(-1), 2)
    }
  })

  it('take the errors of each other for their own', async () => {
    await using another = await AnotherCopy.make()
    const other = (await another.import('index.ts')) as typeof referent
    class Special extends ManagerError {}
    const error = new other.ManagerError('FORBIDDEN', 'not so')
    assert.deepEqual([error instanceof ManagerError, error instanceof Special], [true, false])
    assert.ok(new Special('FORBIDDEN', 'not so') instanceof other.ManagerError)
    assert.ok(!(new Error('not so') instanceof ManagerError))
  })

  it('know of each other which call they carry out, and who makes it', async () => {
    await using another = await AnotherCopy.make()
    const other = (await another.import('index.ts')) as typeof referent
    await using manager = await other.SyncManager.serve()
    const queue = await manager.Queue<number>()
    await assert.rejects(other.withOptions(queue, { timeoutMs: 50 }).get(), timedOut)
    await queue.put(1)
    // The one who has given up doesn't get it.
    assert.equal(await queue.get({ timeoutMs: 5000 }), 1)
  })
})
