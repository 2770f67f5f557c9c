import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isManagerError, Manager, Pool, type Remote } from 'referent'
import { block } from '../harness/block.ts'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { sized } from '../harness/size.ts'
import { Gate, named } from './work.ts'

leaveNothing()

const many = 40_000

describe('a long line of tasks', { timeout: 120_000 }, () => {
  let manager: Manager
  let gate: Remote<Gate>

  before(async () => (manager = await Manager.start()))
  after(() => manager.close())
  beforeEach(async () => (gate = await manager.create(Gate)))

  /** A pool whose only worker is busy until the gate opens. */
  async function heldPool(): Promise<Pool> {
    const pool = new Pool({ processes: 1 })
    void pool.apply(named('comeAndStay'), [gate]).catch(() => undefined)
    await eventually('it is held', async () => (await gate.come).length === 1 || undefined)
    return pool
  }

  it('is made without holding up the event loop, and ended at once with the pool', async () => {
    const pool = await heldPool()
    const turns = new Turns()
    const mapped = pool.map(named('square'), numbers(many), { chunkSize: 1, settle: true })
    const result = await within('the turns of the event loop', turns.during(500))
    await within('it is terminated', pool.terminate())
    const outcomes = await within('all are told', mapped)
    assert.ok(result.longestMs < 100, `${result.longestMs} ms of computing in one turn`)
    assert.equal(outcomes.length, many)
    assert.ok(outcomes.every((outcome) => codeOf(outcome) === 'SHUTTING_DOWN'))
  })

  it('is packed by and by where it is one chunk, too, and comes back in order', async () => {
    await using pool = new Pool({ processes: 1 })
    await pool.apply(named('square'), [1])
    const turns = new Turns()
    const items = Array.from({ length: 10_000 }, (_, id) => ({ id, since: new Date(id), name: `item ${id}` }))
    const mapped = pool.map(named('echo'), items, { chunkSize: 10_000 })
    const [results, { longestMs }] = await Promise.all([mapped, turns.until(mapped)])
    assert.ok(longestMs < 75, `${longestMs} ms of computing in one turn`)
    assert.deepEqual(results.at(-1), items.at(-1))
  })

  it('takes out whom it is told, wherever, and keeps the others in order', async () => {
    await using pool = await heldPool()
    const stop = new AbortController()
    const answered = sized(1000, 2000)
    const given = numbers(2 * answered).map((item) =>
      pool.apply(named('numbered'), [item], item % 2 === 1 ? { signal: stop.signal } : {}),
    )
    const told = Promise.allSettled(given)
    stop.abort()
    await gate.open()
    const outcomes = await told
    const codes = outcomes.map(codeOf)
    assert.ok(codes.every((code, item) => code === (item % 2 === 1 ? 'ABORTED' : 'done')))
    const order = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    assert.deepEqual(order, numbers(answered))
  })

  for (const kind of ['processes', 'threads'] as const) {
    it(`of short tasks loses only the one that ends its worker, of ${kind}`, async () => {
      await using pool = new Pool({ [kind]: 2 })
      await pool.map(named('exitAtTwo'), Array(500).fill(1), { chunkSize: 1 })
      const items = numbers(1000).map((place) => (place === 300 ? 2 : place + 10))
      const outcomes = await pool.map(named('exitAtTwo'), items, { chunkSize: 1, settle: true })
      const expected = items.map((item) => (item === 2 ? 'WORKER_LOST' : 'done'))
      assert.deepEqual(outcomes.map(codeOf), expected)
      const values = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
      assert.deepEqual(
        values,
        items.filter((item) => item !== 2),
      )
    })

    it(`of short tasks goes on beside one that waits, of ${kind}`, async () => {
      await using pool = new Pool({ [kind]: 2 })
      const passing = numbers(500).map((name) => [undefined, name, false])
      await pool.map(named('pass'), passing, { chunkSize: 1 })
      const earlier = numbers(100).map((name) => pool.apply(named('pass'), [[undefined, name, false]]))
      const waiting = pool.apply(named('pass'), [[gate, 0, true]])
      const later = numbers(400).map((name) => pool.apply(named('pass'), [[undefined, name, false]]))
      assert.equal((await within('the others end', Promise.all([...earlier, ...later]))).length, 500)
      await gate.open()
      await within('it ends', waiting)
    })
  }

  it('of short tasks loses only that one where the results of those before it wait to be read', async () => {
    await using pool = new Pool({ processes: 1 })
    await pool.map(named('longUnlessTwo'), Array(200).fill(1), { chunkSize: 1 })
    const items = numbers(sized(60, 300)).map((place) => (place % 30 === 29 ? 2 : 1))
    const mapped = pool.map(named('longUnlessTwo'), items, { chunkSize: 1, settle: true })
    const ended = mapped.then(() => true)
    while (!(await Promise.race([ended, nextTurn(false)]))) block(5)
    const outcomes = await mapped
    assert.deepEqual(
      outcomes.map(codeOf),
      items.map((item) => (item === 2 ? 'WORKER_LOST' : 'done')),
    )
  })

  it('of short tasks leaves none behind one that waits, where the other workers have nothing else to do', async () => {
    await using pool = new Pool({ threads: 2 })
    const passing = (count: number): Promise<unknown>[] =>
      numbers(count).map((name) => pool.apply(named('pass'), [[undefined, name, false]]))
    for (let round = 0; round < 24; round += sized(3, 1)) {
      const own = await manager.create(Gate)
      await Promise.all(passing(500))
      const earlier = passing(2)
      const waiting = pool.apply(named('pass'), [[own, 0, true]])
      const others = [...earlier, ...passing(8 + round)]
      await within('the others end', Promise.all(others))
      await own.open()
      await within('it ends', waiting)
    }
  })

  it('of short tasks of several functions calls each with its own', async () => {
    await using pool = new Pool({ threads: 1 })
    await Promise.all(
      numbers(500).flatMap((item) => [pool.apply(named('square'), [item]), pool.apply(named('echo'), [item])]),
    )
    const results = await Promise.all(
      numbers(500).map((item) => pool.apply(named(item % 7 < 5 ? 'square' : 'echo'), [item])),
    )
    assert.deepEqual(
      results,
      numbers(500).map((item) => (item % 7 < 5 ? item * item : item)),
    )
  })

  it('of short tasks gives no worker more calls than it may make', async () => {
    await using pool = new Pool({ threads: 1, maxTasksPerChild: 70 })
    const workers = (await pool.map(named('workerOf'), numbers(490), { chunkSize: 1 })) as { threadId: number }[]
    const calls = new Map<number, number>()
    for (const { threadId } of workers) calls.set(threadId, (calls.get(threadId) ?? 0) + 1)
    assert.deepEqual([...calls.values()], Array(7).fill(70))
  })

  it('ends the worker of no other task where one of them is cancelled', async () => {
    await using pool = new Pool({ threads: 1 })
    await pool.map(named('computeFor'), Array(500).fill(0), { chunkSize: 1 })
    const [running, waiting] = [new AbortController(), new AbortController()]
    const first = pool.apply(named('computeFor'), [0])
    const long = pool.apply(named('computeFor'), [300], { signal: running.signal })
    const others = Promise.allSettled(
      numbers(100).map(() => pool.apply(named('computeFor'), [0], { signal: waiting.signal })),
    )
    await first
    await nextTurn()
    waiting.abort()
    for (const outcome of await others)
      assert.ok(
        outcome.status === 'rejected' && isManagerError(outcome.reason) && outcome.reason.delivery === 'not-sent',
      )
    await long
  })

  it('is worked off when the pool is closed before all of it is submitted', async () => {
    const pool = await heldPool()
    const items = numbers(10_000).map((id) => ({ id, since: new Date(id) }))
    const mapped = pool.map(named('echo'), items, { chunkSize: 1000 })
    const closed = pool.close()
    await gate.open()
    assert.equal((await mapped).length, 10_000)
    await within('it is closed', closed)
  })
})

/**
 * How much this thread computes in one turn of the event loop, from this one on, however busy the machine is: without
 * collecting garbage, which takes longer where the threads that help with it wait for a processor.
 */
class Turns {
  #startMs = performance.now()
  #computedMs = computedMs()

  async during(ms: number): Promise<{ longestMs: number }> {
    return this.until(new Promise((resolve) => setTimeout(resolve, ms)))
  }

  async until(end: Promise<unknown>): Promise<{ longestMs: number }> {
    const pauses: PerformanceEntry[] = []
    const observer = new PerformanceObserver((list) => void pauses.push(...list.getEntries()))
    observer.observe({ entryTypes: ['gc'] })
    const turns = [this.#turn()]
    const ended = end.then(() => true)
    while (!(await Promise.race([ended, nextTurn(false)]))) turns.push(this.#turn())
    pauses.push(...observer.takeRecords())
    observer.disconnect()
    const longest = turns.map(({ startMs, endMs, computedMs: ms }) => {
      const own = pauses.filter(({ startTime }) => startTime >= startMs && startTime < endMs)
      return own.reduce((left, { duration }) => left - duration, ms)
    })
    return { longestMs: Math.max(...longest) }
  }

  /** The one that ends now. */
  #turn(): { readonly startMs: number; readonly endMs: number; readonly computedMs: number } {
    const [startMs, earlierMs] = [this.#startMs, this.#computedMs]
    this.#startMs = performance.now()
    this.#computedMs = computedMs()
    return { startMs, endMs: this.#startMs, computedMs: this.#computedMs - earlierMs }
  }
}

/** What this thread has computed so far. Only Linux tells it apart from what others of the process have. */
function computedMs(): number {
  if (process.platform === 'linux')
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function codeOf(outcome: PromiseSettledResult<unknown>): string {
  if (outcome.status === 'fulfilled') return 'done'
  return isManagerError(outcome.reason) ? outcome.reason.code : 'another error'
}

function numbers(count: number): number[] {
  return [...Array(count).keys()]
}
