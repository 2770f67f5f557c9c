import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  attach,
  callMethod,
  type CallRecord,
  type CallRecords,
  Manager,
  refOf,
  type Remote,
  SharedRLock,
  withOptions,
} from 'referent'
import { parseReference } from '../../lib/proxy/reference.ts'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { type Equal, expectTypes } from '../types.ts'
import { SlowTeller, Teller } from './teller.ts'

leaveNothing()

type Watch = AsyncGenerator<CallRecords, void, undefined>

/** A watch that has begun. */
async function watching(manager: Manager, options: Parameters<Manager['watchCalls']>[0] = {}): Promise<Watch> {
  const watch = manager.watchCalls(options)
  const { value } = await within('the watch begins', watch.next())
  assert.deepEqual(value, { calls: [], missed: 0 })
  return watch
}

/** The next calls of a watch, so many. */
async function take(watch: Watch, count: number): Promise<CallRecord[]> {
  const calls: CallRecord[] = []
  while (calls.length < count) {
    const { value } = await within(`call ${calls.length + 1} is told`, watch.next())
    const records = value ?? assert.fail('the watch has ended')
    assert.equal(records.missed, 0)
    calls.push(...records.calls)
  }
  assert.equal(calls.length, count)
  return calls
}

describe('watchCalls', () => {
  it('tells of each call who made it, of what, when, for how long and with what outcome', async () => {
    await using manager = await Manager.start()
    const watch = await watching(manager)
    const teller = await manager.named('counter 1', Teller)
    const { id } = parseReference(refOf(teller))
    const beforeMs = Date.now()
    await teller.add(1, 2)
    await assert.rejects(teller.fail('no'), /no/)
    await assert.rejects(callMethod(teller, 'nothing'), { code: 'NOT_EXPOSED' })
    await assert.rejects(teller.unsendable(), { code: 'UNSERIALIZABLE' })
    const calls = await take(watch, 4)
    for (const { session, referent, typeid, name, startMs, durationMs } of calls) {
      assert.deepEqual(
        { session, referent, typeid, name },
        { session: 's1', referent: id, typeid: 'Teller', name: 'counter 1' },
      )
      assert.ok(startMs > beforeMs - 1000 && startMs < Date.now() + 1000 && durationMs > 0)
    }
    assert.deepEqual(
      calls.map(({ seq, method, outcome, error }) => [seq, method, outcome, error?.code]),
      [
        [1, 'add', 'result', undefined],
        [2, 'fail', 'error', 'E_SPEC'],
        [3, 'nothing', 'error', 'NOT_EXPOSED'],
        [4, 'unsendable', 'error', 'UNSERIALIZABLE'],
      ],
    )
    const { name, message, stack = '' } = calls[1]?.error ?? assert.fail('there is no error')
    assert.deepEqual([name, message], ['SpecError', 'no'])
    assert.match(stack, /Teller\.fail/)
    await watch.return()
  })

  it('has types: of batches, of outcomes, and proxyOf of the class that is asked for', () => {
    expectTypes<
      [
        Equal<ReturnType<Manager['watchCalls']>, AsyncGenerator<CallRecords, void, undefined>>,
        Equal<CallRecord['outcome'], 'result' | 'error' | 'cancelled'>,
        Equal<Awaited<ReturnType<typeof Manager.prototype.proxyOf<Teller>>>, Remote<Teller>>,
      ]
    >()
  })

  it('tells that a caller gave up, and for how long a call waited for its turn', async () => {
    await using manager = await Manager.start()
    const watch = await watching(manager, { method: 'wait' })
    const teller = await manager.create(Teller)
    await assert.rejects(withOptions(teller, { timeoutMs: 20 }).wait(), { code: 'TIMEOUT' })
    const [cancelled] = await take(watch, 1)
    assert.equal(cancelled?.outcome, 'cancelled')
    await watch.return()
    const slow = await manager.create(SlowTeller)
    const pauses = await watching(manager, { typeid: 'SlowTeller' })
    await Promise.all([slow.pause(40), slow.pause(1)])
    const [first, second] = await take(pauses, 2)
    assert.ok((first?.waitedMs ?? 0) < 30 && (second?.waitedMs ?? 0) >= 30)
    assert.ok((second?.durationMs ?? 0) > (second?.waitedMs ?? 0))
    await pauses.return()
  })

  it('tells of those calls alone that are asked for', async () => {
    await using manager = await Manager.start()
    await using second = await Manager.connect(manager.address, { authkey: manager.authkey })
    const [teller, other] = [await manager.named('one', Teller), await manager.create(Teller)]
    const theirs = await second.lookup<Teller>('one')
    const { id } = parseReference(refOf(other))
    const watches = [
      await watching(manager, { errors: true }),
      await watching(manager, { referent: id }),
      await watching(manager, { session: 's2' }),
      await watching(manager, { method: 'wait', typeid: 'Teller' }),
      await watching(manager, { slowerThanMs: 25 }),
      await watching(manager, { typeid: 'Nothing' }),
    ]
    await teller.add(1, 1)
    await assert.rejects(teller.fail('bad'))
    await other.add(2, 2)
    await theirs.callers()
    await assert.rejects(withOptions(teller, { timeoutMs: 50 }).wait())
    const expected = [['fail'], ['add'], ['callers'], ['wait'], ['wait']]
    for (const [index, methods] of expected.entries()) {
      const calls = await take(watches[index] ?? assert.fail(), methods.length)
      assert.deepEqual(
        calls.map(({ method }) => method),
        methods,
      )
    }
    for (const watch of watches) await watch.return()
  })

  it('names the calls that a call is made for, over servers, and shows that to nobody else', async () => {
    await using manager = await Manager.start()
    await using far = await Manager.start()
    const [teller, other] = [await manager.create(Teller), await far.create(Teller)]
    const here = await watching(manager)
    const there = await watching(far)
    assert.equal(await teller.relay(other), 3)
    assert.deepEqual(await teller.callersThere(other), [])
    const [relay] = await take(here, 2)
    const [add] = await take(there, 2)
    assert.ok(relay?.callId !== undefined && !relay.callId.includes('~'))
    assert.deepEqual([relay.callers, add?.callers], [undefined, [relay.callId]])
    await here.return()
    await there.return()
  })

  it('changes nothing of what is watched: neither who has a lock, nor how deep calls may go', async () => {
    await using manager = await Manager.start()
    await using far = await Manager.start()
    const [teller, lock] = [await manager.create(Teller), await far.create(SharedRLock)]
    const watch = await watching(manager)
    // One session has the lock, by two calls.
    await teller.take(lock)
    await within('it has the lock already', teller.take(lock))
    await teller.giveBack(lock)
    // Each call is made for the one before.
    const descend = async (depth: number): Promise<number> =>
      depth === 0 ? 0 : 1 + (await teller.callBack(async () => descend(depth - 1)))
    assert.equal(await descend(200), 200)
    await watch.return()
  })

  it('survives errors that throw when they are read, and cuts long ones', async () => {
    await using manager = await Manager.start()
    const watch = await watching(manager, { errors: true })
    const teller = await manager.create(Teller)
    await assert.rejects(teller.trap())
    await assert.rejects(teller.fail('x'.repeat(100_000)))
    await assert.rejects(callMethod(teller, 'y'.repeat(1000)))
    await assert.rejects(teller.expire())
    const [trap, long, named, expired] = await take(watch, 4)
    assert.deepEqual([expired?.error?.name, expired?.error?.message], ['TimeoutError', 'too late'])
    assert.deepEqual(trap?.error, { name: 'Error', message: 'it threw when it was read' })
    assert.equal(long?.error?.message, `${'x'.repeat(1999)}…`)
    assert.ok((long.error.stack ?? '').length <= 8000)
    assert.equal(named?.method.length, 200)
    await watch.return()
  })

  it('keeps so many calls for who does not read, counts the rest, and numbers both', async () => {
    await using manager = await Manager.start()
    const watch = await watching(manager)
    const teller = await manager.create(Teller)
    for (let round = 0; round < 25; round++)
      await Promise.all(Array.from({ length: 100 }, (_, index) => teller.add(round, index)))
    let [told, missed, last] = [0, 0, 0]
    while (told + missed < 2500) {
      const { value } = await within('a batch is told', watch.next())
      const records = value ?? assert.fail('the watch has ended')
      missed += records.missed
      told += records.calls.length
      for (const { seq } of records.calls) {
        assert.ok(seq > last)
        last = seq
      }
    }
    assert.deepEqual([told, missed], [1000, 1500])
    await teller.add(1, 1)
    assert.deepEqual((await take(watch, 1))[0]?.seq, 2501)
    await watch.return()
  })

  it('measures for as long as somebody watches, and no longer: also one that dies', async () => {
    await using manager = await Manager.serve()
    const first = await watching(manager)
    await using second = await Manager.connect(manager.address, { authkey: manager.authkey })
    const teller = await manager.create(Teller)
    const other = await watching(second)
    await first.return()
    await teller.add(1, 1)
    await take(other, 1)
    const streams = async (): Promise<number> =>
      (await manager.inspect()).sessions.reduce((sum, session) => sum + session.streams, 0)
    assert.equal(await streams(), 1)
    await second.close()
    await eventually('no stream is open', async () => (await streams()) === 0 || undefined)
    await assert.rejects(within('it is lost', other.next()), { code: 'SESSION_LOST' })
  })

  it('ends with its signal, and with the server, whose end it does not hold up', async () => {
    await using manager = await Manager.start({ graceMs: 60_000 })
    const controller = new AbortController()
    const aborted = await watching(manager, { signal: controller.signal })
    const waiting = aborted.next()
    controller.abort()
    await assert.rejects(within('it is aborted', waiting), { code: 'ABORTED' })
    await using second = await Manager.connect(manager.address, { authkey: manager.authkey })
    const watch = await watching(second)
    const last = watch.next()
    const ended = manager.close()
    assert.deepEqual(await within('it ends', last), { done: true, value: undefined })
    await within('the server ends', ended)
  })

  it('refuses options that are none, one watch too many, and whoever has but a reference', async () => {
    await using manager = await Manager.start()
    for (const [options, error] of [
      [{ typeid: 1 }, TypeError],
      [{ referent: 0 }, RangeError],
      [{ slowerThanMs: -1 }, RangeError],
      [{ server: 1 }, RangeError],
      [{ metod: 'x' }, TypeError],
    ] as const)
      assert.throws(() => manager.watchCalls(options as object), error)
    const watches = await Promise.all(Array.from({ length: 64 }, () => watching(manager)))
    await assert.rejects(manager.watchCalls().next(), { code: 'OVERLOADED' })
    for (const watch of watches) await watch.return()
    const teller = await attach(refOf(await manager.create(Teller)))
    assert.equal(await teller.add(1, 1), 2)
    await (await watching(manager)).return()
  })
})
