import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keptBytes } from '../harness/garbage.ts'
import { Referring, unknownInstance } from '../harness/message.ts'
import { sized } from '../harness/size.ts'
import { Token } from './ledger.ts'
import { argumentsOf, keepProcessAlive, Latch, openAgainstScript, openers, openSides, settled } from './sessions.ts'
import { connectPair } from '../transport/sockets.ts'

for (const [name, open] of Object.entries(openers)) {
  describe(`a stream over ${name}`, { timeout: 10_000 }, () => {
    keepProcessAlive()

    it('gives all items in order, then what the generator returned', async () => {
      const { near } = await openSides(open, async function* () {
        for (let item = 0; item < 1000; item++) yield item % 3 === 0 ? BigInt(item) : item
        return 'the end'
      })
      const stream = await near.stream()
      for (let item = 0; item < 1000; item++) {
        assert.deepEqual(await stream.next(), { done: false, value: item % 3 === 0 ? BigInt(item) : item })
      }
      assert.deepEqual(await stream.next(), { done: true, value: 'the end' })
      assert.deepEqual(await stream.next(), { done: true, value: undefined })
      near.session.close()
    })

    it('crosses in arguments as in results, also from iterators that are not asynchronous', async () => {
      const { near } = await openSides(open, async (call) => {
        const items: unknown[] = []
        for await (const item of argumentsOf(call)[0] as AsyncIterable<unknown>) items.push(item)
        return items
      })
      assert.deepEqual(await near.call('collect', [new Map([['a', 1]]).entries()]), [['a', 1]])
      assert.deepEqual(await near.call('collect', [delayedNumbers(3)]), [0, 1, 2])
      near.session.close()
    })

    it('is opened when its offer was sent, so that what opening says comes after that', async () => {
      const begun: unknown[] = []
      const { near } = await openSides(open, (call) => void begun.push(argumentsOf(call)[0]))
      let inner: Promise<unknown> | undefined
      const source = {
        [Symbol.asyncIterator]() {
          inner = near.call('begin', ['opened'])
          return delayedNumbers(1)
        },
      }
      await near.call('begin', ['offered', source])
      await inner
      assert.deepEqual(begun, ['offered', 'opened'])
      near.session.close()
    })

    it('gives each of many concurrent calls of next its own item, in order', async () => {
      const { near } = await openSides(open, () => delayedNumbers(100))
      const stream = await near.stream()
      const steps = await Promise.all(Array.from({ length: 102 }, () => stream.next()))
      assert.deepEqual(
        steps.slice(0, 100).map(({ value }) => value),
        Array.from({ length: 100 }, (_, index) => index),
      )
      assert.deepEqual(
        steps.slice(100),
        Array.from({ length: 2 }, () => ({ done: true, value: undefined })),
      )
      near.session.close()
    })

    it('fails in its place with what the generator threw', async () => {
      const { near } = await openSides(open, async function* () {
        yield 1
        yield 2
        throw new RangeError('spec')
      })
      const { items, error } = await collect(await near.stream())
      assert.deepEqual(items, [1, 2])
      assert.ok(error instanceof RangeError && error.message === 'spec')
      near.session.close()
    })

    it('that is left early has run its finally when the loop is over', async () => {
      const producer = new Producer()
      const { near } = await openSides(open, () => producer.stream())
      for await (const item of await near.stream()) if (item === 5) break
      assert.equal(producer.isFinished, true)
      near.session.close()
    })

    it('that is left early runs its finally once it has the item it is at', async () => {
      const start = new Latch()
      const producer = new Producer()
      const { near } = await openSides(open, () => producer.stream(start.opened))
      const stream = await near.stream()
      const [next, left] = [stream.next(), stream.return('left')]
      await settled()
      assert.equal(producer.isFinished, false)
      start.open()
      assert.deepEqual(await next, { done: true, value: undefined })
      assert.deepEqual(await left, { done: true, value: 'left' })
      assert.equal(producer.isFinished, true)
      near.session.close()
    })

    it('ends for both sides when the session ends in its middle', async () => {
      const producer = new Producer()
      const { near, far } = await openSides(open, () => producer.stream())
      const stream = await near.stream()
      for (let item = 0; item < 3; item++) await stream.next()
      await settled()
      far.session.close()
      await producer.finished.opened
      await settled()
      const { items, error } = await collect(stream)
      assert.deepEqual(items.slice(0, 2), [3, 4], 'what had arrived is lost')
      assert.equal((error as { code: string }).code, 'SESSION_LOST')
      assert.deepEqual(await stream.next(), { done: true, value: undefined })
    })
  })
}

describe('a stream', { timeout: 10_000 }, () => {
  keepProcessAlive()

  it('starts with the first item that is asked for', async () => {
    const producer = new Producer()
    const { near } = await openSides(connectPair, () => producer.stream())
    const stream = await near.stream()
    await settled()
    assert.equal(producer.produced, 0)
    await stream.next()
    assert.ok(producer.produced > 0)
    near.session.close()
  })

  it('whose reader is slow is at most 32 items ahead, and half of that at least', async () => {
    const producer = new Producer()
    const { near } = await openSides(connectPair, () => producer.stream())
    const stream = await near.stream()
    for (let read = 1; read <= 100; read++) {
      await stream.next()
      await settled()
      assert.equal(producer.produced, 32 + 16 * Math.floor(read / 16))
    }
    await stream.return(undefined)
    near.session.close()
  })

  it('is opened when it is offered, so that a source which keeps only what comes from then on loses nothing', async () => {
    const { near, far } = openAgainstScript()
    let opened = 0
    const lines = {
      [Symbol.asyncIterator]() {
        opened++
        return delayedNumbers(1)
      },
    }
    const call = near.call('read', [lines])
    assert.equal(opened, 1)
    far.send({ kind: 'result', id: 1 })
    await call
    near.session.close()
  })

  it('that can not be opened fails with its first item, where it is read', async () => {
    const { near } = await openSides(connectPair, async (call) => {
      const [stream] = argumentsOf(call) as [AsyncIterable<unknown>]
      return collect(stream[Symbol.asyncIterator]() as AsyncGenerator<unknown, unknown, undefined>)
    })
    const closed = {
      [Symbol.asyncIterator](): never {
        throw new RangeError('closed')
      },
    }
    const { items, error } = (await near.call('read', [closed])) as { items: unknown[]; error: Error }
    assert.deepEqual([items, error.message], [[], 'closed'])
    near.session.close()
  })

  it('whose caller has given up before it is answered is told so, as all that was made for that caller', async () => {
    const answer = new Latch()
    const told = new Latch()
    const { near, far } = await openSides(connectPair, async () => {
      await answer.opened
      const stream = delayedNumbers(3)
      stream.return = async (value: unknown) => {
        told.open()
        return { done: true, value }
      }
      return [new Token(), stream]
    })
    const stop = new AbortController()
    const given = near.call('both', [], { signal: stop.signal })
    await settled()
    stop.abort()
    await assert.rejects(given, { code: 'ABORTED' })
    await settled()
    answer.open()
    await told.opened
    await settled()
    assert.deepEqual([far.references.given, near.references.received, far.session.streams.isEmpty], [0, 0, true])
    near.session.close()
  })

  it('whose producer sends more than it was allowed ends with its session', async () => {
    const { near, far, inbox } = openAgainstScript()
    const call = near.call('stream')
    await inbox.holds(1)
    far.send({ kind: 'result', id: 1, value: new Referring({ kind: 'stream', id: 4 }) })
    const first = ((await call) as AsyncGenerator).next()
    await inbox.holds(2)
    for (let item = 0; item < 32; item++) far.send({ kind: 'item', stream: 4, value: item })
    assert.deepEqual(await first, { done: false, value: 0 })
    await settled()
    assert.equal(near.ends.length, 0)
    far.send({ kind: 'item', stream: 4, value: 32 })
    await settled()
    assert.match(String(near.ends[0]?.cause), /more items of a stream than it was allowed/)
  })

  it('that nobody has started neither runs nor finishes when it is stopped', async () => {
    const producer = new Producer()
    const { near } = await openSides(connectPair, () => producer.stream())
    const stream = await near.stream()
    assert.deepEqual(await stream.return('left'), { done: true, value: 'left' })
    assert.deepEqual([producer.produced, producer.isFinished], [0, false])
    assert.deepEqual(await stream.next(), { done: true, value: undefined })
    near.session.close()
  })

  it('whose finally throws fails where it is left', async () => {
    const { near } = await openSides(connectPair, async function* () {
      try {
        for (let item = 0; ; item++) yield item
      } finally {
        raise(new RangeError('spec'))
      }
    })
    await assert.rejects(
      async () => {
        for await (const item of await near.stream()) if (item === 0) break
      },
      { name: 'RangeError', message: 'spec' },
    )
    assert.equal(await openAndRead(near), 0)
    near.session.close()
  })

  it('into which its reader throws is stopped, and the error is thrown', async () => {
    const producer = new Producer()
    const { near } = await openSides(connectPair, () => producer.stream())
    const stream = await near.stream()
    await stream.next()
    const error = new Error('spec')
    await assert.rejects(stream.throw(error), (thrown) => thrown === error)
    assert.equal(producer.isFinished, true)
    near.session.close()
  })

  it('is stopped by what disposes of it', async () => {
    const producer = new Producer()
    const { near } = await openSides(connectPair, () => producer.stream())
    const stream = await near.stream()
    await stream.next()
    await (stream as unknown as AsyncDisposable)[Symbol.asyncDispose]()
    assert.equal(producer.isFinished, true)
    near.session.close()
  })

  it('does not hold up others, nor calls', async () => {
    const { near } = await openSides(connectPair, (call) =>
      call.request.kind === 'call' && call.request.method === 'stream' ? delayedNumbers(1000) : 'fine',
    )
    const streams = await Promise.all([near.stream(), near.stream(), near.stream()])
    await streams[0]?.next()
    assert.equal(await near.call('answer'), 'fine')
    const [, second, third] = await Promise.all(streams.map(collect))
    assert.deepEqual([second?.items.length, third?.items.length], [1000, 1000])
    near.session.close()
  })

  it('fails with an item that cannot cross, naming it, after those before it', async () => {
    const producer = new Producer((item) => (item === 3 ? { fn: () => undefined } : item))
    const { near } = await openSides(connectPair, () => producer.stream())
    const { items, error } = await collect(await near.stream())
    assert.deepEqual(items, [0, 1, 2])
    assert.match(String(error), /item\.fn: a function/)
    assert.equal((error as { code: string }).code, 'UNSERIALIZABLE')
    await producer.finished.opened
    near.session.close()
  })

  it('fails with a return value that cannot cross, naming it', async () => {
    const { near } = await openSides(connectPair, async function* () {
      yield 1
      return Symbol('spec')
    })
    const { items, error } = await collect(await near.stream())
    assert.deepEqual(items, [1])
    assert.match(String(error), /the end of a stream: a symbol/)
    near.session.close()
  })

  it('fails with an item, an end or an error that is longer than the longest frame', async () => {
    const tooLong = 'x'.repeat(8192)
    const sources: Record<string, () => AsyncGenerator<unknown, unknown>> = {
      async *item() {
        yield 1
        yield [new Token(), tooLong]
      },
      async *end() {
        yield 1
        return tooLong
      },
      async *error() {
        yield 1
        throw new Error(tooLong)
      },
      async *finally() {
        try {
          yield 1
          yield 2
        } finally {
          raise(new Error(tooLong))
        }
      },
    }
    const { near, far } = await openSides(
      connectPair,
      ({ request }) => sources[request.kind === 'call' ? request.method : '']?.() ?? 'fine',
      { maxFrameBytes: 8192 },
    )
    for (const what of ['item', 'end', 'error']) {
      const { items, error } = await collect(await near.stream(what))
      assert.deepEqual([what, items, (error as { code: string }).code], [what, [1], 'FRAME_TOO_LARGE'])
    }
    const stream = await near.stream('finally')
    await stream.next()
    await assert.rejects(stream.return(undefined), { code: 'FRAME_TOO_LARGE' })
    assert.deepEqual([far.references.given, await near.call('other')], [0, 'fine'])
    near.session.close()
  })

  it('fails in its place with an item that cannot be decoded, and the session goes on', async () => {
    const { near, far, inbox } = openAgainstScript()
    const call = near.call('stream')
    await inbox.holds(1)
    far.send({ kind: 'result', id: 1, value: new Referring({ kind: 'stream', id: 4 }) })
    const stream = (await call) as AsyncGenerator
    const first = stream.next()
    await inbox.holds(2)
    assert.deepEqual(inbox.messages[1], { kind: 'pull', stream: 4, credit: 32 })
    for (const item of [1, 2, 3]) far.send({ kind: 'item', stream: 4, value: item })
    for (let sent = 0; sent < 3; sent++) far.send({ kind: 'item', stream: 4, body: unknownInstance })
    await inbox.holds(3)
    assert.deepEqual(inbox.messages[2], { kind: 'stop', stream: 4 })
    far.send({ kind: 'end', stream: 4 })
    assert.deepEqual(await first, { done: false, value: 1 })
    const { items, error } = await collect(stream)
    assert.deepEqual([items, (error as { code: string }).code], [[2, 3], 'UNSERIALIZABLE'])
    assert.equal(near.ends.length, 0)
    near.session.close()
  })

  it('in an answer that comes too late is stopped', async () => {
    const { near, far, inbox } = openAgainstScript()
    await assert.rejects(near.call('stream', [], { timeoutMs: 5 }), { code: 'TIMEOUT' })
    far.send({ kind: 'result', id: 1, value: new Referring({ kind: 'stream', id: 4 }) })
    await inbox.holds(3)
    assert.deepEqual(inbox.messages[2], { kind: 'stop', stream: 4 })
    near.session.close()
  })

  it('that is unknown is not spoken of', async () => {
    const { near, far, inbox } = openAgainstScript()
    far.send({ kind: 'pull', stream: 4, credit: 1 })
    far.send({ kind: 'stop', stream: 4 })
    far.send({ kind: 'item', stream: 4, value: 1 })
    await settled()
    assert.deepEqual([near.ends.length, inbox.messages], [0, []])
    near.session.close()
  })
})

/** Several times as many as would be seen, if they were kept. */
const many = sized(30_000, 200_000)

describe('a long stream', { timeout: 60_000 }, () => {
  keepProcessAlive()

  it(`of ${many} items stays within a few megabytes`, async () => {
    const padding = 'x'.repeat(200)
    const { near } = await openSides(connectPair, async function* () {
      for (let item = 0; item < many; item++) yield { item, padding }
    })
    const before = keptMebibytes()
    let [expected, most] = [0, 0]
    for await (const { item } of (await near.stream()) as AsyncIterable<{ item: number }>) {
      assert.equal(item, expected++)
      if (item % (many / 10) === 0) most = Math.max(most, keptMebibytes() - before)
    }
    assert.equal(expected, many)
    assert.ok(most < 5, `${most} MiB more than before`)
    near.session.close()
  })
})

/** A generator of numbers without end, and what has become of it. */
class Producer {
  produced = 0
  isFinished = false
  readonly finished = new Latch()
  readonly #item: (number: number) => unknown

  constructor(item: (number: number) => unknown = (number) => number) {
    this.#item = item
  }

  async *stream(start: Promise<void> = Promise.resolve()): AsyncGenerator {
    try {
      await start
      for (;;) yield this.#item(this.produced++)
    } finally {
      await settled()
      this.isFinished = true
      this.finished.open()
    }
  }
}

async function* delayedNumbers(count: number): AsyncGenerator<number> {
  for (let number = 0; number < count; number++) {
    if (number % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
    yield number
  }
}

async function collect(stream: AsyncGenerator): Promise<{ items: unknown[]; error: unknown }> {
  const items: unknown[] = []
  try {
    for await (const item of stream) items.push(item)
  } catch (error) {
    return { items, error }
  }
  return { items, error: undefined }
}

async function openAndRead(near: { stream(): Promise<AsyncGenerator> }): Promise<unknown> {
  const { value } = (await (await near.stream()).next()) as { value: unknown }
  return value
}

/** Without what is garbage: when that is collected is the engine's affair, and another in every version. */
function keptMebibytes(): number {
  return keptBytes() / 2 ** 20
}

function raise(error: Error): never {
  throw error
}
