import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Manager, refOf, type Remote, withOptions } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { collectGarbage } from '../harness/garbage.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Program } from '../harness/program.ts'
import { Clock } from './clock.ts'

leaveNothing()

describe('a generator method, iterated from afar', () => {
  let manager: Manager
  let clock: Remote<Clock>

  before(async () => {
    manager = await Manager.start()
    clock = await manager.create(Clock)
  })

  after(() => manager.close())

  it('gives all items in order, be it a sync or an async one', async () => {
    const expected = Array.from({ length: 200 }, (_, index) => index + 1)
    assert.deepEqual(await collect(clock.count(200)), expected)
    const ticks = await collect(clock.tick(40))
    assert.deepEqual(
      ticks,
      expected.slice(0, 40).map((number) => ({ number, at: new Date(number) })),
    )
    assert.deepEqual(await clock.takeNotes(), ['finally', 'finally in tick'])
  })

  it('ends with what it returns', async () => {
    const counting = clock.count(1)
    assert.deepEqual(await counting.next(), { done: false, value: 1 })
    assert.deepEqual(await counting.next(), { done: true, value: 'counted' })
    assert.deepEqual(await counting.next(), { done: true, value: undefined })
    await clock.takeNotes()
  })

  it('runs its finally in the server when the loop breaks early', async () => {
    for await (const number of clock.count(1_000_000)) if (number === 3) break
    assert.deepEqual(await clock.takeNotes(), ['finally'])
    for await (const { number } of clock.tick(1_000_000)) if (number === 3) break
    assert.deepEqual(await clock.takeNotes(), ['finally in tick'])
  })

  it('throws in place what it throws, after the items before', async () => {
    const seen: number[] = []
    const iterating = async () => {
      for await (const { number } of clock.tick(10, 4)) seen.push(number)
    }
    await assert.rejects(iterating(), (error) => error instanceof RangeError && error.message === 'at 4')
    assert.deepEqual(seen, [1, 2, 3])
    assert.deepEqual(await clock.takeNotes(), ['finally in tick'])
  })

  it('runs nothing before the first item is asked for', async () => {
    const unused = clock.count(5)
    await unused.return('')
    assert.deepEqual(await unused.next(), { done: true, value: undefined })
    assert.deepEqual(await clock.takeNotes(), [])
  })

  it('waits for a reader that is slower, a window of items ahead', async () => {
    const counting = clock.count(1_000_000)
    await counting.next()
    for (let round = 0; round < 5; round++) assert.ok((await clock.runs) < 100, 'the generator ran away')
    await counting.return('')
    assert.deepEqual(await clock.takeNotes(), ['finally'])
  })

  it('runs its finally in the server when the program that iterates it is killed', async () => {
    await using program = await Program.start('./programs/iterator.ts', import.meta.url, {
      env: { CLOCK: refOf(clock) },
    })
    assert.equal(await program.line('got'), '1')
    assert.deepEqual(await clock.takeNotes(), [])
    program.kill('SIGKILL')
    assert.equal(await eventually('finally runs', async () => (await clock.takeNotes())[0]), 'finally')
  })

  it('rejects, rather than ends, where its signal aborts before all was read that has come', async () => {
    const controller = new AbortController()
    const counting = withOptions(clock, { signal: controller.signal }).count(5)
    assert.deepEqual(await counting.next(), { done: false, value: 1 })
    await eventually('all has come', async () => (await clock.takeNotes())[0])
    controller.abort()
    await assert.rejects(counting.next(), { code: 'ABORTED' })
    assert.deepEqual(await counting.next(), { done: true, value: undefined })
  })

  it('leaves no listener on the signal of its proxy, however it ends', async () => {
    const { signal } = new AbortController()
    const patient = withOptions(clock, { signal })
    await collect(patient.count(3))
    await assert.rejects(collect(patient.tick(3, 2)), { message: 'at 2' })
    for await (const _ of patient.count(3)) break
    const counting = patient.count(3)
    await Promise.all([counting.next(), counting.return('')])
    assert.equal(getEventListeners(signal, 'abort').length, 0)
    await clock.takeNotes()
  })

  it('is collected where nobody reads it any more, whatever signal its proxy has', async () => {
    const { signal } = new AbortController()
    await withOptions(clock, { signal }).count(1_000_000).next()
    await eventually('finally runs', async () => {
      collectGarbage()
      return (await clock.takeNotes())[0]
    })
    await eventually('the signal is left', () => getEventListeners(signal, 'abort').length === 0 || undefined)
  })

  it('bounds each wait for an item by the time of its proxy, and stops the producer', async () => {
    const stuck = withOptions(clock, { timeoutMs: 50 }).stuck()
    assert.deepEqual(await stuck.next(), { done: false, value: 1 })
    const late = { code: 'TIMEOUT', delivery: 'unknown', message: /'stuck' gave no answer within 50 ms/ }
    await assert.rejects(within('the wait ends', stuck.next()), late)
    assert.deepEqual(await stuck.next(), { done: true, value: undefined })
    assert.equal(await eventually('finally runs', async () => (await clock.takeNotes())[0]), 'finally in stuck')
  })

  it('may take longer than that time in all', async () => {
    const ticking = withOptions(clock, { timeoutMs: 1000 }).tick(4)
    for await (const { number } of ticking) if (number < 4) await sleep(400)
    await clock.takeNotes()
  })

  it('is ended by a signal among its arguments, also where its proxy has another', async () => {
    const [own, passed] = [new AbortController(), new AbortController()]
    const patient = withOptions(clock, { signal: own.signal })
    const stuck = patient.stuck({ signal: passed.signal })
    await stuck.next()
    const next = stuck.next()
    passed.abort()
    await assert.rejects(within('the wait ends', next), { code: 'ABORTED' })
    assert.equal(await eventually('finally runs', async () => (await clock.takeNotes())[0]), 'finally in stuck')
  })

  it('is left without an error where its session has ended', async () => {
    const second = await Manager.connect(manager.address, { authkey: manager.authkey })
    const counting = (await second.create(Clock)).count(1_000_000)
    await counting.next()
    await second.close()
    assert.deepEqual(await counting.return('left'), { done: true, value: 'left' })
  })

  it('rejects in place when its session ends', async () => {
    const second = await Manager.connect(manager.address, { authkey: manager.authkey })
    const counting = (await second.create(Clock)).count(1_000_000)
    await counting.next()
    await second.close()
    await assert.rejects(collect(counting), { code: 'SESSION_LOST' })
  })
})

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = []
  for await (const item of items) collected.push(item)
  return collected
}
