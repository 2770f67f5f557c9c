import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager, Process, type Remote, SharedCondition, SharedLock, type WaitOptions } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { moduleUrl } from '../harness/module.ts'
import { Gate } from './gate.ts'
import { Notes } from './notes.ts'
import type { wake } from './programs/wakes.ts'
import { Sessions } from './sessions.ts'

leaveNothing()

describe('a SharedCondition', { timeout: 60_000 }, () => {
  let manager: Manager
  let sessions: Sessions
  let condition: Remote<SharedCondition>
  let other: Remote<SharedCondition>

  before(async () => {
    manager = await Manager.start()
    sessions = new Sessions(manager)
    condition = await manager.named('condition', SharedCondition)
    other = (await sessions.openFor('condition', SharedCondition)).of
  })
  after(async () => {
    await sessions[Symbol.asyncDispose]()
    await manager.close()
  })

  function waiting(number: number, of = condition): Promise<true> {
    return eventually(`${number} wait`, async () => (await of.waiting) === number || undefined)
  }

  it('wakes as many as are notified, of those who wait in several processes', async () => {
    const [notes, own] = [await manager.create(Notes), await manager.create(SharedCondition)]
    const module = moduleUrl('./programs/wakes.ts', import.meta.url).href
    const processes = [1, 2].map(() => new Process<typeof wake>({ module, name: 'wake' }, [own, notes, 3]))
    for (const process of processes) process.start()
    await waiting(6, own)
    for (const [number, left] of [
      [2, 4],
      [4, 0],
      [3, 0],
    ] as const) {
      await own.run(() => own.notify(number))
      assert.equal(await own.waiting, left)
      await eventually('they are awake', async () => (await notes.read()).length === 6 - left || undefined)
    }
    assert.deepEqual(await within('they end', Promise.all(processes.map((process) => process.join()))), [0, 0])
  })

  it('wakes all', async () => {
    const waits = [condition, condition, other].map((each) => each.run(() => each.wait()))
    await waiting(3)
    await other.run(() => other.notifyAll())
    assert.deepEqual(await within('they wake', Promise.all(waits)), [true, true, true])
  })

  it('waits and notifies only for those who hold its lock', async () => {
    for (const call of [() => condition.wait(), () => condition.notify(), () => condition.notifyAll()]) {
      await assert.rejects(call(), { code: 'NOT_HELD' })
    }
    await assert.rejects(
      condition.waitFor(() => true),
      { code: 'NOT_HELD' },
    )
    await condition.acquire()
    assert.equal(await condition.wait({ timeoutMs: 10 }), false)
    await assert.rejects(other.notify(), { code: 'NOT_HELD' })
    await assert.rejects(condition.notify(-1), RangeError)
    assert.equal(await condition.isLocked, true)
    await condition.release()
    await using guard = await condition.hold()
    const token = await guard.token
    assert.equal(await condition.wait({ timeoutMs: 10 }), false)
    assert.ok((await guard.token) > token)
  })

  it('gives the lock back whole while it waits, however often it was taken, and has it again as often', async () => {
    await condition.acquire()
    await condition.acquire()
    const wait = condition.wait()
    await waiting(1)
    await other.run(() => other.notify())
    assert.equal(await within('it wakes', wait), true)
    await condition.release()
    assert.equal(await other.acquire({ timeoutMs: 0 }), false)
    await condition.release()
    assert.equal(await condition.isLocked, false)
  })

  it('has the lock again before a wait ends that timed out', async () => {
    const [held, ends] = [new Gate(), new Gate()]
    await condition.acquire()
    const wait = condition.wait({ timeoutMs: 20 }).then((isNotified) => `notified: ${isNotified}`)
    const holding = other.run(() => {
      held.open()
      return ends.opened
    })
    await held.opened
    const first = Promise.race([wait, new Promise((resolve) => setTimeout(resolve, 100, 'nothing yet'))])
    assert.equal(await first, 'nothing yet')
    ends.open()
    assert.equal(await within('the wait ends', wait), 'notified: false')
    await holding
    assert.equal(await other.acquire({ timeoutMs: 0 }), false)
    await condition.release()
  })

  it('has the lock again when a wait is aborted, before the caller goes on', async () => {
    for (const wait of [
      (options: WaitOptions) => condition.wait(options),
      (options: WaitOptions) => condition.waitFor(() => false, options),
    ]) {
      const aborted = new AbortController()
      const order: string[] = []
      const body = condition.run(async () => {
        await assert.rejects(wait({ signal: aborted.signal }), { code: 'ABORTED' })
        order.push('aborted')
        await condition.notify(0)
      })
      await waiting(1)
      await other.acquire()
      aborted.abort()
      await eventually('it no longer waits', async () => (await condition.waiting) === 0 || undefined)
      order.push('released')
      await other.release()
      await within('it goes on', body)
      assert.deepEqual(order, ['released', 'aborted'])
    }
  })

  it('waits until a predicate of the caller is true, and asks it with the lock held', async () => {
    let isTrue = false
    const asked: boolean[] = []
    const wait = condition.run(() =>
      condition.waitFor(async () => {
        asked.push(isTrue, await condition.isLocked)
        return isTrue
      }),
    )
    await waiting(1)
    await other.run(() => other.notify())
    await eventually('it was asked', () => asked.length === 4 || undefined)
    await waiting(1)
    isTrue = true
    await other.run(() => other.notify())
    assert.equal(await within('it is true', wait), true)
    assert.deepEqual(asked, [false, true, false, true, true, true])
  })

  it('says false for a predicate that stays false, when the time is up and not before', async () => {
    const startedMs = performance.now()
    const wait = condition.run(() => condition.waitFor(() => false, { timeoutMs: 150 }))
    await waiting(1)
    await other.run(() => other.notify())
    assert.equal(await within('it ends', wait), false)
    assert.ok(performance.now() - startedMs >= 149)
    const failing = condition.run(() => condition.waitFor(() => Promise.reject(new RangeError('spec'))))
    await assert.rejects(failing, RangeError)
    assert.equal(await condition.isLocked, false)
  })

  it('passes a notification on whose waiter is gone: before it has the lock again, or while it is asked', async () => {
    const waysToWait: ((mine: Remote<SharedCondition>) => Promise<unknown>)[] = [
      (mine) => mine.wait(),
      (mine) => mine.waitFor(askedOnce()),
    ]
    for (const wait of waysToWait) {
      const { session, of } = await sessions.openFor('condition', SharedCondition)
      of.run(() => wait(of)).catch(() => undefined)
      await waiting(1)
      const next = condition.run(() => condition.wait())
      await waiting(2)
      const [notified, ends] = [new Gate(), new Gate()]
      const notifying = other.run(async () => {
        await other.notify()
        notified.open()
        await ends.opened
      })
      await notified.opened
      if (wait === waysToWait[0]) await session.close()
      ends.open()
      await notifying
      if (wait !== waysToWait[0]) {
        await eventually('it is asked', async () => (await condition.isLocked) || undefined)
        await session.close()
      }
      assert.equal(await within('the next is notified', next), true)
      assert.equal(await within('the lock is free', other.acquire()), true)
      await other.release()
    }
  })

  it('passes a notification on that crosses with the abort of its waiter', async () => {
    const { of } = await sessions.openFor('condition', SharedCondition)
    for (let round = 0; round < 40; round++) {
      const aborted = new AbortController()
      const first = waitAndRelease(of, { signal: aborted.signal }).catch(() => 'aborted')
      await waiting(1)
      const second = waitAndRelease(condition)
      await waiting(2)
      const notified = other.run(() => other.notify())
      for (let turn = 0; turn < round % 10; turn++) await new Promise(setImmediate)
      aborted.abort()
      await notified
      // Whichever of the two has it, the other one doesn't.
      if ((await within('the first wait ends', first)) === true) await other.run(() => other.notify())
      assert.equal(await within('the second is notified', second), true)
      assert.equal(await condition.waiting, 0)
    }
  })

  it('goes on when the one is gone who notified, with the lock', async () => {
    const wait = condition.run(() => condition.wait())
    await waiting(1)
    const { session, of } = await sessions.openFor('condition', SharedCondition)
    await of.acquire()
    await of.notify()
    await session.close()
    assert.equal(await within('it wakes', wait), true)
  })

  it('is one of several over one lock, which must be one of its server', async () => {
    const lock = await manager.create(SharedLock)
    const [full, empty] = [await manager.create(SharedCondition, lock), await manager.create(SharedCondition, lock)]
    const wait = full.run(() => full.wait())
    await waiting(1, full)
    await lock.run(async () => {
      assert.deepEqual([await full.isLocked, await empty.isLocked], [true, true])
      await empty.notify()
      assert.equal(await full.waiting, 1)
      await full.notify()
    })
    assert.equal(await within('it wakes', wait), true)
    await assert.rejects(manager.create(SharedCondition, 'lock' as never), TypeError)
    await using another = await Manager.start()
    await assert.rejects(another.create(SharedCondition, lock), { name: 'TypeError', message: /same server/ })
  })
})

/** False the first time, and then it never answers. */
function askedOnce(): () => boolean | Promise<boolean> {
  let isFirst = true
  return () => {
    if (!isFirst) return new Promise(() => undefined)
    isFirst = false
    return false
  }
}

async function waitAndRelease(condition: Remote<SharedCondition>, options: WaitOptions = {}): Promise<boolean> {
  await condition.acquire()
  try {
    return await condition.wait(options)
  } finally {
    await condition.release()
  }
}
