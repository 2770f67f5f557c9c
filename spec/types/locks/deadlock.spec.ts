import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { after, before, describe, it } from 'node:test'
import {
  Manager,
  type Remote,
  SharedBoundedSemaphore,
  SharedLock,
  SharedMap,
  SharedRLock,
  SharedRWLock,
} from 'referent'
import { eventually, within } from '../../harness/eventually.ts'
import { leaveNothing } from '../../harness/leave-nothing.ts'
import { Gate } from '../gate.ts'
import { Sessions } from '../sessions.ts'

leaveNothing()

describe('a deadlock', { timeout: 60_000 }, () => {
  let manager: Manager
  let sessions: Sessions
  let count = 0

  before(async () => {
    manager = await Manager.start()
    sessions = new Sessions(manager)
  })
  after(async () => {
    await sessions[Symbol.asyncDispose]()
    await manager.close()
  })

  /** So many locks, as each of so many new sessions has them. */
  async function locks(parties: number, number: number): Promise<Remote<SharedLock>[][]> {
    const names = Array.from({ length: number }, () => `lock ${++count}`)
    const lock = async (session: Manager, name: string) => session.named(name, SharedLock, { name })
    const all = []
    for (let party = 0; party < parties; party++) {
      const session = await sessions.open()
      all.push(await Promise.all(names.map((name) => lock(session, name))))
    }
    return all
  }

  function waited(lock: Remote<SharedLock | SharedRWLock>): Promise<true> {
    return eventually('it waits', async () => (await lock.waiting) > 0 || undefined)
  }

  it('of functions that run with locks held is told at once, naming who holds what and waits for what', async () => {
    const [[a1, b1], [a2, b2]] = (await locks(2, 2)) as Pairs
    const [has1, has2] = [new Gate(), new Gate()]
    const first = a1.run(async () => {
      has1.open()
      await has2.opened
      return b1.run(() => 'first')
    })
    const second = b2.run(async () => {
      has2.open()
      await has1.opened
      await waited(b2)
      return a2.run(() => 'second')
    })
    const lines = new RegExp(
      `session s\\d+ of process ${process.pid} holds SharedLock '${nameOf(1)}' \\(by run, for \\d+ ms\\) ` +
        `and waits for SharedLock '${nameOf(0)}' \\(for \\d+ ms\\)`,
    )
    await assert.rejects(within('it is told', second), { code: 'DEADLOCK', message: lines })
    assert.equal(await within('the other goes on', first), 'first')
    assert.deepEqual([await a1.isLocked, await b1.isLocked], [false, false])
  })

  it('of one with itself is told at once', async () => {
    const [[lock]] = (await locks(1, 1)) as Pairs
    await assert.rejects(
      within(
        'it is told',
        lock.run(() => lock.acquire()),
      ),
      { code: 'DEADLOCK' },
    )
    assert.equal(await lock.isLocked, false)
    const permit = await manager.create(SharedBoundedSemaphore, 1)
    await assert.rejects(
      within(
        'it is told',
        permit.run(() => permit.hold()),
      ),
      { code: 'DEADLOCK' },
    )
  })

  it('of three, of several kinds, is told to the last of them', async () => {
    const lock = await manager.create(SharedLock)
    const again = await manager.create(SharedRLock)
    const both = await manager.create(SharedRWLock)
    const gates = [new Gate(), new Gate(), new Gate()]
    const allIn = Promise.all(gates.map(({ opened }) => opened))
    const first = lock.run(async () => {
      gates[0]?.open()
      await allIn
      return again.run(() => 'first')
    })
    const second = again.run(async () => {
      gates[1]?.open()
      await allIn
      return both.runWrite(() => 'second')
    })
    const third = both.runRead(async () => {
      gates[2]?.open()
      await allIn
      await eventually('both wait', async () => ((await again.waiting) > 0 && (await both.waiting) > 0) || undefined)
      return lock.run(() => 'third')
    })
    await assert.rejects(within('it is told', third), { code: 'DEADLOCK', message: /SharedRWLock #\d+ \(by run/ })
    assert.deepEqual(await within('the others go on', Promise.all([first, second])), ['first', 'second'])
  })

  it('of a lock and a value that is computed is told at once, and within what each waits', async () => {
    const lock = await manager.create(SharedLock, { name: 'outside' })
    const map = await manager.create(SharedMap<string, number>, [['k', 1]])
    const [has, computes] = [new Gate(), new Gate()]
    const running = lock.run(async () => {
      has.open()
      await computes.opened
      return map.compute('k', (value = 0) => value + 1)
    })
    const computing = map.compute('k', async (value = 0) => {
      computes.open()
      await has.opened
      await waited(lock)
      return lock.run(() => value)
    })
    const ends = await within('both end', Promise.allSettled([running, computing, lock.run(() => 3)]))
    const told = ends.filter((end) => end.status === 'rejected').map(({ reason }) => reason as Error)
    assert.equal(told.length, 1)
    const { message = '' } = told[0] ?? {}
    assert.match(message, /holds 'k' of a SharedMap \(by compute, .* waits for SharedLock 'outside'/)
    assert.match(message, /holds SharedLock 'outside' \(by run, .* waits for 'k' of a SharedMap/)
    assert.match(message, /, within run of SharedLock 'outside'$/m)
    assert.match(message, /, within compute of 'k' of a SharedMap$/m)
  })

  it('of readers, for the sake of a writer that waits between them, is told', async () => {
    const [pages, lock] = [await manager.create(SharedRWLock), await manager.create(SharedLock)]
    const { reading, writing, second } = await throughWriter(pages, lock, {})
    await assert.rejects(within('it is told', second), { code: 'DEADLOCK' })
    assert.deepEqual(await within('the others go on', Promise.all([reading, writing])), ['read', 'wrote'])
  })

  it('of readers is not taken for one where the writer between them gives up in time', async () => {
    const [pages, lock] = [await manager.create(SharedRWLock), await manager.create(SharedLock)]
    const { reading, writing, second } = await throughWriter(pages, lock, { timeoutMs: 300 })
    await assert.rejects(within('it gives up', writing), { code: 'TIMEOUT' })
    assert.deepEqual(await within('the readers go on', Promise.all([reading, second])), ['read', 'read too'])
  })

  /** One reads and waits for the lock, a writer waits, and who has the lock waits to read behind it. */
  async function throughWriter(
    pages: Remote<SharedRWLock>,
    lock: Remote<SharedLock>,
    bound: { timeoutMs?: number },
  ): Promise<Record<'reading' | 'writing' | 'second', Promise<string>>> {
    const [reads, has] = [new Gate(), new Gate()]
    const reading = pages.runRead(async () => {
      reads.open()
      await has.opened
      return lock.run(() => 'read')
    })
    await reads.opened
    const wait = new Gate()
    const second = lock.run(async () => {
      has.open()
      await wait.opened
      return pages.runRead(() => 'read too')
    })
    for (const each of [reading, second]) each.catch(() => undefined)
    await waited(lock)
    const writing = pages.runWrite(() => 'wrote', bound)
    writing.catch(() => undefined)
    await waited(pages)
    wait.open()
    return { reading, writing, second }
  }

  it('is not taken for one where sessions have acquired locks, or hold guards: they may do several things', async () => {
    for (const via of ['acquire', 'hold'] as const) {
      const [[a1, b1], [a2, b2]] = (await locks(2, 2)) as Pairs
      const guards = [await a1[via](), await b2[via]()]
      const first = b1[via]()
      await waited(b2)
      const second = a2[via]()
      await waited(a1)
      assert.equal(await Promise.race([first, second, pause(100, 'both wait')]), 'both wait')
      for (const [index, lock] of [a1, b2].entries()) {
        const guard = guards[index]
        await (typeof guard === 'object' ? guard.release() : lock.release())
      }
      await within('both go on', Promise.all([first, second]))
    }
  })

  it('is not taken for one where a session waits for what it holds itself', async () => {
    const [[lock]] = (await locks(1, 1)) as Pairs
    await lock.acquire()
    const again = lock.acquire()
    assert.equal(await Promise.race([again, pause(100, 'waits')]), 'waits')
    await lock.release()
    assert.equal(await within('it has it again', again), true)
  })

  it('is not taken for one where a wait ends by itself', async () => {
    const [[a1, b1], [a2, b2]] = (await locks(2, 2)) as Pairs
    await a1.acquire()
    await b2.acquire()
    const first = b1.acquire({ timeoutMs: 200 })
    await waited(b2)
    const second = a2.acquire()
    assert.equal(await first, false)
    await a1.release()
    assert.equal(await within('the second has it', second), true)
    const [[lock]] = (await locks(1, 1)) as Pairs
    assert.equal(await lock.run(() => lock.acquire({ timeoutMs: 20 })), false)
  })

  function nameOf(index: 0 | 1): string {
    return `lock ${count - 1 + index}`
  }
})

type Pairs = [[Remote<SharedLock>, Remote<SharedLock>], [Remote<SharedLock>, Remote<SharedLock>]]
