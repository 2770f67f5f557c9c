import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex, PassThrough, Readable, Writable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { Manager, type Remote, withOptions } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Program } from '../harness/program.ts'
import { sized } from '../harness/size.ts'
import { bytePieces, digestOf, Pump } from './pump.ts'

leaveNothing()

/** How far a producer is after so many items were taken: a window of 32, renewed by halves. */
const allowedAfter = (taken: number) => 32 + 16 * Math.floor(taken / 16)

describe('a stream from the server', () => {
  let manager: Manager
  let pump: Remote<Pump>

  before(async () => {
    manager = await Manager.start()
    pump = await manager.create(Pump)
  })
  after(() => manager.close())

  it('is at most 32 items ahead of a slow reader, and at least 16', async () => {
    const numbers = pump.numbers()
    for (let taken = 1; taken <= 50; taken++) {
      await numbers.next()
      await reaches(pump, allowedAfter(taken))
    }
    await numbers.return(undefined)
    await pump.takeNotes()
  })

  it('has run its finally, however long that takes, when the loop that was left goes on', async () => {
    for await (const number of pump.numbers()) if (number === 3) break
    assert.deepEqual(await pump.takeNotes(), ['finished'])
  })

  it('gives the items of the generators that it delegates to, and its own end', async () => {
    const joined = pump.joined()
    for (const value of [1, 2, 3, 4, 5]) assert.deepEqual(await joined.next(), { done: false, value })
    assert.deepEqual(await joined.next(), { done: true, value: 'joined' })
  })

  it('or a collection is what an iterable arrives as: `for await` takes either', async () => {
    for (const iterable of [await pump.list(true), await pump.list(false), await pump.listed()]) {
      const items: number[] = []
      for await (const item of iterable) items.push(item)
      assert.deepEqual(items, [1, 2])
    }
  })

  it('is ended by the signal of its proxy: the reader rejects with ABORTED, the generator sees it', async () => {
    const controller = new AbortController()
    const waiting = withOptions(pump, { signal: controller.signal }).untilAborted()
    await waiting.next()
    const next = waiting.next()
    controller.abort(new Error('enough'))
    await assert.rejects(within('the reader is told', next), { code: 'ABORTED', cause: new Error('enough') })
    assert.deepEqual(await waiting.next(), { done: true, value: undefined })
    await notes(pump, ['aborted: ABORTED', 'finished'])
  })

  it('aborts the signal that its generator waits for when the reader stops', async () => {
    const waiting = pump.untilAborted()
    await waiting.next()
    // It asks for the second item too: it is allowed to be ahead.
    await within('the stream ends', waiting.return(undefined))
    assert.deepEqual(await pump.takeNotes(), ['aborted: ABORTED', 'finished'])
  })

  it('may be left while its generator waits for something that the signal makes fail', async () => {
    for await (const item of pump.untilInterrupted()) if (item === 'waiting') break
    assert.deepEqual(await pump.takeNotes(), ['finished'])
  })

  for (const kind of ['nodeBytes', 'webBytes'] as const) {
    it(`is what a readable stream arrives as, its bytes intact: ${kind}`, async () => {
      const pieces: Uint8Array[] = []
      for await (const piece of await pump[kind](100)) pieces.push(piece as Uint8Array)
      assert.equal(digestOf(pieces), digestOf(bytePieces(100)))
    })
  }
})

describe('a stream to the server', () => {
  let manager: Manager
  let pump: Remote<Pump>

  before(async () => {
    manager = await Manager.start()
    pump = await manager.create(Pump)
  })
  after(() => manager.close())

  it('is at most 32 items ahead of a slow reader, and at least 16', async () => {
    let produced = 0
    async function* numbers() {
      for (;;) yield produced++
    }
    const controller = new AbortController()
    const taking = withOptions(pump, { signal: controller.signal }).takeSlowly(numbers())
    for (let taken = 1; taken <= 50; taken++) {
      await pump.turn()
      await eventually('the item is taken', async () => (await pump.count) === taken || undefined)
      await eventually('the producer goes on', () => produced >= allowedAfter(taken) || undefined)
      assert.equal(produced, allowedAfter(taken))
    }
    controller.abort()
    await assert.rejects(taking, { code: 'ABORTED' })
  })

  it('has run its finally when a reader there leaves it early', async () => {
    const log: string[] = []
    function* numbers() {
      try {
        for (let number = 0; ; number++) yield number
      } finally {
        log.push('finished')
      }
    }
    assert.deepEqual(await pump.takeUntil(asAsync(numbers()), 2), [0, 1, 2])
    assert.deepEqual(log, ['finished'])
  })

  it('may be any iterator, any async iterable and anything inside other values', async () => {
    const iterators: Iterator<unknown>[] = [[1, 2].values(), new Map([['key', 'value']]).entries()]
    assert.deepEqual(await pump.takeAll(iterators[0] as never), [1, 2])
    assert.deepEqual(await pump.takeAll(iterators[1] as never), [['key', 'value']])
    const dates = [new Date(0), new Date(1)]
    assert.deepEqual(await pump.takeAll({ [Symbol.asyncIterator]: () => asAsync(dates.values()) }), dates)
  })

  it('throws there what its producer throws, after the items before', async () => {
    async function* failing() {
      yield 1
      throw new RangeError('spec')
    }
    await assert.rejects(pump.takeAll(failing()), { name: 'RangeError', message: 'spec' })
  })

  const readables = {
    'of Node': () => Readable.from(bytePieces(100)),
    'of the web': () => ReadableStream.from(bytePieces(100)),
  }
  for (const [kind, open] of Object.entries(readables)) {
    it(`may be a readable stream ${kind}, whose bytes arrive intact`, async () => {
      assert.equal(await pump.digest(open()), digestOf(bytePieces(100)))
    })
  }

  it('that is a readable stream is destroyed when a reader there leaves it early', async () => {
    const source = Readable.from([0, 1, 2, 3, 4])
    await pump.takeUntil(source, 1)
    assert.equal(source.destroyed, true)
  })
})

const many = sized(300_000, 1_000_000)

describe(`${many} streamed numbers`, () => {
  it('through a slow reader take at their most 30 MB more than at the start, in both processes', async (context) => {
    await using program = await Program.start('./programs/many-numbers.ts', import.meta.url, { args: [String(many)] })
    for (let read = 100_000; read <= many; read += 100_000) await program.line(`read ${read}.`)
    for (const side of ['near ', 'far ']) {
      const grownBytes = Number(await program.line(side))
      context.diagnostic(`${side}: ${(grownBytes / 1e6).toFixed(1)} MB more`)
      assert.ok(grownBytes < 30_000_000, `${side}: ${grownBytes} bytes more`)
    }
  })
})

describe('a stream that the server writes to', () => {
  let manager: Manager
  let pump: Remote<Pump>

  before(async () => {
    manager = await Manager.start()
    pump = await manager.create(Pump)
  })
  after(() => manager.close())

  it('takes all bytes intact, in order, and is closed: one of Node', async () => {
    const path = join(tmpdir(), 'written')
    await pump.pour(createWriteStream(path), 100)
    assert.equal(digestOf([await readFile(path)]), digestOf(bytePieces(100)))
    await rm(path)
  })

  it('takes all bytes intact, in order, and is closed: one of the web', async () => {
    const pieces: Uint8Array[] = []
    let isClosed = false
    const sink = new WritableStream<Uint8Array>({
      write: (piece) => void pieces.push(piece),
      close: () => void (isClosed = true),
    })
    await pump.pour(sink, 100)
    assert.deepEqual([digestOf(pieces), isClosed], [digestOf(bytePieces(100)), true])
  })

  it('holds its writer until it has taken what was written', async () => {
    let take = (): void => undefined
    const sink = new Writable({ highWaterMark: 1, write: (_piece, _encoding, done) => void (take = done) })
    const filling = pump.pour(sink, 3)
    for (let written = 0; written < 3; written++) {
      await eventually('a piece arrives', () => sink.writableNeedDrain || undefined)
      for (let round = 0; round < 3; round++) assert.equal(await pump.count, written)
      take()
      await eventually('the writer goes on', async () => (await pump.count) > written || undefined)
    }
    await filling
    assert.equal(sink.writableFinished, true)
  })

  it('rejects the write with the error of the sink, which is no error event of nobody', async () => {
    const nodeSink = new Writable({ write: (_piece, _encoding, done) => done(new RangeError('full')) })
    await assert.rejects(pump.pour(nodeSink, 3), { name: 'RangeError', message: 'full' })
    const webSink = new WritableStream({ write: () => Promise.reject(new RangeError('full')) })
    await assert.rejects(pump.pour(webSink, 3), { name: 'RangeError', message: 'full' })
  })

  it('rejects the close with the error of the sink', async () => {
    const sink = new Writable({
      write: (_piece, _encoding, done) => done(),
      final: (done) => done(new RangeError('not flushed')),
    })
    await assert.rejects(pump.pour(sink, 1), { name: 'RangeError', message: 'not flushed' })
  })

  it('is aborted with the reason that its writer gives', async () => {
    const nodeSink = new Writable({ write: (_piece, _encoding, done) => done() })
    await pump.abandon(nodeSink, 'no more')
    if (!nodeSink.closed) await once(nodeSink, 'close')
    assert.equal(nodeSink.errored?.message, 'no more')
    let reason: unknown
    await pump.abandon(new WritableStream({ abort: (given) => void (reason = given) }), 'no more')
    assert.ok(reason instanceof RangeError && reason.message === 'no more')
  })

  it('may be a duplex of Node that can not be read from', async () => {
    const written: unknown[] = []
    const write = (chunk: unknown, _: string, done: () => void) => {
      written.push(chunk)
      done()
    }
    await within('all is written', pump.pour(new Duplex({ write, ...{ readable: false } }), 2))
    assert.equal(written.length, 2)
  })

  it('may be the writing side of a duplex of Node, where another reads what comes of it', async () => {
    const through = new PassThrough()
    const read = through.toArray()
    await within('all is written', pump.pour(Writable.toWeb(through), 2))
    assert.equal(digestOf(await read), digestOf(bytePieces(2)))
    const unread = new PassThrough()
    unread.end('what is read')
    assert.deepEqual(await within('all is read', pump.takeAll(unread)), [Buffer.from('what is read')])
  })

  it('is written to by another client that the server hands it to', async () => {
    await using second = await Manager.connect(manager.address, { authkey: manager.authkey })
    const named = await manager.named('pump', Pump)
    const pieces: Uint8Array[] = []
    await named.keep(new WritableStream<Uint8Array>({ write: (piece) => void pieces.push(piece) }))
    const writer = (await (await second.lookup<Pump>('pump')).kept())?.getWriter()
    for (const piece of bytePieces(3)) await writer?.write(piece)
    await writer?.close()
    assert.equal(digestOf(pieces), digestOf(bytePieces(3)))
  })

  it('takes what a stream to read from gives, through the server', async () => {
    const pieces: Uint8Array[] = []
    const sink = new WritableStream<Uint8Array>({ write: (piece) => void pieces.push(piece) })
    await pump.pipe(Readable.from(bytePieces(20)), sink)
    assert.equal(digestOf(pieces), digestOf(bytePieces(20)))
  })
})

/** Waits until the producer is so far, and fails where it goes farther. */
async function reaches(pump: Remote<Pump>, count: number): Promise<void> {
  await eventually(`the producer comes to ${count}`, async () => (await pump.count) >= count || undefined)
  assert.equal(await pump.count, count)
}

async function notes(pump: Remote<Pump>, expected: string[]): Promise<void> {
  const taken: string[] = []
  await eventually('the generator ends', async () => {
    taken.push(...(await pump.takeNotes()))
    return taken.length >= expected.length || undefined
  })
  assert.deepEqual(taken, expected)
}

async function* asAsync<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items
}
