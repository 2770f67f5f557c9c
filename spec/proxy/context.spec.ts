import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { tracingChannel } from 'node:diagnostics_channel'
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, before, describe, it } from 'node:test'
import {
  callMethod,
  currentCall,
  Manager,
  type Remote,
  SharedCondition,
  SharedList,
  SharedLock,
  SharedMap,
  type TracedCall,
} from 'referent'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Scribe } from './scribes.ts'

leaveNothing()

const requestId = new AsyncLocalStorage<string>()
const told = () => requestId.getStore()

describe('what a program hands over runs in the async context of the hand-over', { timeout: 60_000 }, () => {
  let manager: Manager
  let scribe: Remote<Scribe>

  before(async () => {
    manager = await Manager.start()
    scribe = await manager.create(Scribe)
  })
  after(() => manager.close())

  it('a function, also after an await, and however many calls there are at a time', async () => {
    const ids = Array.from({ length: 10 }, (_, index) => `request ${index}`)
    const late = (id: string) => requestId.run(id, () => scribe.ask(async () => (await sleep(1), told())))
    assert.deepEqual(await Promise.all(ids.map(late)), ids)
    assert.equal(await scribe.ask(told), undefined)
  })

  it('a function that is kept and called in the call of another', async () => {
    await requestId.run('first', () => scribe.keep(told))
    assert.deepEqual(await requestId.run('second', () => scribe.askKept()), ['first'])
  })

  it('a function that several calls hand over at a time, each for its own', async () => {
    const [lock, map] = [await manager.create(SharedLock), await manager.create(SharedMap)]
    const ids = Array.from({ length: 10 }, (_, index) => `request ${index}`)
    const each = (use: () => Promise<unknown>) => Promise.all(ids.map((id) => requestId.run(id, use)))
    assert.deepEqual(await each(() => lock.run(told)), ids)
    assert.deepEqual(await each(() => map.compute('key', told)), ids)
    assert.deepEqual(await each(() => scribe.ask(told)), ids)
  })

  it('a function that is handed over again and called for another call: the latest hand-over', async () => {
    await requestId.run('first', () => scribe.ask(told))
    assert.equal(await requestId.run('second', () => scribe.ask(told)), 'second')
  })

  it('a generator, to its finally, and any other iterable', async () => {
    const left: unknown[] = []
    async function* generator() {
      try {
        yield told()
        await sleep(1)
        yield told()
      } finally {
        left.push(told())
      }
    }
    const iterable = { [Symbol.asyncIterator]: () => generator() }
    await requestId.run('a', async () => {
      assert.deepEqual(await scribe.read(generator()), ['a', 'a'])
      assert.deepEqual(await scribe.read(iterable), ['a', 'a'])
      assert.equal(await scribe.readOne(generator()), 'a')
    })
    assert.deepEqual(left, ['a', 'a', 'a'])
  })

  it('a stream to write to', async () => {
    const written: unknown[] = []
    const write = () => void written.push(told())
    await requestId.run('web', () => scribe.write(new WritableStream({ write, close: write })))
    const node = new Writable({
      objectMode: true,
      write: (_chunk, _encoding, done) => {
        write()
        done()
      },
    })
    await requestId.run('node', () => scribe.write(node as never))
    assert.deepEqual(written, ['web', 'web', 'node'])
  })

  it('what the shared types take', async () => {
    const [lock, map, condition, list] = [
      await manager.create(SharedLock),
      (await manager.create(SharedMap)) as Remote<SharedMap<string, unknown>>,
      await manager.create(SharedCondition),
      await manager.create(SharedList, [2, 1]),
    ]
    const seen: unknown[] = []
    const see = <T>(value: T): T => {
      seen.push(told())
      return value
    }
    await requestId.run('a', async () => {
      assert.equal(await lock.run(told), 'a')
      assert.equal(await map.compute('key', told), 'a')
      await condition.run(() => condition.waitFor(() => see(true)))
      await callMethod(list, 'sort', [(one: number, other: number) => see(one - other)])
    })
    assert.ok(seen.length >= 2)
    assert.deepEqual(new Set(seen), new Set(['a']))
  })

  it('with the call that it is called by for its current one', async () => {
    const method = await requestId.run('a', () => scribe.ask(() => [told(), currentCall()?.typeid]))
    assert.deepEqual(method, ['a', 'Function'])
  })

  it('within the stores that tracers bind to its call', async () => {
    const { start } = tracingChannel<unknown, TracedCall>('referent:call')
    const span = new AsyncLocalStorage<string>()
    start.bindStore(span, ({ side }) => `${side} in ${told()}`)
    try {
      assert.equal(await requestId.run('a', () => scribe.ask(() => span.getStore())), 'callee in a')
    } finally {
      start.unbindStore(span)
    }
  })

  it('as does what a server hands over', async () => {
    assert.equal(await scribe.handOver('night', (ask) => ask()), 'night')
  })
})
