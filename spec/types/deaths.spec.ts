import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  Manager,
  Process,
  type Remote,
  release,
  SharedBarrier,
  SharedBoundedSemaphore,
  SharedCondition,
  SharedEvent,
  type SharedHold,
  SharedList,
  SharedLock,
  SharedRLock,
  SharedRWLock,
  SharedSemaphore,
} from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { moduleUrl } from '../harness/module.ts'
import type { Positions, takeAll } from './programs/everywhere.ts'

leaveNothing()

describe('a process that is killed', { timeout: 60_000 }, () => {
  let manager: Manager
  let at: Positions
  let child: Process<typeof takeAll>
  /** What follows on the dead one, each begun before its death. */
  let next: Record<'acquired' | 'guarded' | 'passed' | 'running' | 'twice' | 'written', Promise<boolean>>
  let others: Record<
    'awaited' | 'runAwaited' | 'bounded' | 'empty' | 'waited' | 'notified' | 'event' | 'wrote',
    Promise<unknown>
  >
  let party: Promise<unknown>

  before(async () => {
    manager = await Manager.start()
    const lock = () => manager.create(SharedLock)
    at = {
      acquired: await lock(),
      guarded: await lock(),
      passed: await lock(),
      box: await manager.create(SharedList<Remote<SharedHold>>),
      running: await lock(),
      awaited: await lock(),
      runAwaited: await lock(),
      twice: await manager.create(SharedRLock),
      read: await manager.create(SharedRWLock),
      written: await manager.create(SharedRWLock),
      semaphore: await manager.create(SharedSemaphore, 1),
      bounded: await manager.create(SharedBoundedSemaphore, 1),
      empty: await manager.create(SharedSemaphore, 0),
      waited: await manager.create(SharedCondition),
      notified: await manager.create(SharedCondition),
      event: await manager.create(SharedEvent),
      barrier: await manager.create(SharedBarrier, 3),
      ready: await manager.create(SharedEvent),
    }
    const passedOn = await at.passed.hold()
    await at.box.push(passedOn)
    await at.awaited.acquire()
    await at.runAwaited.acquire()
    const notified = at.notified.run(() => at.notified.wait())
    await eventually('one waits to be notified', async () => (await at.notified.waiting) === 1 || undefined)
    const module = moduleUrl('./programs/everywhere.ts', import.meta.url).href
    child = new Process<typeof takeAll>({ module, name: 'takeAll' }, [at])
    child.start()
    await within('all positions are taken', at.ready.wait())
    release(passedOn)
    next = {
      acquired: at.acquired.run(({ abandoned }) => abandoned),
      guarded: at.guarded.run(({ abandoned }) => abandoned),
      passed: at.passed.run(({ abandoned }) => abandoned),
      running: at.running.run(({ abandoned }) => abandoned),
      twice: at.twice.run(({ abandoned }) => abandoned),
      written: at.written.runRead(({ abandoned }) => abandoned),
    }
    others = {
      awaited: at.awaited.run(({ abandoned }) => abandoned),
      runAwaited: at.runAwaited.run(({ abandoned }) => abandoned),
      bounded: at.bounded.acquire(),
      empty: at.empty.acquire(),
      waited: at.waited.run(() => at.waited.wait()),
      notified,
      event: at.event.wait(),
      wrote: at.read.acquireWrite(),
    }
    party = at.barrier.wait()
    party.catch(() => undefined)
    await eventually(
      'both wait',
      async () =>
        ((await at.waited.waiting) === 2 &&
          (await at.event.waiting) === 2 &&
          (await at.awaited.waiting) === 2 &&
          (await at.runAwaited.waiting) === 2 &&
          (await at.empty.waiting) === 2 &&
          (await at.barrier.waiting) === 2) ||
        undefined,
    )
    child.kill()
    await child.join()
  })
  after(() => manager.close())

  it('gives back the locks that it held by acquire, hold, a guard of another, run and twice, to who is told so', async () => {
    const told = await within('they have them', Promise.all(Object.values(next)))
    assert.deepEqual(told, [true, true, true, true, true, true])
    for (const lock of [at.acquired, at.guarded, at.passed, at.running, at.twice])
      assert.equal(await lock.isLocked, false)
  })

  it('lets a writer in who waited for it to have read', async () => {
    assert.equal(await within('it writes', others.wrote), true)
    assert.equal(await at.read.wasAbandoned, false)
  })

  it('gives back its permits, once', async () => {
    assert.equal(await within('it has one', others.bounded), true)
    assert.equal(await at.bounded.value, 0)
    await eventually('the guard gives it back', async () => (await at.semaphore.value) === 1 || undefined)
  })

  it('is no longer in the line of any lock, semaphore or event', async () => {
    await at.awaited.release()
    await at.runAwaited.release()
    const had = await within('the others have them', Promise.all([others.awaited, others.runAwaited]))
    assert.deepEqual(had, [false, false])
    await at.empty.release()
    assert.equal(await within('the other has it', others.empty), true)
    assert.deepEqual([await at.empty.value, await at.empty.waiting], [0, 0])
    await at.event.set()
    assert.equal(await within('the other goes on', others.event), true)
  })

  it('takes no notification from those who wait beside it', async () => {
    await eventually('one is left', async () => (await at.waited.waiting) === 1 || undefined)
    await at.waited.run(() => at.waited.notify())
    assert.equal(await within('the other wakes', others.waited), true)
    assert.equal(await at.waited.isLocked, false)
  })

  it('lets those wake that it has notified', async () => {
    assert.equal(await within('it wakes', others.notified), true)
    assert.equal(await at.notified.isLocked, false)
  })

  it('breaks the barrier that it waited at', async () => {
    await assert.rejects(within('the other is told', party), { code: 'BARRIER_BROKEN', message: /gone/ })
    await at.barrier.reset()
    const waits = [1, 2, 3].map(() => at.barrier.wait())
    assert.deepEqual(
      (await within('all pass', Promise.all(waits))).toSorted((one, other) => one - other),
      [0, 1, 2],
    )
  })
})
