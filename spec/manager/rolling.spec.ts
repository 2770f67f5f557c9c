import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { isManagerError, Manager, withOptions } from 'referent'
import { Counter } from '../harness/counter.ts'
import { within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'

leaveNothing()

const authkey = 'of both hosts'
let hosts = 0

/** An address of its own for each spec. */
function freshAddress(): string {
  return process.platform === 'win32'
    ? `pipe:rolling-${process.pid}-${++hosts}`
    : `unix:${join(tmpdir(), `r${++hosts}`)}`
}

describe('a host that ends in order and comes back', { timeout: 60_000 }, () => {
  it('is waited for by sessions with reconnectMs, whose named objects work on', async () => {
    const address = freshAddress()
    const first = await Manager.serve({ address, authkey })
    await first.named('counter', Counter, 1)
    await using client = await Manager.connect(address, { authkey, reconnectMs: 30_000 })
    const counter = await client.lookup<Counter>('counter')
    const mine = await client.named('mine', Counter, 5)
    assert.equal(await counter.increment(), 2)
    const lost = untilLost(client)
    await first.close()
    assert.equal(await within('the loss', lost), true)
    const call = counter.increment(10)
    await using second = await Manager.serve({ address, authkey })
    await second.named('counter', Counter, 100)
    assert.equal(await within('the call', call), 110)
    assert.equal(await mine.value, 5)
  })

  it('may say itself that it comes back: then sessions that say nothing of it wait too', async () => {
    const address = freshAddress()
    const first = await Manager.serve({ address, authkey, reconnectMs: 30_000 })
    await using client = await Manager.connect(address, { authkey })
    const counter = await client.named('counter', Counter, 1)
    await first.close()
    const call = counter.increment(10)
    await using second = await Manager.serve({ address, authkey })
    assert.equal(await within('the call', call), 11)
    assert.equal(client.pid, second.pid)
  })

  it('is no more waited for where it was shut down by that session itself', async () => {
    const address = freshAddress()
    await using host = await Manager.serve({ address, authkey })
    const client = await Manager.connect(address, { authkey, reconnectMs: 30_000 })
    const counter = await client.create(Counter)
    await within('the shutdown', client.shutdown())
    await assert.rejects(counter.value, { code: 'SESSION_LOST', delivery: 'not-sent' })
    await within('the end', host.join())
  })

  it('is not waited for where nobody said so', async () => {
    const address = freshAddress()
    const host = await Manager.serve({ address, authkey })
    await using client = await Manager.connect(address, { authkey })
    const counter = await client.create(Counter)
    const ended = client.join()
    await host.close()
    await within('the end', ended)
    await assert.rejects(counter.value, { code: 'SESSION_LOST', delivery: 'not-sent' })
  })

  it('leaves calls of a session that was opened anew the answer that it was giving up', async () => {
    const address = freshAddress()
    const host = await Manager.serve({ address, authkey, graceMs: 0 })
    await using client = await Manager.connect(address, { authkey, reconnectMs: 200 })
    const counter = await client.create(Counter)
    const running: unknown = counter.wait().catch((error: unknown) => error)
    await counter.value
    await host.close()
    const error = await running
    assert.ok(isManagerError(error, 'SHUTTING_DOWN') && error.delivery === 'unknown', String(error))
    await assert.rejects(counter.value, { code: 'SESSION_LOST', message: /not opened anew within 200 ms/ })
  })
})

describe('a name that a server before has had', { timeout: 60_000 }, () => {
  it('is waited for until it is given again, by proxies and by lookup', async () => {
    await using cluster = await Cluster.rolled(30_000)
    const { client, counter, second } = cluster
    const calls = [counter.increment(10), client.lookup<Counter>('counter').then((found) => found.increment(10))]
    let settled = 0
    for (const call of calls) void call.finally(() => settled++).catch(() => undefined)
    assert.equal((await client.inspect()).referents.length, 0)
    assert.equal(settled, 0)
    await second.named('counter', Counter, 100)
    assert.deepEqual(new Set(await within('both calls', Promise.all(calls))), new Set([110, 120]))
  })

  it('is waited for no longer than a call may take, and than reconnectMs', async () => {
    await using cluster = await Cluster.rolled(1000)
    const { client, counter } = cluster
    await assert.rejects(withOptions(counter, { timeoutMs: 20 }).value, { code: 'TIMEOUT', delivery: 'not-sent' })
    await assert.rejects(client.lookup('counter', { timeoutMs: 20 }), { code: 'TIMEOUT' })
    await assert.rejects(within('the call', counter.value), { code: 'UNKNOWN_NAME', delivery: 'not-sent' })
    await assert.rejects(within('the lookup', client.lookup('counter')), { code: 'UNKNOWN_NAME' })
  })

  it('is not waited for where it was never there', async () => {
    await using cluster = await Cluster.rolled(30_000)
    await assert.rejects(within('the lookup', cluster.client.lookup('another')), { code: 'UNKNOWN_NAME' })
  })

  it('holds up no end of its server', async () => {
    await using cluster = await Cluster.rolled(30_000, 0)
    const call = assert.rejects(cluster.client.lookup('counter'), { code: 'SHUTTING_DOWN' })
    await cluster.client.inspect()
    await within('the end', cluster.second.close())
    await within('the call', call)
  })
})

/** A client that has looked up a counter at the first of two hosts, and now has a session with the second. */
class Cluster implements AsyncDisposable {
  private constructor(
    readonly client: Manager,
    readonly counter: Awaited<ReturnType<typeof counterOf>>,
    readonly second: Manager,
  ) {}

  static async rolled(reconnectMs: number, graceMs = 2000): Promise<Cluster> {
    const address = freshAddress()
    const first = await Manager.serve({ address, authkey })
    await first.named('counter', Counter, 1)
    const client = await Manager.connect(address, { authkey, reconnectMs })
    const counter = await counterOf(client)
    await first.close()
    const reopened = untilReopened(client)
    const second = await Manager.serve({ address, authkey, graceMs })
    await within('the next session', reopened)
    return new Cluster(client, counter, second)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close()
    await this.second.close()
  }
}

function counterOf(client: Manager) {
  return client.lookup<Counter>('counter')
}

/** Whether another session will be opened in its place. */
function untilLost(client: Manager): Promise<boolean> {
  return new Promise((resolve) => {
    client.on('session', (session) => {
      if (session.state === 'lost') resolve(session.willReopen)
    })
  })
}

function untilReopened(client: Manager): Promise<void> {
  return new Promise((resolve) => {
    client.on('session', ({ state }) => {
      if (state === 'reopened') resolve()
    })
  })
}
