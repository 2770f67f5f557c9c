import assert from 'node:assert/strict'
import { context, createContextKey, createTraceState, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Histogram } from '@opentelemetry/sdk-metrics'
import { AlwaysOffSampler, ParentBasedSampler } from '@opentelemetry/sdk-trace-base'
import { hasSubscribers, subscribe, unsubscribe } from 'node:diagnostics_channel'
import { after, before, describe, it } from 'node:test'
import { Manager, ManagerError, type Remote, type TracedCall } from 'referent'
import { instrument } from 'referent/opentelemetry'
import { eventually } from './harness/eventually.ts'
import { leaveNothing } from './harness/leave-nothing.ts'
import { attributesOf, errorTypeOf, failureOf } from '../lib/opentelemetry/conventions.ts'
import { RawClient } from './harness/raw-client.ts'
import { Relay, Serial } from './opentelemetry/relay.ts'
import { type MetricNote, Recorder, Sdk, type SpanNote, startSdk, startWithoutContext } from './opentelemetry/sdk.ts'

leaveNothing()

const channels = ['tracing:referent:call:start', 'tracing:referent:call:end', 'tracing:referent:call:asyncEnd']

describe('spans of calls', { timeout: 60_000 }, () => {
  let near: Manager
  let far: Manager
  let relay: Remote<Relay>
  let recorders: readonly [near: Remote<Recorder>, far: Remote<Recorder>]

  before(async () => {
    near = await Manager.start({ initializer: startSdk })
    far = await Manager.start({ initializer: startSdk })
    relay = await near.create(Relay, await far.create(Relay))
    recorders = [await near.create(Recorder), await far.create(Recorder)]
  })
  after(() => Promise.all([near.close(), far.close()]))

  /** Runs `body` in this process as instrumented, and gives what all three have exported since of spans of these names. */
  async function spansOf(body: () => Promise<unknown>, ...names: readonly string[]): Promise<SpanNote[][]> {
    const [sdk, earlier] = [new Sdk(), await Promise.all(recorders.map((recorder) => recorder.spans()))]
    const instrumented = sdk.instrument()
    try {
      await trace.getTracer('spec').startActiveSpan('program', async (span) => {
        await body()
        span.end()
      })
    } finally {
      instrumented[Symbol.dispose]()
    }
    const own = sdk.spans()
    sdk[Symbol.dispose]()
    const all = await Promise.all(recorders.map((recorder) => recorder.spans()))
    const known = new Set(earlier.flat().map(({ spanId }) => spanId))
    return [own, ...all].map((spans) => spans.filter(({ name, spanId }) => names.includes(name) && !known.has(spanId)))
  }

  it('are one trace over all processes, each below the one that it is for', async () => {
    const [own, nearby, distant] = await spansOf(
      () => relay.forward(),
      'program',
      'Relay/forward',
      'Relay/leaf',
      'inside',
    )
    const [client, program] = exactly(own, 2)
    const [call, inside, server] = exactly(nearby, 3)
    const [leaf] = exactly(distant, 1)
    const chain = [program, client, server, inside, call, leaf]
    assert.deepEqual(
      chain.map(({ name, kind }) => [name, kind]),
      [
        ['program', SpanKind.INTERNAL],
        ['Relay/forward', SpanKind.CLIENT],
        ['Relay/forward', SpanKind.SERVER],
        ['inside', SpanKind.INTERNAL],
        ['Relay/leaf', SpanKind.CLIENT],
        ['Relay/leaf', SpanKind.SERVER],
      ],
    )
    assert.deepEqual(
      chain.map(({ parent }) => parent),
      [undefined, ...chain.slice(0, -1).map(({ spanId }) => spanId)],
    )
    assert.equal(new Set(chain.map(({ traceId }) => traceId)).size, 1)
    assert.ok(client.durationMs >= server.durationMs && server.durationMs >= inside.durationMs)
  })

  it('have the attributes of the semantic conventions, and of the session', async () => {
    const [own, nearby] = await spansOf(() => relay.name, 'Relay/name')
    const [client, server] = [exactly(own, 1)[0], exactly(nearby, 1)[0]]
    const both = {
      'rpc.system.name': 'referent',
      'rpc.method': 'Relay/name',
      'server.address': near.address.replace(/^unix:/, ''),
      'network.transport': 'unix',
      'referent.session': 's1',
    }
    assert.deepEqual(client.attributes, { ...both, 'referent.peer.pid': near.pid })
    assert.deepEqual(server.attributes, { ...both, 'referent.peer.pid': process.pid })
    assert.deepEqual([client.status, server.status], [{ code: SpanStatusCode.UNSET }, { code: SpanStatusCode.UNSET }])
  })

  it('tell the host and port of a server of a network', async () => {
    await using server = await Manager.serve({ address: 'tcp://127.0.0.1:0', authkey: 'a secret of this spec' })
    await using client = await Manager.connect(server.address, { authkey: 'a secret of this spec' })
    const [own] = await spansOf(() => client.create(Relay), 'server/create')
    const kinds = own?.map(({ kind, attributes }) => [
      kind,
      attributes['server.address'],
      attributes['server.port'],
      attributes['network.transport'],
    ])
    const port = Number(/\d+$/.exec(server.address)?.[0])
    const place = ['127.0.0.1', port, 'tcp']
    assert.deepEqual(kinds, [
      [SpanKind.SERVER, ...place],
      [SpanKind.CLIENT, ...place],
    ])
    const call = { typeid: 'Till', method: 'charge', session: 's1', pid: 1 } as TracedCall
    const of = (address: string): unknown[] => {
      const attributes = attributesOf({ ...call, address }, 'Till/charge')
      return ['server.address', 'server.port', 'network.transport'].map((name) => attributes[name])
    }
    assert.deepEqual(of('wss://[::1]:443/path'), ['::1', 443, 'tcp'])
    assert.deepEqual(of('pipe:name'), ['name', undefined, 'pipe'])
    assert.deepEqual(of(`thread:1-${'0'.repeat(32)}`), [undefined, undefined, undefined])
  })

  for (const method of ['fail', 'failAtOnce'] as const) {
    it(`tell of the error, on both sides: ${method}`, async () => {
      const spans = await spansOf(() => assert.rejects(relay[method](), RangeError), `Relay/${method}`)
      for (const { status, attributes } of spans.slice(0, 2).map((side) => exactly(side, 1)[0])) {
        assert.deepEqual(status, { code: SpanStatusCode.ERROR, message: 'out of range' })
        assert.equal(attributes['error.type'], 'RangeError')
      }
    })
  }

  it('have the code of an error of this package for its type', async () => {
    const unserializable = (): Promise<unknown> =>
      assert.rejects(relay.callBack(Symbol('spec') as never), { code: 'UNSERIALIZABLE' })
    const [own] = await spansOf(unserializable, 'Relay/callBack')
    assert.equal(exactly(own, 1)[0].attributes['error.type'], 'UNSERIALIZABLE')
  })

  it('take no text of any length for the type of an error, nor for its message', async () => {
    const long = (): Promise<unknown> => assert.rejects(relay.failAtOnce('x'.repeat(100_000)), RangeError)
    for (const spans of (await spansOf(long, 'Relay/failAtOnce')).slice(0, 2))
      assert.equal(exactly(spans, 1)[0].status.message?.length, 1024)
    for (const text of ['x'.repeat(65), 'a text with spaces', '']) {
      assert.equal(errorTypeOf(Object.assign(new Error('of a peer'), { name: text })), '_OTHER')
      assert.equal(errorTypeOf(Object.assign(new ManagerError('TIMEOUT', 'of a peer'), { code: text })), '_OTHER')
    }
    for (const thrown of [undefined, 'text', { name: 'RangeError' }]) assert.equal(errorTypeOf(thrown), '_OTHER')
  })

  it('end for errors whose texts are none, or throw when they are read', async () => {
    const hostile = Object.assign(new Error('of a peer'), { name: { toString: 1, valueOf: 1 }, message: 5 })
    const [own, nearby] = await spansOf(
      () => assert.rejects(relay.callBack(() => Promise.reject(hostile))),
      'Relay/callBack',
      'Function',
    )
    for (const { attributes } of [...(own ?? []), ...(nearby ?? [])]) assert.equal(attributes['error.type'], '_OTHER')
    assert.ok((own ?? []).length > 0 && (nearby ?? []).length > 0)
    const trap = new Proxy(new Error('a trap'), {
      get: () => {
        throw new Error('a trap')
      },
      has: () => {
        throw new Error('a trap')
      },
    })
    assert.equal(errorTypeOf(trap), '_OTHER')
    assert.deepEqual(failureOf(trap), { code: SpanStatusCode.ERROR })
  })

  it('carry a trace state on, and none where there is none', async () => {
    const states: unknown[] = []
    const seen = (message: unknown): void => {
      const { side, method, tracestate } = message as TracedCall
      if (side === 'caller' && method === 'name') states.push(tracestate)
    }
    await spansOf(async () => {
      subscribe('tracing:referent:call:start', seen)
      for (const traceState of [createTraceState('rojo=00f067aa0ba902b7'), createTraceState('')]) {
        const span = { ...(trace.getActiveSpan()?.spanContext() ?? assert.fail()), traceState }
        await context.with(trace.setSpanContext(context.active(), span), () => relay.name)
      }
      unsubscribe('tracing:referent:call:start', seen)
    })
    assert.deepEqual(states, ['rojo=00f067aa0ba902b7', undefined])
  })

  it('are active in each step of a generator, and the parents of what that calls', async () => {
    const seen: unknown[] = []
    const take = async (): Promise<void> => {
      for await (const active of relay.steps(3)) seen.push(active)
    }
    const [own, nearby, distant] = await spansOf(take, 'Relay/steps', 'Relay/leaf')
    const [client] = exactly(own, 1)
    const server = nearby?.find(({ name }) => name === 'Relay/steps') ?? assert.fail()
    const calls = nearby?.filter(({ name }) => name === 'Relay/leaf') ?? []
    assert.equal(server.parent, client.spanId)
    assert.deepEqual(
      seen,
      Array.from({ length: 3 }, () => server.spanId),
    )
    assert.deepEqual(
      calls.map(({ parent }) => parent),
      seen,
    )
    assert.deepEqual(
      distant?.map(({ parent }) => parent),
      calls.map(({ spanId }) => spanId),
    )
  })

  it('are active in the calls of a serial object, each in its own', async () => {
    const serial = await near.create(Serial)
    const came: unknown[] = []
    const [own, nearby] = await spansOf(async () => {
      came.push(...(await Promise.all([serial.here, serial.here, serial.here].map((call) => call()))))
    }, 'Serial/here')
    const servers = exactly(nearby, 3)
    assert.deepEqual(
      servers.map(({ spanId }) => spanId),
      came,
    )
    assert.deepEqual(
      servers.map(({ parent }) => parent),
      exactly(own, 3).map(({ spanId }) => spanId),
    )
  })

  it('of functions that are called back are below the call that calls them, and run where they were passed', async () => {
    const active: unknown[] = []
    const key = createContextKey('a value of the program')
    const back = async (): Promise<number> => {
      active.push(trace.getActiveSpan()?.spanContext().spanId, context.active().getValue(key))
      return 2
    }
    const pass = (): Promise<unknown> =>
      context.with(context.active().setValue(key, 'passed'), () => relay.callBack(back))
    const [own, nearby] = await spansOf(pass, 'Relay/callBack', 'Function')
    const called = own?.find(({ name }) => name === 'Function') ?? assert.fail()
    const calling = nearby?.find(({ name }) => name === 'Function') ?? assert.fail()
    const server = nearby?.find(({ name }) => name === 'Relay/callBack')
    assert.deepEqual([called.kind, calling.kind], [SpanKind.SERVER, SpanKind.CLIENT])
    assert.deepEqual(
      [called.parent, calling.parent, active],
      [calling.spanId, server?.spanId, [called.spanId, 'passed']],
    )
  })

  it('have one name for all that a peer asks for and that is not there', async () => {
    using raw = await RawClient.open(near)
    const earlier = (await recorders[0].spans('_OTHER')).length
    const method = 'x'.repeat(1000)
    const id = await raw.create('Relay')
    await raw.ask({ kind: 'call', to: id, method, value: [] })
    await raw.ask({ kind: 'get', to: id, property: method })
    await raw.ask({ kind: 'call', to: 0, method, value: [] })
    await raw.ask({ kind: 'call', to: 4711, method, value: [] })
    const spans = (await recorders[0].spans('_OTHER')).slice(earlier)
    assert.equal(spans.length, 4)
    for (const { attributes } of spans) {
      assert.equal(attributes['rpc.method'], '_OTHER')
      assert.ok(String(attributes['rpc.method_original']).length <= 256)
    }
    const durations = (await recorders[0].metrics()).find(({ name }) => name === 'rpc.server.call.duration')
    const methods = durations?.points.map(({ attributes }) => String(attributes['rpc.method'])) ?? []
    assert.ok(methods.includes('_OTHER') && !methods.some((name) => name.includes('xxx')))
  })

  it('begin a trace of their own where what a call carries is none', async () => {
    for (const wrong of [
      '',
      'x',
      `ff-${'1'.repeat(32)}-${'1'.repeat(16)}-01`,
      `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`,
    ]) {
      const start = (message: unknown): void => void ((message as TracedCall).traceparent = wrong)
      subscribe('tracing:referent:call:start', start)
      const earlier = (await recorders[0].spans('Relay/name')).length
      await relay.name
      unsubscribe('tracing:referent:call:start', start)
      const [span] = (await recorders[0].spans('Relay/name')).slice(earlier)
      assert.ok(span !== undefined && span.parent === undefined, wrong)
    }
  })

  it('are one trace also by a server that has no context manager', async () => {
    await using bare = await Manager.start({ initializer: startWithoutContext })
    const through = await bare.create(Relay, await far.create(Relay))
    const recorder = await bare.create(Recorder)
    const [own] = await spansOf(() => through.forward(), 'Relay/forward')
    const [server] = await recorder.spans('Relay/forward')
    const [leaf] = await recorder.spans('Relay/leaf')
    assert.deepEqual([server?.parent, leaf?.parent], [exactly(own, 1)[0].spanId, server?.spanId])
  })

  it('that are not sampled are so in all processes', async () => {
    using sdk = new Sdk(new ParentBasedSampler({ root: new AlwaysOffSampler() }))
    const earlier = await Promise.all(recorders.map((recorder) => recorder.spans('Relay/leaf')))
    const instrumented = sdk.instrument()
    assert.equal(await relay.forward(), 2)
    instrumented[Symbol.dispose]()
    const now = await Promise.all(recorders.map((recorder) => recorder.spans('Relay/leaf')))
    assert.deepEqual(
      now.map((spans) => spans.length),
      earlier.map((spans) => spans.length),
    )
    assert.deepEqual(sdk.spans(), [])
  })
})

describe('instrument', { timeout: 60_000 }, () => {
  let manager: Manager

  before(async () => {
    manager = await Manager.start()
  })
  after(() => manager.close())

  it('measures how long calls take, in seconds, and counts sessions', async () => {
    using sdk = new Sdk()
    using instrumented = sdk.instrument()
    const relay = await manager.create(Relay)
    const other = await Manager.connect(manager.address, { authkey: manager.authkey })
    for (let call = 0; call < 5; call++) await relay.leaf()
    await assert.rejects(relay.failAtOnce(), RangeError)
    const metrics = await sdk.metrics()
    const { unit, points } = metricOf(metrics, 'rpc.client.call.duration')
    assert.equal(unit, 's')
    const of = (method: string): Histogram | undefined =>
      points.find(({ attributes }) => attributes['rpc.method'] === method)?.value as Histogram | undefined
    const leaf = of('Relay/leaf') ?? assert.fail()
    assert.equal(leaf.count, 5)
    assert.ok(leaf.max !== undefined && leaf.max < 5 && leaf.buckets.boundaries[0] === 0.0001)
    const failed = points.find(({ attributes }) => attributes['rpc.method'] === 'Relay/failAtOnce')
    const attributes = { 'rpc.system.name': 'referent', 'rpc.method': 'Relay/failAtOnce', 'error.type': 'RangeError' }
    assert.deepEqual(failed?.attributes, attributes)
    const sessions = (notes: readonly MetricNote[]): unknown =>
      metricOf(notes, 'referent.sessions').points.find((point) => point.attributes['referent.side'] === 'client')?.value
    assert.equal(sessions(metrics), 1, 'that of the manager was open before')
    await other.close()
    await eventually('the session is over', async () => sessions(await sdk.metrics()) === 0 || undefined)
    void instrumented
  })

  it('is refused while another one is there', async () => {
    using sdk = new Sdk()
    const first = sdk.instrument()
    assert.throws(() => sdk.instrument(), /already/)
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    const second = sdk.instrument()
    first[Symbol.dispose]()
    assert.throws(() => sdk.instrument(), /already/)
    second[Symbol.dispose]()
  })

  it('leaves nothing when it is disposed of, and spans of calls without an answer end', async () => {
    using sdk = new Sdk()
    const relay = await manager.create(Relay)
    const instrumented = sdk.instrument()
    const hangs = relay.hang()
    void hangs.catch(() => undefined)
    assert.deepEqual(sdk.spans('Relay/hang'), [])
    instrumented[Symbol.dispose]()
    assert.equal(sdk.spans('Relay/hang').length, 1)
    for (const channel of [...channels, 'referent:session']) assert.ok(!hasSubscribers(channel), channel)
    await relay.leaf()
    assert.deepEqual(sdk.spans('Relay/leaf'), [])
    assert.deepEqual(
      (await sdk.metrics()).find(({ name }) => name === 'referent.sessions'),
      undefined,
    )
  })

  it('changes nothing where no SDK is there', async () => {
    using instrumented = instrument()
    const relay = await manager.create(Relay)
    assert.equal(await relay.forward(), 1)
    void instrumented
  })

  it('refuses options that it does not know', () => {
    assert.throws(() => instrument({ tracer: 1 } as never), /did you mean tracerProvider/)
    assert.throws(() => instrument({ meterProvider: {} } as never), TypeError)
    assert.ok(!channels.some((channel) => hasSubscribers(channel)))
  })
})

/** The spans of one process, of which there are so many. */
function exactly(spans: readonly SpanNote[] | undefined, count: number): [SpanNote, SpanNote, SpanNote] {
  assert.equal(spans?.length, count, JSON.stringify(spans))
  return spans as unknown as [SpanNote, SpanNote, SpanNote]
}

function metricOf(metrics: readonly MetricNote[], name: string): MetricNote {
  return metrics.find((metric) => metric.name === name) ?? assert.fail(`there is no ${name}`)
}
