import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Manager, type PendingMap, Pool, type Progress, type Remote, SharedPool } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Program } from '../harness/program.ts'
import { sized } from '../harness/size.ts'
import { type Equal, expectTypes } from '../types.ts'
import { Gate, named } from './work.ts'

leaveNothing()

// The least time between two calls of a listener, which timers may be a millisecond short of.
const intervalMs = 49

/** Tasks that take many such times, in several processes. */
const many = sized(4000, 20_000)

describe('the progress of a Pool', { timeout: 120_000 }, () => {
  let manager: Manager
  let pool: Pool
  let gate: Remote<Gate>

  before(async () => {
    manager = await Manager.start()
    pool = new Pool({ processes: 2 })
  })
  beforeEach(async () => (gate = await manager.create(Gate)))
  after(async () => {
    await pool.terminate()
    await manager.close()
  })

  /** As long as a listener waits between two calls. */
  async function oneInterval(): Promise<void> {
    const hold = await manager.create(Gate)
    const mapped = pool.map(named('pass'), [[hold, 0, true]])
    for await (const { total } of mapped.progress()) if (total === 1) await hold.open()
    await mapped
  }

  /** So many items for `pass`, of which the gate holds one. */
  const items = (count: number, held: number): unknown[] => numbers(count).map((name) => [gate, name, name === held])

  describe('as onProgress', () => {
    it('tells of the calls that have ended while others run, and of all before map resolves', async () => {
      const { told, onProgress } = listener()
      const mapped = pool.map(named('pass'), items(4, 0), { chunkSize: 1, onProgress })
      await eventually('three have ended', () => told.at(-1)?.done === 3 || undefined)
      assert.deepEqual(counts(told.at(-1)), [3, 0, 4])
      await gate.open()
      await within('it resolves', mapped)
      assert.deepEqual(counts(told.at(-1)), [4, 0, 4])
      assertGrows(told)
    })

    it('begins with what there is to do, also where no call ends', async () => {
      const { told, onProgress } = listener()
      const mapped = pool.map(named('pass'), items(1, 0), { onProgress })
      await eventually('it has begun', () => told[0])
      assert.deepEqual(told, [{ done: 0, failed: 0, total: 1, ratePerS: 0 }])
      await gate.open()
      await within('it resolves', mapped)
      assert.equal(told.length, 2)
    })

    it('counts those that fail, so that the last one has all', async () => {
      for (const settle of [true, false]) {
        const { told, onProgress } = listener()
        const mapped = pool.map(named('onlyEven'), numbers(7), { chunkSize: 2, settle, onProgress })
        if (settle) await within('it ends', mapped)
        else await assert.rejects(within('it ends', mapped), RangeError)
        assert.deepEqual(counts(told.at(-1)), [4, 3, 7])
      }
      const { told, onProgress } = listener()
      await pool.map(named('echo'), [1, () => 1], { settle: true, onProgress })
      assert.deepEqual(counts(told.at(-1)), [1, 1, 2])
      const starred = listener()
      await pool.starmap(named('join'), [['a', 'b']], { onProgress: starred.onProgress })
      assert.deepEqual(counts(starred.told.at(-1)), [1, 0, 1])
    })

    it('is called once every 50 ms at most, but for the last time, however many end', async () => {
      const { told, atMs, onProgress } = listener()
      const startMs = performance.now()
      await pool.map(named('square'), numbers(many), { chunkSize: 1, onProgress })
      const tookMs = performance.now() - startMs
      const rest = atMs.slice(0, -1)
      assert.ok(told.length > 1 && told.length <= tookMs / intervalMs + 1, `${told.length} in ${tookMs} ms`)
      for (const [index, ms] of rest.entries())
        assert.ok(index === 0 || ms - (rest[index - 1] ?? 0) >= intervalMs, atMs.join(' '))
      assert.deepEqual(counts(told.at(-1)), [many, 0, many])
      assertGrows(told)
    })

    it('has how many end a second, on the average of the last seconds', async () => {
      const { told, onProgress } = listener()
      const startMs = performance.now()
      const mapped = pool.map(named('pass'), items(100, 99), { chunkSize: 1, onProgress })
      await eventually('99 have ended', () => told.at(-1)?.done === 99 || undefined)
      await oneInterval()
      await gate.open()
      await within('it resolves', mapped)
      const ratePerS = 100 / ((performance.now() - startMs) / 1000)
      const finalPerS = told.at(-1)?.ratePerS ?? 0
      assert.ok(finalPerS > ratePerS / 2 && finalPerS < ratePerS * 2, `${finalPerS}, on the average ${ratePerS}`)
    })

    it('is of a hundred steps at least unless a chunkSize is given', async () => {
      const { told, onProgress } = listener()
      const mapped = pool.map(named('pass'), items(200, 0), { onProgress })
      await eventually('all others have ended', () => told.at(-1)?.done === 198 || undefined)
      await gate.open()
      await within('it resolves', mapped)
    })

    it('tells at last of all calls when it is given up or the pool is ended: those that had not ended have failed', async () => {
      const doomed = new Pool({ processes: 2 })
      const stop = new AbortController()
      for (const [code, end] of [
        ['ABORTED', () => stop.abort()],
        ['SHUTTING_DOWN', () => void doomed.terminate()],
      ] as const) {
        const { told, onProgress } = listener()
        const options = { chunkSize: 1, onProgress, ...(code === 'ABORTED' ? { signal: stop.signal } : {}) }
        const mapped = doomed.map(named('pass'), items(5, 0), options)
        await eventually('four have ended', () => told.at(-1)?.done === 4 || undefined)
        end()
        await assert.rejects(within('it ends', mapped), { code })
        assert.deepEqual(counts(told.at(-1)), [4, 1, 5])
      }
      const refused = listener()
      await assert.rejects(doomed.map(named('square'), [1, 2], { onProgress: refused.onProgress }))
      assert.deepEqual(refused.told.map(counts), [[0, 0, 2]])
    })

    it('has no total where it is given up before all items are there', async () => {
      const { told, onProgress } = listener()
      async function* never(): AsyncGenerator<number> {
        yield 1
        await new Promise(() => undefined)
      }
      const mapped = pool.map(named('square'), never(), { timeoutMs: 20, onProgress })
      await assert.rejects(within('it ends', mapped), { code: 'TIMEOUT' })
      assert.deepEqual(told.map(counts), [[0, 0, undefined]])
    })

    it('may throw: that is uncaught, and map goes on', async () => {
      const { code, lines, stderr } = await Program.run('./programs/throwing-progress.ts', import.meta.url)
      assert.deepEqual([code, stderr], [0, ''])
      assert.deepEqual(lines.toSorted(), ['iterated 9', 'mapped 1,4', 'uncaught: thrown', 'unhandled: rejected'])
    })

    it('runs in the async context of the call', async () => {
      const request = new AsyncLocalStorage<string>()
      const seen = new Set<unknown>()
      const onProgress = (): unknown => seen.add(request.getStore())
      await request.run('mine', () => pool.map(named('square'), numbers(10), { onProgress }))
      const results = request.run('mine', () => pool.imap(named('square'), numbers(10), { onProgress }))
      for await (const result of results) assert.equal(typeof result, 'number')
      assert.deepEqual([...seen], ['mine'])
    })

    it('is refused where it is no function, and where one call has none', async () => {
      const message = /onProgress is true; it must be a function/
      const options = { onProgress: true } as never
      await assert.rejects(pool.map(named('square'), [1], options), { name: 'TypeError', message })
      await assert.rejects(pool.starmap(named('join'), [['a', 'b']], options), { name: 'TypeError', message })
      assert.throws(() => pool.imap(named('square'), [1], options), { name: 'TypeError', message })
      assert.throws(() => pool.imapUnordered(named('square'), [1], options), { name: 'TypeError', message })
      const { told, onProgress } = listener()
      await assert.rejects(pool.apply(named('square'), [1], { onProgress } as never), /no option 'onProgress'/)
      await assert.rejects(pool.map(named('square'), 5 as never, { onProgress }), TypeError)
      assert.deepEqual(told, [])
    })
  })

  describe('of an imap', () => {
    for (const method of ['imap', 'imapUnordered'] as const) {
      it(`has a total where the items have a size, by ${method}`, async () => {
        for (const three of [[1, 2, 3], new Set([1, 2, 3]), Uint8Array.of(1, 2, 3)]) {
          const { told, onProgress } = listener()
          for await (const result of pool[method](named('square'), three, { onProgress }))
            assert.equal(typeof result, 'number')
          assert.deepEqual(counts(told.at(-1)), [3, 0, 3])
          assertGrows(told)
        }
      })
    }

    it('has none before the end of what has no size', async () => {
      const { told, onProgress } = listener()
      async function* asynchronous(): AsyncGenerator {
        yield* items(3, 2)
        await eventually('two have ended', () => told.at(-1)?.done === 2 || undefined)
        assert.deepEqual(counts(told.at(-1)), [2, 0, undefined])
        await gate.open()
      }
      const read: unknown[] = []
      for await (const result of pool.imap(named('pass'), asynchronous(), { onProgress })) read.push(result)
      assert.deepEqual(read, [0, 1, 2])
      assert.deepEqual(counts(told.at(-1)), [3, 0, 3])
    })

    it('counts those that end, read or not, and tells at last what was done when it is left', async () => {
      const { told, onProgress } = listener()
      let read = 0
      for await (const result of pool.imap(named('pass'), items(20, 19), { onProgress })) {
        assert.equal(result, 0)
        await eventually('its window has ended', () => told.at(-1)?.done === 8 || undefined)
        if (++read === 1) break
      }
      assert.deepEqual(counts(told.at(-1)), [8, 0, 20])
      const calls = told.length
      await gate.open()
      await oneInterval()
      assert.equal(told.length, calls)
    })

    it('tells nothing twice, also where its reader is slow at the end', async () => {
      const { told, onProgress } = listener()
      for await (const result of pool.imap(named('square'), [1, 2], { onProgress }))
        if (result === 4) await eventually('both have ended', () => told.at(-1)?.done === 2 || undefined)
      const different = new Set(told.map((progress) => String(counts(progress))))
      assert.deepEqual([told.length, counts(told.at(-1))], [different.size, [2, 0, 2]])
    })

    it('counts the error that ends it, or each of them where they are settled', async () => {
      const { told, onProgress } = listener()
      await assert.rejects(async () => {
        for await (const result of pool.imap(named('onlyEven'), [0, 1], { onProgress })) assert.equal(result, 0)
      }, RangeError)
      assert.deepEqual(counts(told.at(-1)), [1, 1, 2])
      const settled = listener()
      const { onProgress: settledProgress } = settled
      const outcomes = pool.imap(named('onlyEven'), numbers(5), { settle: true, onProgress: settledProgress })
      for await (const { index } of outcomes) assert.ok(index < 5)
      assert.deepEqual(counts(settled.told.at(-1)), [3, 2, 5])
    })

    it('is of one that runs: nothing is told before', async () => {
      const { told, onProgress } = listener()
      const results = pool.imap(named('square'), [1], { onProgress })
      await oneInterval()
      await results.return()
      assert.deepEqual(told, [])
    })
  })

  describe('as progress() of a map', () => {
    it('is iterated over to its end, which is that of the map', async () => {
      const told: Progress[] = []
      const mapped = pool.map(named('pass'), items(4, 0), { chunkSize: 1 })
      for await (const progress of mapped.progress()) {
        if (told.push(progress) > 0 && progress.done === 3) await gate.open()
      }
      assert.deepEqual(counts(told.at(-1)), [4, 0, 4])
      assert.ok(told.some(({ done }) => done === 3))
      assertGrows(told)
      assert.deepEqual(await mapped, [0, 1, 2, 3])
    })

    it('throws after the last one what map rejects with, whoever waits for that', async () => {
      const told: Progress[] = []
      const mapped = pool.map(named('onlyEven'), numbers(4))
      await assert.rejects(
        async () => {
          for await (const progress of mapped.progress()) {
            told.push(progress)
            await sleep(1) // the rejection of `mapped` is not unhandled meanwhile
          }
        },
        { name: 'RangeError', message: '1 is odd' },
      )
      assert.deepEqual(counts(told.at(-1)), [2, 2, 4])
      await assert.rejects(mapped, { name: 'RangeError', message: '1 is odd' })
    })

    it('ends with a map that is given up when nothing has changed since', async () => {
      const stop = new AbortController()
      async function* never(): AsyncGenerator<number> {
        yield await new Promise<never>(() => undefined)
      }
      const mapped = pool.map(named('square'), never(), { signal: stop.signal })
      const progress = mapped.progress()
      assert.deepEqual(counts((await within('it has begun', progress.next())).value ?? undefined), [0, 0, undefined])
      stop.abort()
      await assert.rejects(within('it ends', progress.next()), { code: 'ABORTED' })
      await assert.rejects(mapped, { code: 'ABORTED' })
    })

    it('skips what its reader was too slow for', async () => {
      const told: Progress[] = []
      const mapped = pool.map(named('square'), numbers(many), { chunkSize: 1 })
      for await (const progress of mapped.progress()) if (told.push(progress) === 1) await mapped
      assert.ok(told.length <= 3, `${told.length}`)
      assert.equal(told.at(-1)?.done, many)
    })

    it('may be left, asked for twice and later, and has the end where that has been', async () => {
      const mapped = pool.map(named('pass'), items(2, 0), { chunkSize: 1 })
      for await (const progress of mapped.progress()) if (progress.done === 1) break
      const reading = [last(mapped), last(mapped)]
      await gate.open()
      for (const read of await within('both end', Promise.all(reading))) assert.deepEqual(counts(read), [2, 0, 2])
      await mapped
      assert.deepEqual(counts(await within('it ends', last(mapped))), [2, 0, 2])
    })

    it('is there for a map that is refused, and for starmap', async () => {
      const refused = pool.map(named('square'), 5 as never)
      await assert.rejects(within('it ends', last(refused)), TypeError)
      const starred = pool.starmap(named('join'), [['a', 'b']])
      assert.deepEqual(counts(await within('it ends', last(starred))), [1, 0, 1])
    })

    it('is a promise of results still', async () => {
      const square = (number: number): number => number * number
      type Mapped = ReturnType<typeof pool.map<typeof square>>
      expectTypes<[Equal<Mapped, PendingMap<number>>, Equal<Awaited<Mapped>, number[]>]>()
      const mapped = pool.map(named('square'), [2])
      assert.ok(mapped instanceof Promise)
      assert.deepEqual(await mapped.then((results) => results.length), 1)
    })
  })

  it('of a SharedPool comes to its client, the last one before the results', async () => {
    const shared = await manager.create(SharedPool, { processes: 1, modules: [named('square').module] })
    const { told, onProgress } = listener()
    const mapped = shared.map(named('square'), numbers(1000), { onProgress })
    assert.equal((await mapped).length, 1000)
    assert.deepEqual(counts(told.at(-1)), [1000, 0, 1000])
    const iterated = listener()
    for await (const result of shared.imap(named('square'), [3], { onProgress: iterated.onProgress }))
      assert.equal(result, 9)
    assert.deepEqual(counts(iterated.told.at(-1)), [1, 0, 1])
  })
})

function listener(): { told: Progress[]; atMs: number[]; onProgress: (progress: Progress) => void } {
  const told: Progress[] = []
  const atMs: number[] = []
  const onProgress = (progress: Progress): void => {
    told.push(progress)
    atMs.push(performance.now())
  }
  return { told, atMs, onProgress }
}

async function last(mapped: PendingMap<unknown>): Promise<Progress | undefined> {
  let read: Progress | undefined
  for await (const progress of mapped.progress()) read = progress
  return read
}

function counts(progress: Progress | undefined): unknown[] {
  return [progress?.done, progress?.failed, progress?.total]
}

function assertGrows(told: readonly Progress[]): void {
  for (const [index, { done, failed }] of told.entries()) {
    const earlier = told[index - 1]
    if (earlier !== undefined) assert.ok(done >= earlier.done && failed >= earlier.failed, JSON.stringify(told))
  }
}

function numbers(count: number): number[] {
  return [...Array(count).keys()]
}
