import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isManagerError, Manager, typeidOf } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { RawClient } from '../harness/raw-client.ts'
import { Dam } from './dam.ts'
import { Worker } from './worker.ts'

leaveNothing()

const heartbeat = { intervalMs: 100, missed: 3 }
const mebibyte = 1024 * 1024

describe('a session whose server is silent', { timeout: 60_000 }, () => {
  it(
    'lives on while the server computes, though that takes many heartbeats',
    { skip: process.platform !== 'linux' && 'the kernel tells of other processes on Linux only' },
    async () => {
      await using manager = await Manager.start({ heartbeat })
      const worker = await manager.create(Worker)
      assert.equal(await worker.block(1500), 'done')
    },
  )

  it('lives on where nobody says anything, in any kind of session', async () => {
    await using server = await Manager.serve({ heartbeat: { intervalMs: 5, missed: 2 } })
    await using client = await Manager.connect(server.address, { authkey: server.authkey })
    const [own, other] = [await server.create(Worker), await client.create(Worker)]
    // More than the busiest peer is given: 20 x 2 heartbeats of 5 ms.
    await new Promise((resolve) => setTimeout(resolve, 500))
    assert.deepEqual([await own.runs, await other.runs], [0, 0])
  })

  it('is lost soon where the server is frozen; the next manager works', async () => {
    await using manager = await Manager.start({ heartbeat })
    const worker = await manager.create(Worker)
    const waiting = worker.wait()
    await eventually('it runs', async () => ((await worker.runs) === 1 ? true : undefined))
    process.kill(manager.pid, 'SIGSTOP')
    const error: unknown = await within(
      'the call ends',
      waiting.catch((caught: unknown) => caught),
    )
    process.kill(manager.pid, 'SIGKILL')
    assert.ok(isManagerError(error, 'SESSION_LOST') && error.delivery === 'unknown')
    assert.match(String((error.cause as Error).cause), /no sign of life for 3 heartbeats of 100 ms/)
    await assert.rejects(worker.runs, { code: 'SESSION_LOST', delivery: 'not-sent' })
    await using next = await Manager.start()
    assert.equal(await (await next.create(Worker)).runs, 0)
  })

  it('is lost for the server too, where the client is frozen: what it held goes', async () => {
    await using manager = await Manager.start({ heartbeat })
    await using dam = await Dam.before(manager)
    await using client = await Manager.connect(dam.address, { authkey: manager.authkey, heartbeat: { intervalMs: 0 } })
    const worker = await client.create(Worker)
    assert.equal((await manager.inspect()).referents.length, 1)
    dam.hold('client')
    await eventually('the session ends', async () =>
      (await manager.inspect()).sessions.length === 1 ? true : undefined,
    )
    assert.deepEqual((await manager.inspect()).referents, [])
    // Held until here: it would be given back where it is collected.
    assert.equal(typeidOf(worker), 'Worker')
  })
})

describe('calls beyond maxPendingCalls', { timeout: 60_000 }, () => {
  it('are refused by name and have not run; the others are answered', async () => {
    await using manager = await Manager.start({ maxPendingCalls: 1000 })
    await using second = await Manager.connect(manager.address, { authkey: manager.authkey })
    const worker = await manager.named('worker', Worker)
    const same = await second.lookup<Worker>('worker')
    const calls = Array.from({ length: 10_000 }, () => worker.wait())
    const outcomes = Promise.allSettled(calls)
    await assert.rejects(calls[9999] ?? assert.fail(), {
      code: 'OVERLOADED',
      delivery: 'not-sent',
      message: /'wait' was not sent: 1000 calls of this session have no answer yet \(maxPendingCalls\)/,
    })
    await eventually('all that were sent run', async () => ((await same.runs) === 1000 ? true : undefined))
    assert.equal(await same.release(), 1000)
    const answers = (await outcomes).map((outcome): unknown =>
      outcome.status === 'fulfilled' ? outcome.value : Reflect.get(outcome.reason as object, 'code'),
    )
    const refused = Array.from({ length: 9000 }, () => 'OVERLOADED')
    assert.deepEqual(answers, [...Array.from({ length: 1000 }, (_, index) => index + 1), ...refused])
    assert.equal(await worker.runs, 1000)
  })

  it('are turned away by the server where a client sends them all the same', async () => {
    await using manager = await Manager.start({ maxPendingCalls: 2 })
    using client = await RawClient.open(manager)
    const to = await client.create('Worker')
    const wait = { kind: 'call', to, method: 'wait', value: [] }
    const waiting = [client.ask(wait), client.ask(wait)]
    const { kind, value } = await client.ask(wait)
    assert.equal(kind, 'error')
    assert.ok(isManagerError(value, 'OVERLOADED'))
    assert.match(value.message, /turned away: 2 of this session run already/)
    client[Symbol.dispose]()
    assert.deepEqual(
      (await Promise.allSettled(waiting)).map(({ status }) => status),
      ['rejected', 'rejected'],
    )
  })

  it('can be no number of nothing', () => {
    for (const maxPendingCalls of [0, -1, NaN])
      assert.throws(() => new Manager({ maxPendingCalls }), { name: 'RangeError', message: /maxPendingCalls/ })
  })
})

describe('what waits to be read', { timeout: 60_000 }, () => {
  it("of a client that doesn't read doesn't grow the server: nothing more is read from it meanwhile", async () => {
    await using manager = await Manager.start()
    await using dam = await Dam.before(manager)
    await using stuck = await Manager.connect(dam.address, { authkey: manager.authkey })
    const watcher = await manager.create(Worker)
    const worker = await stuck.create(Worker)
    await worker.bytes(mebibyte)
    const before = await watcher.memory()
    dam.hold('server')
    const calls = Array.from({ length: 400 }, () => worker.bytes(mebibyte))
    const outcomes = Promise.allSettled(calls)
    await stable(() => watcher.memory())
    const grown = ((await watcher.memory()) - before) / mebibyte
    assert.ok(grown < 100, `the server grew by ${Math.round(grown)} MiB`)
    dam.open('server')
    const lengths = (await outcomes).map((outcome): unknown =>
      outcome.status === 'fulfilled' ? outcome.value.length : outcome.reason,
    )
    assert.deepEqual(new Set(lengths), new Set([mebibyte]))
    assert.equal(await worker.runs, 401)
  })

  it('of a server that is stuck is bounded by maxQueuedBytes', async () => {
    await using manager = await Manager.start({ maxQueuedBytes: 4 * mebibyte })
    await using dam = await Dam.before(manager)
    await using client = await Manager.connect(dam.address, {
      authkey: manager.authkey,
      maxQueuedBytes: 4 * mebibyte,
    })
    const worker = await client.create(Worker)
    dam.hold('client')
    const sent: Promise<unknown>[] = []
    for (let call = 0; call < 20; call++) {
      sent.push(worker.take(new Uint8Array(mebibyte)).catch((error: unknown) => error))
      await new Promise((resolve) => setImmediate(resolve))
    }
    const refused = await sent[19]
    assert.ok(isManagerError(refused, 'OVERLOADED') && refused.delivery === 'not-sent')
    assert.match(refused.message, /bytes wait for unix:.* to read \(maxQueuedBytes\)/)
    dam.open('client')
    const answered = (await Promise.all(sent)).filter((answer) => answer === mebibyte).length
    assert.ok(answered >= 4 && answered < 10, `${answered} of 20 were sent`)
    assert.equal(await worker.take(new Uint8Array(1)), 1)
  })
})

/** Resolves when two values in a row are about the same. */
async function stable(measure: () => Promise<number>): Promise<void> {
  let before = -1
  await eventually('it settles', async () => {
    const now = await measure()
    const isSame = Math.abs(now - before) < mebibyte / 4
    before = now
    return isSame ? true : undefined
  })
}
