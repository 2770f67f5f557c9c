import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel'
import { after, before, describe, it } from 'node:test'
import { Manager, type Remote, snapshot, type TracedCall } from 'referent'
import { leaveNothing } from './harness/leave-nothing.ts'
import { Program } from './harness/program.ts'
import { here, Traveller } from './tracing/traveller.ts'
import { startWatched, Watch, Witness } from './tracing/witness.ts'

leaveNothing()

const calls = tracingChannel<unknown, TracedCall>('referent:call')
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const another = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const tracestate = 'rojo=00f067aa0ba902b7'
const answeredAtOnce = ['start', 'end']
const answeredLater = ['start', 'end', 'asyncStart', 'asyncEnd']

interface Carried {
  readonly traceparent?: unknown
  readonly tracestate?: unknown
}

/** Runs `body` while a tracer has the calls of this process carry `trace`: all, or those of one method. */
async function carrying<T>(trace: Carried, body: () => Promise<T>, method?: string): Promise<T> {
  const start = (message: unknown): void => {
    const call = message as TracedCall
    if (call.side === 'caller' && (method ?? call.method) === call.method) Object.assign(call, trace)
  }
  subscribe('tracing:referent:call:start', start)
  try {
    return await body()
  } finally {
    unsubscribe('tracing:referent:call:start', start)
  }
}

describe('the tracing channel of calls', { timeout: 30_000 }, () => {
  let manager: Manager
  let other: Manager
  let traveller: Remote<Traveller>
  let stranger: Remote<Traveller>
  let witness: Remote<Witness>

  before(async () => {
    manager = await startWatched()
    other = await Manager.start()
    witness = await manager.create(Witness)
    traveller = await manager.create(Traveller)
    stranger = await other.create(Traveller)
  })
  after(() => Promise.all([manager.close(), other.close()]))

  it("shows a call at its caller's side, as that of a promise", async () => {
    using watching = new Watch()
    assert.equal(await traveller.add(1, 2), 3)
    assert.deepEqual(watching.moments('caller', 'add'), answeredLater)
    const [start, end, , asyncEnd] = watching.of('caller', 'add')
    const [session] = (await manager.inspect()).sessions
    const { address, pid } = manager
    const seen = { side: 'caller', kind: 'call', typeid: 'Traveller', method: 'add', pid, address } as const
    const trace = { traceparent: undefined, tracestate: undefined }
    assert.deepEqual(start, { ...seen, session: session?.id, ...trace, moment: 'start', id: undefined })
    assert.ok(Number.isSafeInteger(end?.id))
    assert.deepEqual(asyncEnd, { ...end, moment: 'asyncEnd', result: 3 })
  })

  it('shows it at the side that carries it out, in the same words', async () => {
    using watching = new Watch()
    await traveller.add(20, 22)
    const [caller] = watching.of('caller', 'add').slice(-1)
    const [callee] = (await witness.of('callee', 'add')).slice(-1)
    const { isAsync, ...words } = caller ?? assert.fail()
    assert.equal(isAsync, true)
    assert.deepEqual(callee, { ...words, side: 'callee', pid: process.pid, moment: 'end' })
    assert.equal(callee.result, 42)
  })

  it('shows there what is answered at once as traceSync does, and else as tracePromise does', async () => {
    await stranger.add(1, 2)
    await traveller.addLater(1, 2)
    const moments = (await witness.of('callee', 'addLater')).map(({ moment }) => moment)
    assert.deepEqual(moments, answeredLater)
    const ofAdd = (await witness.of('callee', 'add')).map(({ moment }) => moment)
    assert.deepEqual(ofAdd.slice(0, 2), answeredAtOnce)
  })

  it('shows what is thrown, on both sides', async () => {
    using watching = new Watch()
    await assert.rejects(traveller.fail(), RangeError)
    await assert.rejects(traveller.failLater(), RangeError)
    const failedLater = ['start', 'end', 'error', 'asyncStart', 'asyncEnd']
    for (const method of ['fail', 'failLater']) {
      const expected = [failedLater, method === 'fail' ? ['start', 'error', 'end'] : failedLater]
      const callee = await witness.of('callee', method)
      assert.deepEqual([watching.moments('caller', method), callee.map(({ moment }) => moment)], expected)
      for (const note of [...watching.of('caller', method), ...callee].filter(({ moment }) => moment === 'error'))
        assert.ok(note.error instanceof RangeError && !('result' in note))
    }
  })

  it('shows a call that never left too', async () => {
    using watching = new Watch()
    await assert.rejects(traveller.add(Symbol('spec') as never, 2), { code: 'UNSERIALIZABLE' })
    const notes = watching.of('caller', 'add')
    assert.deepEqual(
      notes.map(({ moment, id, error }) => [moment, id, error instanceof Error]),
      [
        ['start', undefined, false],
        ['end', undefined, false],
        ['error', undefined, true],
        ['asyncStart', undefined, true],
        ['asyncEnd', undefined, true],
      ],
    )
  })

  it('shows what is read, copied and asked of the server itself; of that, not the answer', async () => {
    using watching = new Watch()
    await traveller.here
    assert.deepEqual(await snapshot(traveller), { mood: 'good' })
    await manager.create(Traveller)
    for (const [kind, method, typeid] of [
      ['get', 'here', 'Traveller'],
      ['snapshot', 'snapshot', 'Traveller'],
      ['call', 'create', undefined],
    ] as const) {
      for (const notes of [watching.of('caller', method), await witness.of('callee', method)]) {
        const last = notes.at(-1) ?? assert.fail()
        assert.deepEqual([last.kind, last.typeid, 'result' in last], [kind, typeid, typeid !== undefined])
      }
    }
  })

  it('runs what a call does within the stores that tracers bind to its start', async () => {
    const store = new AsyncLocalStorage<string>()
    calls.start.bindStore(store, (call) => call.side)
    try {
      const callback = (): never => ({ store: store.getStore() }) as never
      const [, came] = await traveller.tour(callback, stranger)
      assert.deepEqual(came, { store: 'callee' })
    } finally {
      calls.start.unbindStore(store)
    }
  })

  it('shows the callee in its own process what is called back', async () => {
    using watching = new Watch()
    await traveller.tour(here, stranger)
    const [start] = watching.notes.filter(({ side }) => side === 'callee')
    assert.deepEqual([start?.typeid, start?.method, start?.pid], ['Function', '', manager.pid])
  })

  it('hides no rejection that nobody handles', async () => {
    const { code, stderr } = await Program.run('tracing/leaves-rejection.ts', import.meta.url)
    assert.equal(code, 1)
    assert.match(stderr, /RangeError: at once/)
  })
})

describe('trace context', { timeout: 30_000 }, () => {
  let manager: Manager
  let other: Manager
  let traveller: Remote<Traveller>
  let stranger: Remote<Traveller>
  let witness: Remote<Witness>
  const nowhere = { traceparent: undefined, tracestate: undefined }

  before(async () => {
    manager = await startWatched()
    other = await Manager.start()
    witness = await manager.create(Witness)
    traveller = await manager.create(Traveller)
    stranger = await other.create(Traveller)
  })
  after(() => Promise.all([manager.close(), other.close()]))

  it('is none where nobody set any', async () => {
    assert.deepEqual(await traveller.here, nowhere)
    assert.deepEqual(await traveller.tour(here, stranger), [nowhere, nowhere, nowhere])
  })

  it('that a tracer sets goes with the call, and on with those that its method makes', async () => {
    const trace = { traceparent, tracestate }
    const stops = await carrying(trace, () => traveller.tour(here, stranger), 'tour')
    assert.deepEqual(stops, [trace, trace, trace])
    for (const [side, method] of [
      ['callee', 'tour'],
      ['caller', 'here'],
    ] as const) {
      const last = (await witness.of(side, method)).at(-1)
      assert.deepEqual([last?.traceparent, last?.tracestate], [traceparent, tracestate])
    }
  })

  it('goes on by servers that nobody traces', async () => {
    const trace = { traceparent, tracestate: undefined }
    const stops = await carrying({ traceparent }, () => stranger.tour(here, traveller))
    assert.deepEqual(stops, [trace, trace, trace])
  })

  it('of the steps of a generator is that of its call', async () => {
    const trace = { traceparent, tracestate }
    await carrying(trace, async () => {
      for await (const stop of traveller.steps()) assert.deepEqual(stop, trace)
    })
  })

  it('that another tracer sets on the way takes the place of it, tracestate and all', async () => {
    const trace = { traceparent, tracestate }
    const stops: unknown[] = []
    const onward = async () => {
      stops.push(await carrying({ traceparent: another }, () => stranger.here, 'here'))
      return here()
    }
    const [, came] = await carrying(trace, () => traveller.tour(onward, stranger), 'tour')
    assert.deepEqual(came, trace)
    assert.deepEqual(stops, [{ traceparent: another, tracestate: undefined }])
  })

  it('that may not travel stays, and the call goes all the same', async () => {
    for (const wrong of ['x'.repeat(129), 5, null, undefined]) {
      const stop = await carrying({ traceparent: wrong, tracestate }, () => traveller.here)
      assert.deepEqual(stop, nowhere)
    }
    for (const wrong of ['x'.repeat(4097), 5]) {
      const stop = await carrying({ traceparent, tracestate: wrong }, () => traveller.here)
      assert.deepEqual(stop, { traceparent, tracestate: undefined })
    }
  })
})
