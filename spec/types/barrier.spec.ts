import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager, Process, type Remote, SharedBarrier, SharedEvent } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { moduleUrl } from '../harness/module.ts'
import { Gate } from './gate.ts'
import { Notes } from './notes.ts'
import { type act, BarrierMaker } from './programs/acts.ts'
import type { meet } from './programs/meets.ts'
import { Sessions } from './sessions.ts'

leaveNothing()

describe('a SharedBarrier', { timeout: 60_000 }, () => {
  let manager: Manager
  let sessions: Sessions

  before(async () => {
    manager = await Manager.start()
    sessions = new Sessions(manager)
  })
  after(async () => {
    await sessions[Symbol.asyncDispose]()
    await manager.close()
  })

  function waiting(barrier: Remote<SharedBarrier>, number: number): Promise<true> {
    return eventually(`${number} wait`, async () => (await barrier.waiting) === number || undefined)
  }

  it('lets five parties of several processes go on together, until one aborts it, and again after a reset', async () => {
    const [barrier, notes] = [await manager.create(SharedBarrier, 5), await manager.create(Notes)]
    const rounds = await Promise.all([1, 2, 3].map(() => manager.create(SharedEvent)))
    const module = moduleUrl('./programs/meets.ts', import.meta.url).href
    const processes = [1, 2].map(() => new Process<typeof meet>({ module, name: 'meet' }, [barrier, rounds, notes]))
    for (const process of processes) process.start()
    for (const [index, round] of rounds.entries()) {
      await round.set()
      await waiting(barrier, 4)
      if (index === 1) await barrier.abort()
      else assert.equal(await barrier.wait(), 4)
      await eventually('all have noted', async () => (await notes.read()).length === 4 * (index + 1) || undefined)
      assert.equal(await barrier.isBroken, index === 1)
      if (index === 1) await assert.rejects(barrier.wait(), { code: 'BARRIER_BROKEN', message: /aborted; reset\(\)/ })
      if (index === 1) await barrier.reset()
    }
    assert.deepEqual(await within('they end', Promise.all(processes.map((process) => process.join()))), [0, 0])
    const outcomes = await notes.read()
    const [first, second, third] = [0, 4, 8].map((at) => outcomes.slice(at, at + 4).toSorted())
    assert.deepEqual(first, ['0', '1', '2', '3'])
    assert.deepEqual(
      second,
      Array.from({ length: 4 }, () => 'BARRIER_BROKEN'),
    )
    assert.deepEqual(third, first)
  })

  it('breaks for all when a party times out, aborts or is gone, until it is reset', async () => {
    const barrier = await manager.named('barrier', SharedBarrier, 4, { timeoutMs: 60_000 })
    assert.equal(await barrier.parties, 4)
    const aborted = new AbortController()
    const ways: ((
      of: Remote<SharedBarrier>,
      session: Manager,
    ) => [wait: Promise<unknown>, code: string, end: () => unknown])[] = [
      (of) => [of.wait({ timeoutMs: 200 }), 'TIMEOUT', () => undefined],
      (of) => [of.wait({ signal: aborted.signal }), 'ABORTED', () => aborted.abort()],
      (of, session) => [of.wait(), 'SESSION_LOST', () => session.close()],
    ]
    for (const way of ways) {
      const { session, of } = await sessions.openFor('barrier', SharedBarrier)
      const others = [barrier.wait(), barrier.wait()].map((wait) => assert.rejects(wait, { code: 'BARRIER_BROKEN' }))
      await waiting(barrier, 2)
      const [wait, code, end] = way(of, session)
      const ended = assert.rejects(wait, { code })
      if (code !== 'TIMEOUT') await waiting(barrier, 3)
      await end()
      await within('all are told', Promise.all([ended, ...others]))
      assert.deepEqual([await barrier.isBroken, await barrier.waiting], [true, 0])
      await barrier.reset()
      assert.equal(await barrier.isBroken, false)
    }
  })

  it('breaks for those who wait when it is reset, and is as new', async () => {
    const barrier = await manager.create(SharedBarrier, 2)
    const wait = assert.rejects(barrier.wait(), { code: 'BARRIER_BROKEN', message: /reset/ })
    await waiting(barrier, 1)
    await barrier.reset()
    await wait
    assert.deepEqual((await Promise.all([barrier.wait(), barrier.wait()])).toSorted(), [0, 1])
  })

  it('calls its action when all have come, before any goes on, one after the other', async () => {
    const trace: string[] = []
    const ends = new Gate()
    const action = async (): Promise<void> => {
      trace.push('begins')
      if (trace.length === 1) await ends.opened
      trace.push('ends')
    }
    const barrier = await manager.create(SharedBarrier, 2, { action })
    const meets = Array.from({ length: 4 }, () => barrier.wait().then((index) => trace.push(`${index} goes on`)))
    await eventually('the action begins', () => trace.length > 0 || undefined)
    assert.equal(await barrier.isBroken, false)
    assert.deepEqual(trace, ['begins'])
    ends.open()
    await within('all go on', Promise.all(meets))
    assert.deepEqual(
      trace.filter((entry) => !entry.includes('goes')),
      ['begins', 'ends', 'begins', 'ends'],
    )
    assert.deepEqual(trace.toSorted().slice(0, 4), ['0 goes on', '0 goes on', '1 goes on', '1 goes on'])
  })

  it('breaks where its action fails, which the last to come is told', async () => {
    const action = () => {
      throw new RangeError('spec')
    }
    const barrier = await manager.create(SharedBarrier, 2, { action })
    const first = barrier.wait()
    await waiting(barrier, 1)
    await assert.rejects(barrier.wait(), RangeError)
    await assert.rejects(first, { code: 'BARRIER_BROKEN', message: /action failed/ })
    assert.equal(await barrier.isBroken, true)
  })

  it('breaks where the process is killed that its action runs in', async () => {
    const maker = await manager.create(BarrierMaker)
    const [isMade, acts] = [await manager.create(SharedEvent), await manager.create(SharedEvent)]
    const module = moduleUrl('./programs/acts.ts', import.meta.url).href
    const child = new Process<typeof act>({ module, name: 'act' }, [maker, isMade, acts])
    child.start()
    await within('it is made', isMade.wait())
    const barrier = await maker.barrier
    assert.ok(barrier)
    const first = assert.rejects(barrier.wait(), { code: 'BARRIER_BROKEN', message: /its action failed/ })
    await waiting(barrier, 1)
    const last = assert.rejects(barrier.wait(), { code: 'SESSION_LOST' })
    await within('the action runs', acts.wait())
    child.kill()
    await child.join()
    await within('both are told', Promise.all([first, last]))
    assert.equal(await barrier.isBroken, true)
  })

  it('breaks while its action runs', async () => {
    const [begun, ends] = [new Gate(), new Gate()]
    const action = () => {
      begun.open()
      return ends.opened
    }
    const barrier = await manager.create(SharedBarrier, 2, { action })
    const waits = [barrier.wait(), barrier.wait()].map((wait) => assert.rejects(wait, { code: 'BARRIER_BROKEN' }))
    await begun.opened
    await barrier.abort()
    ends.open()
    await within('both are told', Promise.all(waits))
  })

  it('refuses what can not be', async () => {
    for (const parties of [0, 1.5]) await assert.rejects(manager.create(SharedBarrier, parties), RangeError)
    await assert.rejects(manager.create(SharedBarrier, 2, { timeoutMs: -1 }), RangeError)
    await assert.rejects(manager.create(SharedBarrier, 2, { action: 'no function' as never }), TypeError)
    const alone = await manager.create(SharedBarrier, 1)
    assert.equal(await alone.wait(), 0)
  })
})
