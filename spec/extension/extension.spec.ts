import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager, Process, type Remote, SharedEvent, withOptions } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Budget } from './budget.ts'
import { holdAll, waitForAll } from './holder.ts'

leaveNothing()

describe('a lock that is written with referent/extension', { timeout: 60_000 }, () => {
  let manager: Manager
  let budget: Remote<Budget>

  before(async () => {
    manager = await Manager.start()
    budget = await manager.create(Budget, 6)
  })
  after(() => manager.close())

  const thereWait = (count: number): Promise<true> =>
    eventually(`there wait ${count}`, async () => (await budget.waiting) === count || undefined)

  it('has back what a killed process held, in whatever way, and gives it to the next', async () => {
    const isReady = await manager.create(SharedEvent)
    await using holder = new Process(holdAll, [budget, isReady])
    holder.start()
    await isReady.wait()
    assert.equal(await budget.free, 0)
    const next = budget.reserve(6)
    await thereWait(1)
    holder.kill()
    using all = await within('the next has it', next)
    assert.equal(await all.amount, 6)
    // What its function had comes back as that ends, by SESSION_LOST.
    assert.equal(await budget.lost, 3)
  })

  it('gives nothing to a process that was killed while it waited', async () => {
    using all = await budget.reserve(6)
    await using waiter = new Process(waitForAll, [budget])
    waiter.start()
    await thereWait(1)
    waiter.kill()
    await thereWait(0)
    await all.release()
    assert.equal(await budget.free, 6)
  })

  it('is waited for until a deadline, of the wait or of the call, and not had after that', async () => {
    const all = await budget.reserve(6)
    await assert.rejects(budget.reserve(1, { timeoutMs: 0 }), { code: 'TIMEOUT', delivery: 'done' })
    await assert.rejects(budget.reserve(1, { timeoutMs: 20 }), { code: 'TIMEOUT', delivery: 'done' })
    await assert.rejects(withOptions(budget, { timeoutMs: 20 }).take(1), { code: 'TIMEOUT', delivery: 'unknown' })
    await thereWait(0)
    await all.release()
    assert.equal(await budget.free, 6)
  })

  it('is waited for until the caller aborts, and those behind it go on', async () => {
    using some = await budget.reserve(4)
    const abort = new AbortController()
    const large = budget.reserve(5, { signal: abort.signal })
    const small = budget.reserve(2)
    await thereWait(2)
    abort.abort()
    await assert.rejects(large, { code: 'ABORTED' })
    using overtaking = await within('the small one has it', small)
    assert.deepEqual([await some.amount, await overtaking.amount, await budget.free], [4, 2, 0])
  })

  it('is not left with a caller that aborts just when it is granted', async () => {
    const all = await budget.reserve(6)
    const abort = new AbortController()
    const taken = budget.take(6, { signal: abort.signal })
    await thereWait(1)
    const released = all.release()
    abort.abort()
    await assert.rejects(taken, { code: 'ABORTED' })
    await released
    using again = await budget.reserve(6, { timeoutMs: 5000 })
    assert.equal(await again.amount, 6)
  })

  it('is served in the order of arrival: a large request is not overtaken by small ones', async () => {
    const order: number[] = []
    const some = await budget.reserve(4)
    const waits = [5, 1, 1].map(async (amount) => {
      using share = await budget.reserve(amount)
      order.push(amount)
      await share.release()
    })
    await thereWait(3)
    await some.release()
    await Promise.all(waits)
    assert.deepEqual(order, [5, 1, 1])
  })

  it('keeps what a function has until that has ended, though its caller waits no longer', async () => {
    const isBegun = await manager.create(SharedEvent)
    const mayEnd = await manager.create(SharedEvent)
    const abort = new AbortController()
    const used = withOptions(budget, { signal: abort.signal }).use(6, async () => {
      await isBegun.set()
      return mayEnd.wait()
    })
    await isBegun.wait()
    abort.abort()
    await assert.rejects(used, { code: 'ABORTED' })
    await assert.rejects(budget.reserve(6, { timeoutMs: 50 }), { code: 'TIMEOUT' })
    await mayEnd.set()
    using all = await budget.reserve(6, { timeoutMs: 5000 })
    const text: string = await budget.use(1, () => 'typed', { timeoutMs: 0 }).catch(() => 'not free')
    assert.deepEqual([await all.amount, text], [6, 'not free'])
  })

  it('refuses arguments and options by name', async () => {
    await assert.rejects(budget.reserve(0), { name: 'RangeError', message: /Budget\.reserve: amount is 0/ })
    const unknown = { timeout: 5 } as object
    await assert.rejects(budget.reserve(1, unknown), { name: 'TypeError', message: /did you mean timeoutMs\?/ })
    await assert.rejects(budget.use(1, 'fn' as never), { name: 'TypeError', message: /Budget\.use: fn is 'fn'/ })
    assert.equal(await budget.free, 6)
  })
})
