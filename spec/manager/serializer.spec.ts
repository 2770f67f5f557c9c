import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { describe, it } from 'node:test'
import { attach, Manager, refOf, type Remote, SyncManager } from 'referent'
import { logIn } from '../../lib/auth/handshake.ts'
import { parseAddress, socketPath } from '../../lib/transport/address.ts'
import { SocketReader } from '../../lib/transport/socket-reader.ts'
import { SocketTransport } from '../../lib/transport/socket-transport.ts'
import type { Reader as Bytes } from '../../lib/wire/reader.ts'
import { Counter } from '../harness/counter.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { patienceMs } from '../harness/eventually.ts'
import { written } from '../harness/message.ts'
import { assertSameGraph } from '../codec/same-graph.ts'
import { Eavesdropper } from '../server/pretender.ts'
import { Iban, Money, OverdrawnError } from './money.ts'
import { Reader } from './reader.ts'

leaveNothing()

const shared = { a: 1 }
const rich = [new Map([[1n, new Set([new Date(0)])]]), undefined, -0, [shared, shared], new Uint8Array(5_000), /a/g]

describe('a manager whose serializer is superjson', { timeout: 60_000 }, () => {
  for (const how of ['start', 'serve'] as const) {
    it(`carries values, errors, callbacks, streams and proxies both ways: ${how}`, async () => {
      await using manager = await Manager[how]({ serializer: 'superjson' })
      await assertCarries(await manager.create(Reader), manager)
    })
  }

  it('tells its clients, whatever opened their sessions', async () => {
    await using manager = await Manager.start({ serializer: 'superjson' })
    const reader = await manager.create(Reader)
    const { address, authkey } = manager
    await using client = await Manager.connect(address, { authkey })
    await assertCarries(await client.create(Reader), client)
    assertSameGraph(rich, await (await attach<Reader>(refOf(reader))).echo(rich))
  })

  it('hands proxies on to managers of another serializer, and takes theirs', async () => {
    await using text = await Manager.start({ serializer: 'superjson' })
    await using binary = await Manager.start()
    const [here, there] = [await text.create(Reader), await binary.create(Reader)]
    const [ofText, ofBinary] = [await text.create(Counter, 1), await binary.create(Counter, 5)]
    const returned = (await here.echo([ofBinary])) as [Remote<Counter>]
    assert.equal(await returned[0].increment(1), 6)
    const came = (await there.echo([ofText])) as [Remote<Counter>]
    assert.equal(await came[0].increment(1), 2)
  })

  it('has the types of a SyncManager, with all that their methods say to each other', async () => {
    await using manager = await SyncManager.start({ serializer: 'superjson' })
    const [queue, map, lock] = [
      await manager.Queue<unknown>(),
      await manager.Map<string, bigint>(),
      await manager.Lock(),
    ]
    await queue.put(new Money(3))
    assert.deepEqual(await queue.get(), new Money(3))
    await map.set('k', 1n)
    assert.equal(await map.compute('k', (value) => (value ?? 0n) + 1n), 2n)
    assert.equal(await map.get('k'), 2n)
    assert.equal(await lock.acquire(), true)
    await lock.release()
  })

  it('says JSON on the wire', async () => {
    await using manager = await Manager.start({ serializer: 'superjson' })
    await using between = await Eavesdropper.start(manager.address)
    await using client = await Manager.connect(between.address, { authkey: manager.authkey })
    await (await client.create(Reader)).echo({ sent: 7n })
    assert.ok(between.text.includes('{"json":[{"sent":"7"}],"meta":{"values":{"0.sent":["bigint"]},"v":1}}'))
  })

  it("refuses what superjson's reader would change, each way and by its path", async () => {
    await using manager = await Manager.start({ serializer: 'superjson' })
    const reader = await manager.create(Reader)
    const message = /argument 0\.set\.values\[0\]: superjson keeps an object that is met twice/
    await assert.rejects(reader.echo({ shared, set: new Set([shared]) }), { code: 'UNSERIALIZABLE', message })
    const keep = async (): Promise<unknown> => [shared, new Set([shared])]
    await assert.rejects(reader.callBack(keep, 1), { code: 'UNSERIALIZABLE', message: /superjson keeps an object/ })
    assert.equal(await reader.echo('goes on'), 'goes on')
  })

  it('fails the request of a client that sends binary bodies', async () => {
    await using manager = await Manager.start({ serializer: 'superjson' })
    const socket = createConnection({ path: socketPath(parseAddress(manager.address)) })
    await once(socket, 'connect')
    const transport = new SocketTransport(new SocketReader(() => socket), manager.address)
    const key = manager.authkey.bytes
    const { serializer } = await logIn(transport, { kind: 'authkey', key }, AbortSignal.timeout(patienceMs))
    assert.equal(serializer, 'superjson')
    const answered = new Promise<Bytes>((resolve) => transport.start({ message: resolve, closed: () => undefined }))
    transport.send(written({ kind: 'call', id: 1, to: 0, method: 'create', value: ['Reader'] }), 0)
    const { bytes, position, end } = await answered
    const answer = Buffer.from(bytes.subarray(position, end)).toString('latin1')
    assert.match(answer, /"message":"the peer sent a value that isn't in superjson's form/)
    assert.match(answer, /"code":"PROTOCOL"/)
    transport.destroy()
  })
})

describe('the option serializer', () => {
  it('is one of two', async () => {
    const message = /serializer is 'json'; it must be 'binary' or 'superjson'$/
    for (const make of [
      (): unknown => new Manager({ serializer: 'json' } as never),
      () => Manager.start({ serializer: 'json' } as never),
    ])
      await assert.rejects(async () => void (await make()), { name: 'TypeError', message })
  })

  it("is the server's to choose, not a client's", async () => {
    await using manager = await Manager.start({ serializer: 'binary' })
    const { address, authkey } = manager
    await assert.rejects(Manager.connect(address, { authkey, serializer: 'superjson' } as never), /serializer/)
  })
})

async function assertCarries(reader: Remote<Reader>, manager: Manager): Promise<void> {
  assertSameGraph(rich, await reader.echo(rich))
  assert.equal(await reader.echo(undefined), undefined)
  assert.equal(((await reader.echo(new Iban('DE1'))) as Iban).country, 'DE')
  assert.deepEqual(await reader.callBack(async (value) => [value], 1n), [[1n]])
  assert.equal(await reader.sum(numbers()), 3n)
  const items: bigint[] = []
  for await (const item of reader.count(3n)) items.push(item)
  assert.deepEqual(items, [1n, 2n, 3n])
  const { first, rest } = (await reader.counters()) as unknown as { first: Remote<Counter>; rest: Remote<Counter>[] }
  assert.ok(first === rest[1])
  assert.equal(await rest[0]?.increment(1), 3)
  const counter = await manager.create(Counter)
  assert.equal(await reader.echo(counter), counter)
  const error = await reader.fail(4).catch((reason: unknown) => reason)
  assert.ok(error instanceof OverdrawnError && error.missing === 4 && error.cause instanceof RangeError)
  assert.deepEqual(error.cause.cause, new Date(0))
  assert.match(error.stack ?? '', /reader/)
}

async function* numbers(): AsyncGenerator<bigint> {
  yield 1n
  yield 2n
}
