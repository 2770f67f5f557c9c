import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager, release, type Remote, type SharedHold, SharedList, SharedLock, withOptions } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { collectGarbage } from '../harness/garbage.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Sessions } from './sessions.ts'

leaveNothing()

const kept: unknown[] = []

describe('a SharedLock', { timeout: 120_000 }, () => {
  let manager: Manager
  let sessions: Sessions
  let count = 0
  const names = new Map<Remote<SharedLock>, string>()

  before(async () => {
    manager = await Manager.start()
    sessions = new Sessions(manager)
  })
  after(async () => {
    await sessions[Symbol.asyncDispose]()
    await manager.close()
  })

  /** A new lock, as the manager's own session has it, and so many others. */
  async function locks(of: 2): Promise<[Remote<SharedLock>, Remote<SharedLock>]>
  async function locks(of: number): Promise<[Remote<SharedLock>, ...Remote<SharedLock>[]]>
  async function locks(of: number): Promise<Remote<SharedLock>[]> {
    const name = `lock ${count++}`
    const own = await manager.named(name, SharedLock, { name })
    names.set(own, name)
    const others = Array.from({ length: of - 1 }, async () => (await sessions.openFor(name, SharedLock)).of)
    return [own, ...(await Promise.all(others))]
  }

  function nameOf(lock: Remote<SharedLock>): string {
    return names.get(lock) ?? ''
  }

  function waiting(lock: Remote<SharedLock>, number: number): Promise<true> {
    return eventually(`${number} wait`, async () => (await lock.waiting) === number || undefined)
  }

  it('is held by one at a time, in the order of their coming', async () => {
    const [lock, ...others] = await locks(4)
    assert.equal(await lock.acquire(), true)
    const order: number[] = []
    const waits = []
    for (const [index, other] of others.entries()) {
      waits.push(
        other.acquire().then(async () => {
          order.push(index)
          await other.release()
        }),
      )
      await waiting(lock, index + 1)
    }
    assert.deepEqual(order, [])
    await lock.release()
    await within('all have had it', Promise.all(waits))
    assert.deepEqual(order, [0, 1, 2])
    assert.equal(await lock.isLocked, false)
  })

  it('is not had in time: acquire says false, hold and run throw TIMEOUT, and the function never runs', async () => {
    const [lock, other] = await locks(2)
    await lock.acquire()
    for (const timeoutMs of [0, 20]) {
      assert.equal(await other.acquire({ timeoutMs }), false)
      await assert.rejects(other.hold({ timeoutMs }), { code: 'TIMEOUT' })
      const run = other.run(() => assert.fail('it runs'), { timeoutMs })
      await assert.rejects(run, { code: 'TIMEOUT', message: /SharedLock 'lock \d+' was not free within/ })
    }
    assert.equal(await lock.waiting, 0)
    await lock.release()
    assert.equal(await other.acquire({ timeoutMs: 0 }), true)
  })

  it('waits no longer when its signal aborts', async () => {
    const [lock, other] = await locks(2)
    await lock.acquire()
    const aborted = new AbortController()
    const { signal } = aborted
    const waits = [other.acquire({ signal }), other.hold({ signal }), other.run(() => assert.fail(), { signal })]
    await waiting(lock, 3)
    aborted.abort()
    for (const wait of waits) await assert.rejects(wait, { code: 'ABORTED' })
    await waiting(lock, 0)
    await lock.release()
    assert.equal(await lock.isLocked, false)
  })

  it('is bounded by its own time alone, not by that of all calls', async () => {
    await using impatient = await Manager.start({ callTimeoutMs: 300 })
    const lock = await impatient.create(SharedLock)
    const ran = await lock.run(async () => {
      assert.equal(await lock.acquire({ timeoutMs: 900 }), false)
      return 'to its end'
    })
    assert.equal(ran, 'to its end')
  })

  it('refuses a release by who has not acquired it, and names who has', async () => {
    const [lock, other] = await locks(2)
    await assert.rejects(lock.release(), {
      code: 'NOT_HELD',
      message: /^SharedLock '.*' was not acquired by session s\d+ of process \d+: nobody holds it; acquire it first$/,
    })
    await other.acquire()
    const named = new RegExp(`held by session s\\d+ of process ${process.pid} by acquire`)
    await assert.rejects(lock.release(), { code: 'NOT_HELD', message: named })
    assert.equal(await lock.isLocked, true)
    await other.release()
    await lock.run(() => assert.rejects(lock.release(), { code: 'NOT_HELD', message: /by run; its guard gives back/ }))
  })

  it('has tokens that grow from one lock to the next, also where the clock is set back', async (t) => {
    const older = new SharedLock()
    await older.acquire()
    const nowMs = Date.now()
    t.mock.method(Date, 'now', () => nowMs - 3_600_000)
    const newer = new SharedLock()
    await newer.acquire()
    assert.ok(Number(newer.token) > Number(older.token))
    newer.release()
    older.release()
  })

  it('refuses times that can not be, and what is no function', async () => {
    const [lock] = await locks(1)
    await assert.rejects(lock.acquire({ timeoutMs: -1 }), RangeError)
    await assert.rejects(lock.run('fn' as never), TypeError)
    assert.equal(await lock.isLocked, false)
  })

  it('is held by a guard until that is released, once', async () => {
    const [lock, other] = await locks(2)
    {
      await using guard = await lock.hold()
      assert.equal(await guard.isHeld, true)
      assert.equal(await other.acquire({ timeoutMs: 0 }), false)
      await assert.rejects(lock.release(), { code: 'NOT_HELD' })
    }
    assert.equal(await other.acquire({ timeoutMs: 5000 }), true)
    await other.release()
    const guard = await lock.hold()
    await guard.release()
    assert.equal(await other.acquire({ timeoutMs: 0 }), true)
    await guard.release()
    assert.deepEqual([await guard.isHeld, await lock.isLocked], [false, true])
  })

  it('is given back with a guard that passed through a shared object', async () => {
    const [lock] = await locks(1)
    const box = await manager.create(SharedList<Remote<SharedHold>>)
    for (const isTakenOut of [true, false]) {
      const guard = await lock.hold()
      await box.push(guard)
      if (isTakenOut) assert.equal(await box.pop(), guard)
      release(guard)
      await eventually('it is free', async () => !(await lock.isLocked) || undefined)
    }
  })

  it('tells of a guard that was passed on what became of the last who had it', async () => {
    const [lock] = await locks(1)
    for (const isLost of [true, false]) {
      const name = `box ${count++}`
      const box = await manager.named(name, SharedList<Remote<SharedHold>>)
      const [giver, taker] = [await sessions.open(), await sessions.open()]
      const given = await (await giver.named(nameOf(lock), SharedLock)).hold()
      await (await giver.named(name, SharedList<Remote<SharedHold>>)).push(given)
      const taken = await (await taker.named(name, SharedList<Remote<SharedHold>>)).pop()
      assert.ok(taken)
      const next = lock.hold()
      await waiting(lock, 1)
      if (isLost) release(given)
      else await giver.close()
      assert.equal(await taken.isHeld, true)
      if (isLost) await taker.close()
      else release(taken)
      await using guard = await within('the next has it', next)
      assert.equal(await guard.abandoned, isLost)
      await box.clear()
    }
  })

  it('is given back with a guard that is garbage-collected', async () => {
    const [lock] = await locks(1)
    await holdAndForget(lock)
    await eventually('it is free', async () => {
      collectGarbage()
      return !(await lock.isLocked) || undefined
    })
    assert.equal(await lock.acquire(), true)
    assert.equal(await lock.wasAbandoned, false)
  })

  it('is held while a function of the caller runs, and gives what that gives or throws', async () => {
    const [lock, other] = await locks(2)
    const ran = await lock.run(async ({ token, abandoned }) => {
      assert.equal(await other.acquire({ timeoutMs: 0 }), false)
      assert.deepEqual([await lock.token, abandoned], [token, false])
      return { ran: true }
    })
    assert.deepEqual(ran, { ran: true })
    const failing = lock.run(() => {
      throw new RangeError('spec')
    })
    await assert.rejects(failing, (error) => error instanceof RangeError && error.message === 'spec')
    assert.equal(await lock.isLocked, false)
  })

  it('stays held while the function runs whose caller waits no longer', async () => {
    const [lock, other] = await locks(2)
    const aborted = new AbortController()
    let end = (): void => undefined
    const ended = new Promise<void>((resolve) => (end = resolve))
    const run = lock.run(
      () => {
        aborted.abort()
        return ended
      },
      { signal: aborted.signal },
    )
    await assert.rejects(run, { code: 'ABORTED' })
    assert.equal(await other.acquire({ timeoutMs: 50 }), false)
    end()
    assert.equal(await within('it is free', other.acquire()), true)
  })

  it('gives each hold a token that is greater than those before', async () => {
    const [lock, other] = await locks(2)
    const tokens: number[] = []
    for (let round = 0; round < 3; round++) {
      await lock.acquire()
      tokens.push((await lock.token) ?? 0)
      await lock.release()
      tokens.push(await other.run(({ token }) => token))
      await using guard = await lock.hold()
      tokens.push(await guard.token)
    }
    assert.deepEqual(
      tokens,
      [...new Set(tokens)].toSorted((one, two) => one - two),
    )
    await eventually('it is free', async () => !(await lock.isLocked) || undefined)
    assert.equal(await lock.token, undefined)
  })

  it('goes on to the next, who is told, when its holder is gone: by acquire, by hold and by run', async () => {
    const [lock, waiter] = await locks(2)
    const ways: ((mine: Remote<SharedLock>) => Promise<unknown>)[] = [
      (mine) => mine.acquire(),
      (mine) => mine.hold(),
      (mine) => mine.run(() => new Promise(() => undefined)),
    ]
    for (const have of ways) {
      const { session, of } = await sessions.openFor(nameOf(lock), SharedLock)
      // A guard that is collected gives the lock back.
      have(of).then(
        (guard) => kept.push(guard),
        () => undefined,
      )
      await eventually('it is had', async () => (await lock.isLocked) || undefined)
      const next = waiter.hold()
      await waiting(lock, 1)
      await session.close()
      const guard = await within('the next has it', next)
      assert.deepEqual([await guard.abandoned, await lock.wasAbandoned], [true, true])
      await guard.release()
      assert.equal(await lock.acquire(), true)
      assert.equal(await lock.wasAbandoned, false)
      await lock.release()
    }
  })

  it('passes over those who wait and are gone', async () => {
    const [lock, last] = await locks(2)
    await lock.acquire()
    const { session, of } = await sessions.openFor(nameOf(lock), SharedLock)
    const lost = assert.rejects(of.acquire(), { code: 'SESSION_LOST' })
    await waiting(lock, 1)
    const next = last.acquire()
    await waiting(lock, 2)
    await session.close()
    await lost
    await lock.release()
    assert.equal(await within('the last has it', next), true)
    assert.equal(await lock.wasAbandoned, false)
  })

  it('is never had by waits that were aborted or timed out, however that crosses with the lock', async () => {
    const all = await locks(4)
    const [lock] = all
    const held = all.map(() => 0)
    let inside = 0
    await Promise.all(
      all.map(async (mine, index) => {
        for (let round = 0; round < 60; round++) {
          if (!(await had(mine, round))) continue
          assert.equal(++inside, 1)
          held[index] = (held[index] ?? 0) + 1
          await new Promise(setImmediate)
          inside--
          await mine.release()
        }
      }),
    )
    assert.ok(held.some((times) => times > 0))
    assert.equal(await within('it is free', lock.acquire()), true)
    await lock.release()
    assert.deepEqual([await lock.isLocked, await lock.waiting], [false, 0])
  })

  it('is used in its own process by one owner', async () => {
    const lock = new SharedLock()
    assert.equal(await lock.acquire(), true)
    assert.equal(await lock.acquire({ timeoutMs: 0 }), false)
    const aborted = new AbortController()
    const wait = lock.hold({ signal: aborted.signal })
    aborted.abort()
    await assert.rejects(async () => wait, { code: 'ABORTED' })
    lock.release()
    await assert.rejects(async () => lock.acquire({ signal: AbortSignal.abort() }), { code: 'ABORTED' })
    assert.throws(() => lock.release(), { code: 'NOT_HELD' })
    {
      await using guard = await lock.hold()
      assert.ok(guard.isHeld && lock.isLocked)
    }
    assert.equal(lock.isLocked, false)
  })
})

async function holdAndForget(lock: Remote<SharedLock>): Promise<void> {
  await lock.hold()
}

/** One try of three kinds, that is given up sooner or later than the lock may come. */
async function had(lock: Remote<SharedLock>, round: number): Promise<boolean> {
  switch (round % 3) {
    case 0:
      return lock.acquire({ timeoutMs: round % 5 })
    case 1:
      return withOptions(lock, { timeoutMs: 1 + (round % 4) })
        .acquire()
        .catch(isGivenUp)
    default: {
      const aborted = new AbortController()
      const wait = lock.acquire({ signal: aborted.signal })
      for (let turn = 0; turn < round % 7; turn++) await new Promise(setImmediate)
      aborted.abort()
      return wait.catch(isGivenUp)
    }
  }
}

function isGivenUp(error: unknown): false {
  assert.match(String((error as { code?: unknown }).code), /^(?:TIMEOUT|ABORTED)$/)
  return false
}
