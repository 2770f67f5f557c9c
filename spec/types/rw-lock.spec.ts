import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager, Process, type Remote, SharedBarrier, SharedRWLock } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { moduleUrl } from '../harness/module.ts'
import { Notes, type Stay } from './notes.ts'
import type { readAndWrite } from './programs/reads-and-writes.ts'
import { Sessions } from './sessions.ts'

leaveNothing()

describe('a SharedRWLock', { timeout: 60_000 }, () => {
  let manager: Manager
  let sessions: Sessions
  let lock: Remote<SharedRWLock>
  let other: Remote<SharedRWLock>

  before(async () => {
    manager = await Manager.start()
    sessions = new Sessions(manager)
    lock = await manager.named('lock', SharedRWLock)
    other = (await sessions.openFor('lock', SharedRWLock)).of
  })
  after(async () => {
    await sessions[Symbol.asyncDispose]()
    await manager.close()
  })

  function waiting(number: number): Promise<true> {
    return eventually(`${number} wait`, async () => (await lock.waiting) === number || undefined)
  }

  it('has readers of several processes inside together, and writers alone, by the clock of the server', async () => {
    const notes = await manager.create(Notes)
    const meeting = await manager.create(SharedBarrier, 2)
    const module = moduleUrl('./programs/reads-and-writes.ts', import.meta.url).href
    const processes = ['a', 'b'].map(
      (name) => new Process<typeof readAndWrite>({ module, name: 'readAndWrite' }, [name, lock, meeting, notes]),
    )
    for (const process of processes) process.start()
    const codes = await within('they end', Promise.all(processes.map((process) => process.join())))
    assert.deepEqual(codes, [0, 0])
    const stays = await notes.stays()
    const writes = stays.filter(({ who }) => who.includes('writes'))
    const meetings = stays.filter(({ who }) => who.includes('meets'))
    assert.deepEqual([writes.length, meetings.length], [20, 2])
    assert.ok(overlap(meetings[0], meetings[1]))
    for (const write of writes) {
      const others = stays.filter((stay) => stay !== write && overlap(stay, write))
      assert.deepEqual(others, [])
    }
  })

  it('lets no reader past a writer who waits, and all readers in together behind it', async () => {
    await lock.acquireRead()
    const order: string[] = []
    const wrote = other.acquireWrite().then(() => order.push('write'))
    await waiting(1)
    const reads = [lock, other].map((each) => each.acquireRead().then(() => order.push('read')))
    await waiting(3)
    assert.equal(await lock.acquireRead({ timeoutMs: 0 }), false)
    await lock.releaseRead()
    await within('the writer is in', wrote)
    assert.deepEqual([await lock.isWriting, await lock.readers, order], [true, 0, ['write']])
    await other.releaseWrite()
    await within('the readers are in', Promise.all(reads))
    assert.deepEqual([await lock.isWriting, await lock.readers], [false, 2])
    await assert.rejects(lock.releaseWrite(), { code: 'NOT_HELD' })
    await lock.releaseRead()
    await other.releaseRead()
    await assert.rejects(lock.releaseRead(), { code: 'NOT_HELD' })
  })

  it('lets readers in who stood behind a writer that gave up', async () => {
    await lock.acquireRead()
    const aborted = new AbortController()
    const wrote = assert.rejects(other.acquireWrite({ signal: aborted.signal }), { code: 'ABORTED' })
    await waiting(1)
    const read = lock.acquireRead()
    await waiting(2)
    aborted.abort()
    await wrote
    assert.equal(await within('the reader is in', read), true)
    await lock.releaseRead()
    await lock.releaseRead()
  })

  it('lets in at once who comes from inside', async () => {
    let isInside = (): void => undefined
    const inside = new Promise<void>((resolve) => (isInside = resolve))
    const read = lock.runRead(async () => {
      isInside()
      await waiting(1)
      return lock.runRead(() => 'read')
    })
    await inside
    const wrote = other.runWrite(() => 'wrote')
    assert.deepEqual(await within('both end', Promise.all([read, wrote])), ['read', 'wrote'])
    assert.equal(await lock.runWrite(() => lock.runWrite(() => lock.runRead(() => 'all'))), 'all')
    const upgrade = lock.runRead(() => lock.runWrite(() => 'never'))
    await assert.rejects(within('it is told', upgrade), { code: 'DEADLOCK' })
  })

  it('tells of a writer that died: readers until the next writer, and that one', async () => {
    for (const [isWriter, isTold] of [
      [false, false],
      [true, true],
    ] as const) {
      const { session, of } = await sessions.openFor('lock', SharedRWLock)
      await (isWriter ? of.acquireWrite() : of.acquireRead())
      const next = lock.holdWrite({ timeoutMs: 20 }).catch(() => undefined)
      assert.equal(await next, undefined)
      await session.close()
      for (const hold of [() => lock.holdRead(), () => other.holdRead(), () => lock.holdWrite()]) {
        await using guard = await within('it is free', hold())
        assert.equal(await guard.abandoned, isTold)
      }
      assert.equal(await lock.runRead(({ abandoned }) => abandoned), false)
    }
  })
})

function overlap(one: Stay | undefined, other: Stay | undefined): boolean {
  return one !== undefined && other !== undefined && one.fromMs < other.toMs && other.fromMs < one.toMs
}
