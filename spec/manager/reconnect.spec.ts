import assert from 'node:assert/strict'
import { on, once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { inspect } from 'node:util'
import { isManagerError, Manager, withOptions } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Program } from '../harness/program.ts'
import { Dam } from './dam.ts'
import { Worker } from './worker.ts'

leaveNothing()

describe('a session that is lost while its server lives', { timeout: 60_000 }, () => {
  let manager: Manager

  before(async () => (manager = await Manager.start()))
  after(() => manager.close())

  /** A client of the manager's server that can be cut off from it. */
  async function connect(reconnectMs: number) {
    const dam = await Dam.before(manager)
    const client = await Manager.connect(dam.address, { authkey: manager.authkey, reconnectMs })
    return {
      dam,
      client,
      [Symbol.asyncDispose]: async () => {
        await client.close()
        await dam[Symbol.asyncDispose]()
      },
    }
  }

  it('is opened anew: the same proxies reach what lives on, and calls wait for that', async () => {
    await using line = await connect(10_000)
    const { client, dam } = line
    await manager.named('lives on', Worker)
    const worker = await client.lookup<Worker>('lives on')
    const again = await client.lookup<Worker>('lives on')
    const lost = assert.rejects(worker.wait(), { code: 'SESSION_LOST', delivery: 'unknown' })
    dam.cut()
    await within('the loss', lost)
    const [first, second] = await within(
      'both calls',
      Promise.all([worker.take(new Uint8Array(1)), again.take(new Uint8Array(2))]),
    )
    assert.deepEqual([first, second], [1, 2])
    assert.equal(worker, again)
    assert.equal(await client.lookup('lives on'), worker)
    assert.equal((await client.inspect()).sessions.length, 2)
    await manager.forget('lives on')
  })

  it('is opened anew as often as it is lost, also for a proxy that nobody calls between', async () => {
    await using line = await connect(10_000)
    const { client, dam } = line
    await manager.named('idle', Worker)
    const worker = await client.lookup<Worker>('idle')
    for (let cuts = 0; cuts < 2; cuts++) {
      const events = untilReopened(client)
      dam.cut()
      await within('the next session', events)
    }
    assert.equal(await worker.take(new Uint8Array(3)), 3)
    await manager.forget('idle')
  })

  it('tells of what went with it, and of nothing else', async () => {
    await using line = await connect(10_000)
    const { client, dam } = line
    const mine = await client.create(Worker)
    const id = Number(/id: (\d+)/.exec(inspect(mine))?.[1])
    const lost = once(client, 'session')
    dam.cut()
    await within('the loss', lost)
    await eventually('the server notices', async () =>
      (await manager.inspect()).referents.some((referent) => referent.id === id) ? undefined : true,
    )
    await assert.rejects(mine.runs, { code: 'REFERENT_GONE', delivery: 'not-sent' })
    assert.equal(await (await client.create(Worker)).runs, 0)
  })

  it('makes calls again that were lost with it, where their methods are idempotent', async () => {
    await using line = await connect(10_000)
    const { client, dam } = line
    const outside = await manager.named('again', Worker)
    const worker = await client.lookup<Worker>('again')
    const [first, second] = [worker.wait(), worker.waitAgain()]
    const lost = assert.rejects(first, { code: 'SESSION_LOST', delivery: 'unknown' })
    await eventually('both run', async () => ((await outside.runs) === 2 ? true : undefined))
    dam.cut()
    await within('the other is lost', lost)
    await eventually('it runs again', async () => ((await outside.runs) === 3 ? true : undefined))
    await outside.release()
    assert.equal(await within('the call', second), 3)
    await manager.forget('again')
  })

  it('stays lost after reconnectMs, with the calls that waited; they may have bounds of their own', async () => {
    const { client, dam } = await connect(300)
    const worker = await client.create(Worker)
    const impatient = withOptions(worker, { timeoutMs: 20 })
    const aborted = withOptions(worker, { signal: AbortSignal.abort() })
    await dam[Symbol.asyncDispose]()
    await assert.rejects(impatient.runs, { code: 'TIMEOUT', delivery: 'not-sent' })
    await assert.rejects(aborted.runs, { code: 'ABORTED', delivery: 'not-sent' })
    const error: unknown = await within(
      'the call',
      worker.runs.catch((caught: unknown) => caught),
    )
    assert.ok(isManagerError(error, 'SESSION_LOST') && error.delivery === 'not-sent')
    assert.match(error.message, /lost, and not opened anew within 300 ms/)
    await assert.rejects(client.create(Worker), { code: 'SESSION_LOST' })
    await within('it closes', client.close())
  })

  it('is not opened anew once it was closed, nor where nobody asked for that', async () => {
    const { client, dam } = await connect(10_000)
    const worker = await client.create(Worker)
    await dam[Symbol.asyncDispose]()
    const waiting = assert.rejects(worker.runs, { code: 'SESSION_LOST', delivery: 'not-sent' })
    await within('it closes', client.close())
    await within('the call', waiting)

    await using other = await connect(0)
    const lost = await other.client.create(Worker)
    other.dam.cut()
    await eventually('it is lost', async () => {
      const error: unknown = await lost.runs.then(
        () => undefined,
        (caught: unknown) => caught,
      )
      return isManagerError(error, 'SESSION_LOST') ? true : undefined
    })
  })
})

describe('a session that is lost for good', { timeout: 60_000 }, () => {
  const posix = { skip: process.platform === 'win32' && 'Windows stops no processes' }

  it('closes at once while a server that is stopped is asked for another one', posix, async () => {
    await using manager = await Manager.start({ graceMs: 0 })
    const heartbeat = { intervalMs: 100, missed: 3 }
    const client = await Manager.connect(manager.address, { authkey: manager.authkey, reconnectMs: 60_000, heartbeat })
    const lost = once(client, 'session')
    process.kill(manager.pid, 'SIGSTOP')
    await within('the loss', lost)
    const startMs = performance.now()
    await client.close()
    assert.ok(performance.now() - startMs < 5000)
    process.kill(manager.pid, 'SIGCONT')
  })

  for (const [how, end] of Object.entries({ 'has nothing left to do': [], waits: ['SESSION_LOST'] })) {
    it(`lets a program end that ${how}`, async () => {
      const server = await Manager.start({ authkey: 'of the server' })
      const args = [server.address, 'of the server', how]
      await using program = await Program.start('./programs/reopening.ts', import.meta.url, { args })
      await program.line('connected')
      process.kill(server.pid, 'SIGKILL')
      const { code, lines, stderr } = await program.ending()
      assert.deepEqual([code, lines, stderr], [0, ['connected', 'lost', ...end], ''])
      await server.close()
    })
  }
})

/** Resolves when another session has taken the place of the one that will be lost. */
async function untilReopened(client: Manager): Promise<void> {
  for await (const [event] of on(client, 'session') as AsyncIterable<[{ readonly state: string }]>)
    if (event.state === 'reopened') return
}
