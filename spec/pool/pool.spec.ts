import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager, Pool, type Settled, SharedList } from 'referent'
import { Counter } from '../harness/counter.ts'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { type Equal, expectTypes } from '../types.ts'
import { callByFunction, callUnexported, Gate, named } from './work.ts'

leaveNothing()

for (const kind of ['processes', 'threads'] as const)
  describe(`a Pool of ${kind}`, () => {
    let manager: Manager
    let pool: Pool

    before(async () => {
      manager = await Manager.start()
      pool = new Pool({ [kind]: 2 })
    })
    after(async () => {
      await pool.terminate()
      await manager.close()
    })

    it('starts no worker before there is a task', async () => {
      assert.deepEqual([pool.size, pool.pids], [2, []])
      assert.equal(await pool.apply(named('square'), [3]), 9)
      assert.equal(pool.pids.length, 1)
    })

    it('calls functions that the calling module exports, by themselves', async () => {
      assert.deepEqual(await callByFunction(pool), ['a-b', [1, 4], ['c-d'], 25, 9, 16])
    })

    it('maps in order, each chunk in one worker', async () => {
      const results = (await pool.map(named('workerOf'), numbers(12), { chunkSize: 4 })) as {
        item: number
        pid: number
        threadId: number
      }[]
      assert.deepEqual(
        results.map(({ item }) => item),
        numbers(12),
      )
      for (const start of [0, 4, 8])
        assert.equal(
          new Set(results.slice(start, start + 4).map(({ pid, threadId }) => `${pid} ${threadId}`)).size,
          1,
          `chunk at ${start}`,
        )
      for (const { pid } of results) assert.ok(pool.pids.includes(pid))
      assert.deepEqual(await pool.map(named('square'), []), [])
    })

    it('hands arguments and results over live where they are proxies', async () => {
      const counter = await manager.create(Counter, 1)
      const results = await pool.map(named('increment'), [counter, counter, counter], { chunkSize: 2 })
      assert.equal(await counter.value, 4)
      assert.deepEqual(
        results.map((result) => result === counter),
        [true, true, true],
      )
    })

    it('copies arguments when it is called, not when a worker is free', async () => {
      const item = { count: 1 }
      const results = numbers(5).map(() => {
        item.count++
        return pool.apply(named('echo'), [item])
      })
      assert.deepEqual(
        await Promise.all(results),
        [2, 3, 4, 5, 6].map((count) => ({ count })),
      )
    })

    it('copies them when it is called also where the program is held up meanwhile', async (context) => {
      let ms = 0
      const clock = context.mock.method(performance, 'now', () => (ms += 1000))
      const item = { count: 1 }
      const result = pool.apply(named('echo'), [item])
      item.count++
      clock.mock.restore()
      assert.deepEqual(await result, { count: 1 })
    })

    it('throws the first error in order, as it was thrown, once all items were done', async () => {
      const mapped = pool.map(named('onlyEven'), numbers(6), { chunkSize: 2 })
      await assert.rejects(within('it ends', mapped), (error: unknown) => {
        assert.ok(error instanceof RangeError && error.cause instanceof TypeError)
        assert.match(error.stack ?? '', /pool.work/)
        assert.deepEqual(Object.entries(error), [
          ['code', 'ODD'],
          ['number', 1],
        ])
        return error.message === '1 is odd'
      })
    })

    it('says how each item ended where it is asked to', async () => {
      const mapped = await pool.map(named('onlyEven'), numbers(3), { chunkSize: 3, settle: true })
      const iterated: unknown[] = []
      for await (const outcome of pool.imap(named('onlyEven'), numbers(3), { settle: true })) iterated.push(outcome)
      for (const outcomes of [mapped, iterated] as Record<string, unknown>[][]) {
        assert.deepEqual(
          outcomes.map(({ status, index }) => [status, index]),
          [
            ['fulfilled', 0],
            ['rejected', 1],
            ['fulfilled', 2],
          ],
        )
        assert.ok(outcomes[1]?.['reason'] instanceof RangeError)
      }
    })

    it('gives the error of an item as unknown, as a catch has it', () => {
      expectTypes<[Equal<Extract<Settled<number>, { status: 'rejected' }>['reason'], unknown>]>()
      const settled: Settled<number> = { status: 'rejected', reason: 1, index: 0 }
      const outcome: PromiseSettledResult<number> = settled
      assert.equal(outcome.status, 'rejected')
    })

    it("rejects only the items that can't cross, with their path", async () => {
      const items = [1, { fn: () => 1 }, 3]
      const outcomes = await pool.map(named('echo'), items, { chunkSize: 3, settle: true })
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      )
      await assert.rejects(pool.apply(named('echo'), [items]), {
        code: 'UNSERIALIZABLE',
        message: /argument 0\[1\]\.fn: a function/,
      })
      const many = numbers(2500).map((number) => (number === 1500 ? () => 1 : number))
      const settled = await pool.map(named('echo'), many, { chunkSize: 2500, settle: true })
      assert.deepEqual(
        settled.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.index)),
        numbers(2500),
      )
      assert.equal(settled[1500]?.status, 'rejected')
      await assert.rejects(pool.apply(named('functionsOnly')), {
        code: 'UNSERIALIZABLE',
        message: /^result: a function/,
      })
    })

    it('refuses what it can not call, and numbers that can not be', async () => {
      await assert.rejects(callUnexported(pool), { code: 'NOT_EXPORTED', message: /write `export function unexported/ })
      await assert.rejects(pool.apply(named('nobody')), { code: 'NOT_EXPORTED' })
      await assert.rejects(pool.apply({ module: '/no/such.js', name: 'x' }), { code: 'MODULE_FAILED' })
      await assert.rejects(
        pool.apply(() => 1),
        { name: 'TypeError', message: /the function of a task has no name/ },
      )
      assert.throws(() => pool.imap(named('square'), [], { chunkSize: 0 }), {
        name: 'RangeError',
        message: /chunkSize/,
      })
      await assert.rejects(pool.apply(named('square'), [1], { timeoutMs: -1 }), { name: 'RangeError' })
      assert.throws(() => new Pool({ processes: 1.5 }), { name: 'RangeError', message: /processes is 1\.5/ })
      assert.throws(() => new Pool({ threads: 0 }), { name: 'RangeError', message: /threads is 0/ })
      assert.throws(() => new Pool({ processes: 1, threads: 1 }), { name: 'TypeError', message: /one of the two/ })
      assert.throws(() => new Pool({ maxTasksPerChild: 0 }), { name: 'RangeError', message: /maxTasksPerChild is 0/ })
    })

    it('refuses items and options that can not be, naming them', async () => {
      const message = (text: RegExp) => ({ name: 'TypeError', message: text })
      const square = named('square')
      for (const items of [Promise.resolve([1]), 5, undefined, null, {}, Symbol('items'), () => [1]] as never[]) {
        await assert.rejects(pool.map(square, items), message(/the items of pool\.map are /))
        await assert.rejects(pool.starmap(square, items), message(/the items of pool\.starmap are /))
        assert.throws(() => pool.imap(square, items), message(/the items of pool\.imap are /))
        assert.throws(() => pool.imapUnordered(square, items), message(/the items of pool\.imapUnordered are /))
      }
      await assert.rejects(pool.map(square, Promise.resolve([1]) as never), message(/await it first/))
      await assert.rejects(pool.starmap(square, [1] as never), message(/an item of pool\.starmap is 1; .* an array/))
      await assert.rejects(
        pool.apply(square, 5 as never),
        message(/the list of arguments of pool\.apply is 5; it must be an array/),
      )
      for (const options of [5, 'x', [], { timeout: 5 }, { chunksize: 2 }, { settle: 1 }, { signal: 1 }] as never[]) {
        const refusal = message(/pool\.(?:i?map|imapUnordered|starmap|apply)/)
        await assert.rejects(pool.apply(square, [1], options), refusal)
        await assert.rejects(pool.map(square, [1], options), refusal)
        await assert.rejects(pool.starmap(square, [[1]], options), refusal)
        assert.throws(() => pool.imap(square, [1], options), refusal)
        assert.throws(() => pool.imapUnordered(square, [1], options), refusal)
      }
      await assert.rejects(pool.map(square, [1], { timeout: 5 } as never), message(/did you mean timeoutMs\?/))
      for (const options of [4, '4', [], null, { process: 4 }, { execArgv: 'x' }, { env: [] }] as never[])
        assert.throws(() => new Pool(options), message(/new Pool/))
      for (const module of ['./work.ts', 'node:fs', 'data:text/javascript,'])
        await assert.rejects(pool.apply({ module, name: 'square' }), message(/must be a file: URL or an absolute path/))
    })

    it('maps what is asynchronous, and shared lists', async () => {
      async function* items(): AsyncGenerator<number> {
        for (let item = 0; item < 250; item++) yield item
      }
      const squares = numbers(250).map((item) => item ** 2)
      assert.deepEqual(await pool.map(named('square'), items()), squares)
      const list = await manager.create(SharedList, numbers(250))
      assert.deepEqual(await pool.map(named('square'), list), squares)
      assert.deepEqual(await pool.starmap(named('join'), asynchronous([['a', 'b']])), ['a-b'])
      await assert.rejects(pool.map(named('square'), asynchronous([1], new Error('no more'))), { message: 'no more' })
    })

    it('gives up an asynchronous input with the map that it is for', async () => {
      let isLeft = false
      async function* items(): AsyncGenerator<number> {
        try {
          for (let item = 0; ; item++) yield item
        } finally {
          isLeft = true
        }
      }
      await assert.rejects(within('it is given up', pool.map(named('square'), items(), { timeoutMs: 50 })), {
        code: 'TIMEOUT',
        delivery: 'not-sent',
      })
      await eventually('the input is left', () => isLeft || undefined)
    })

    it('reads nothing for a map that is cancelled before, or on a closed pool', async () => {
      const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) }
      const cancelled = pool.map(named('square'), never, { signal: AbortSignal.abort() })
      await assert.rejects(within('it is cancelled', cancelled), { code: 'ABORTED', delivery: 'not-sent' })
      await using closed = new Pool({ [kind]: 1 })
      await closed.close()
      await assert.rejects(within('it is refused', closed.map(named('square'), never)), { code: 'SHUTTING_DOWN' })
    })

    describe('iterates', () => {
      it('over an endless input, taking little more than is read, and leaves it', async () => {
        const endless = new Endless()
        const read: unknown[] = []
        for await (const result of pool.imap(named('square'), endless.items(), { chunkSize: 3 }))
          if (read.push(result) === 10) break
        assert.deepEqual(
          read,
          numbers(10).map((number) => number ** 2),
        )
        assert.ok(endless.taken <= 10 + 3 + 2 * 4 * 3, `${endless.taken} taken`)
        assert.equal(endless.left, true)
      })

      it('over an input that is asynchronous, as results come', async () => {
        let next: (() => void) | undefined
        async function* items(): AsyncGenerator<number> {
          yield 1
          await new Promise<void>((resolve) => (next = resolve))
          yield 2
        }
        const results = pool.imap(named('square'), items())
        assert.equal((await within('the first', results.next())).value, 1)
        await eventually('the second is asked for', () => next)
        next?.()
        assert.equal((await within('the second', results.next())).value, 4)
        assert.equal((await within('the end', results.next())).done, true)
      })

      it('does not wait for an input that makes no item, where it is left', async () => {
        async function* never(): AsyncGenerator<number> {
          yield await new Promise<never>(() => undefined)
        }
        const stop = new AbortController()
        const results = pool.imap(named('square'), never(), { signal: stop.signal })
        const first = results.next()
        stop.abort()
        await assert.rejects(within('the iteration ends', first), { code: 'ABORTED' })
      })

      it("throws an item's error at its place, and the input's at its own", async () => {
        const read: unknown[] = []
        const readAll = async (items: Iterable<number>): Promise<void> => {
          for await (const result of pool.imap(named('onlyEven'), items, { chunkSize: 2 })) read.push(result)
        }
        await assert.rejects(readAll([0, 2, 4, 5, 6]), { name: 'RangeError', message: '5 is odd' })
        await assert.rejects(readAll(failing()), { message: 'no more' })
        assert.deepEqual(read, [0, 2, 4, 0, 2, 4])
      })

      it('in the order of the items', async () => {
        const gate = await manager.create(Gate)
        const results = pool.imap(
          named('pass'),
          [0, 1, 2, 3].map((name) => [gate, name, name === 0]),
        )
        const read = [results.next()]
        await eventually('the first is held', async () => (await gate.come).length === 1 || undefined)
        await pool.apply(named('square'), [1]) // one worker is held, so the other one has made the calls before
        await gate.open()
        while (read.length < 4) read.push(results.next())
        assert.deepEqual(
          (await Promise.all(read)).map(({ value }) => value),
          [0, 1, 2, 3],
        )
      })

      it('in the order of ending, if wanted', async () => {
        const gate = await manager.create(Gate)
        const items = [0, 1, 2, 3].map((name) => [gate, name, name === 0])
        const read: unknown[] = []
        for await (const name of pool.imapUnordered(named('pass'), items)) {
          read.push(name)
          if (read.length === 3) await gate.open()
        }
        assert.deepEqual(read, [1, 2, 3, 0])
      })
    })
  })

class Endless {
  taken = 0
  left = false;

  *items(): Generator<number> {
    try {
      for (;;) yield this.taken++
    } finally {
      this.left = true
    }
  }
}

async function* asynchronous<T>(items: readonly T[], failure?: Error): AsyncGenerator<T> {
  yield* items
  if (failure !== undefined) throw failure
}

function* failing(): Generator<number> {
  yield* [0, 2, 4]
  throw new Error('no more')
}

function numbers(count: number): number[] {
  return [...Array(count).keys()]
}
