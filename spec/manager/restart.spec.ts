import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { isManagerError, Manager, type ManagerEvents, Process, sameReferent } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { moduleUrl } from '../harness/module.ts'
import type { callTwice } from './restart-child.ts'
import { Faulty } from './faulty.ts'
import { Worker } from './worker.ts'

leaveNothing()

const posix = { skip: process.platform === 'win32' && 'Windows stops no processes' }
const heartbeat = { intervalMs: 200, missed: 3 }

describe("a server with restart: 'on-failure'", { timeout: 120_000 }, () => {
  it('is started anew at the same address when it is killed; the session is too', async () => {
    await using manager = await Manager.start({ restart: 'on-failure' })
    const { address, pid } = manager
    const told = new Told(manager)
    const worker = await manager.create(Worker)
    const waiting = assert.rejects(worker.wait(), { code: 'SESSION_LOST', delivery: 'unknown' })
    const restarted = once(manager, 'restart')
    process.kill(pid, 'SIGKILL')
    await within('the call', waiting)
    await assert.rejects(within('the call', worker.runs), {
      code: 'REFERENT_GONE',
      delivery: 'not-sent',
      message: /the Worker \d+ went with the server that hosted it, which was started anew/,
    })
    await within('the restart', restarted)
    assert.equal(await (await manager.create(Worker)).runs, 0)
    assert.equal(manager.address, address)
    assert.notEqual(manager.pid, pid)
    assert.deepEqual(
      told.states,
      ['exit by SIGKILL', 'lost', `restart of ${manager.pid}`, `reopened to ${manager.pid}`].toSorted(),
    )
  })

  it('is killed and started anew when it is stopped, once heartbeats find that out', posix, async () => {
    await using manager = await Manager.start({ restart: 'on-failure', heartbeat })
    const { pid } = manager
    const told = new Told(manager)
    const worker = await manager.named('the frozen worker', Worker)
    const restarted = once(manager, 'restart')
    process.kill(pid, 'SIGSTOP')
    await within('the restart', restarted)
    assert.equal(await within('the call', worker.runs), 0)
    assert.notEqual(manager.pid, pid)
    const states = ['exit by SIGKILL', 'lost', `restart of ${manager.pid}`, `reopened to ${manager.pid}`]
    assert.deepEqual(told.states, states.toSorted())
  })

  it('is killed and started anew when it is stopped before its owner has a session with it', posix, async () => {
    await using manager = await Manager.start({ restart: 'on-failure', heartbeat })
    const started = await restartedBy(manager, () => process.kill(manager.pid, 'SIGKILL'))
    const next = await restartedBy(manager, () => process.kill(started, 'SIGSTOP'))
    assert.equal((await within('the call', manager.inspect())).pid, next)
  })

  it(
    "is its owner's, and killed when it is stopped, where another program had its address meanwhile",
    posix,
    async () => {
      await using manager = await Manager.start({ restart: 'on-failure', heartbeat })
      const { address, authkey } = manager
      const exited = once(manager, 'exit')
      process.kill(manager.pid, 'SIGKILL')
      await within('the end', exited)
      const other = await Manager.serve({ address, authkey, graceMs: 0 })
      await assert.rejects(manager.inspect({ timeoutMs: 500 }), { code: 'TIMEOUT', delivery: 'not-sent' })
      const started = await restartedBy(manager, () => other.close())
      assert.equal((await within('the call', manager.inspect())).pid, started)
      const next = await restartedBy(manager, () => process.kill(started, 'SIGSTOP'))
      assert.equal((await within('the call', manager.inspect())).pid, next)
    },
  )

  it('makes again what has a name and a class; its proxies work on', async () => {
    await using manager = await Manager.start({ restart: 'on-failure' })
    const worker = await manager.named('the worker', Worker)
    assert.equal((await worker.bytes(1)).length, 1)
    assert.equal(await worker.runs, 1)
    process.kill(manager.pid, 'SIGKILL')
    await within('the loss', once(manager, 'session'))
    assert.equal(await within('the call', worker.runs), 0)
    assert.equal(await manager.lookup('the worker'), worker)
    const other = await Manager.connect(manager.address, { authkey: manager.authkey })
    assert.equal(await (await other.lookup<Worker>('the worker')).runs, 0)
    await other.close()
  })

  it('has others wait for what has a name until its owner has made it again', async () => {
    await using manager = await Manager.start({ restart: 'on-failure' })
    for (let before = 0; before < 100; before++) await manager.named(`before ${before}`, Worker)
    await manager.named('the last', Worker)
    const { address, authkey } = manager
    const others = await Promise.all(Array.from({ length: 4 }, () => Manager.connect(address, { authkey })))
    const workers = await Promise.all(others.map((other) => other.lookup<Worker>('the last')))
    for (let kills = 0; kills < 3; kills++) {
      const lost = others.map((other) => once(other, 'session'))
      process.kill(manager.pid, 'SIGKILL')
      await within('the losses', Promise.all(lost))
      const calls = Promise.all(workers.map((worker) => worker.bytes(1)))
      const lookups = Promise.all(others.map((other) => other.lookup<Worker>('the last')))
      assert.equal((await within('the calls', calls)).length, 4)
      const found = await within('the lookups', lookups)
      assert.ok(found.every((each, at) => sameReferent(each, workers[at] ?? each)))
    }
    for (const other of others) await other.close()
  })

  it('makes idempotent calls again', async () => {
    await using manager = await Manager.start({ restart: 'on-failure' })
    const worker = await manager.named('again', Worker)
    const waiting = worker.waitAgain()
    await eventually('it runs', async () => ((await worker.runs) === 1 ? true : undefined))
    process.kill(manager.pid, 'SIGKILL')
    await within('the loss', once(manager, 'session'))
    await eventually('it runs again', async () => ((await worker.runs) === 1 ? true : undefined))
    await worker.release()
    assert.equal(await within('the call', waiting), 1)
  })

  it('tells of the error that it ended by, and is started anew then too', async () => {
    await using manager = await Manager.start({ restart: 'on-failure' })
    const worker = await manager.create(Worker)
    const exited = once(manager, 'exit') as Promise<ManagerEvents['exit']>
    await worker.failLater()
    const [{ exitCode, error, willRestart }] = await within('the end', exited)
    assert.deepEqual([exitCode, willRestart], [1, true])
    assert.match(String(error?.cause), /a bug in a timer/)
    assert.match(String((error?.cause as Error | undefined)?.stack), /worker\.[jt]s/)
    assert.equal(await (await manager.create(Worker)).runs, 0)
  })

  it('answers REFERENT_GONE to the proxies of children', async () => {
    await using manager = await Manager.start({ restart: 'on-failure' })
    const worker = await manager.create(Worker)
    const module = moduleUrl('./restart-child.ts', import.meta.url).href
    const child = new Process<typeof callTwice>({ module, name: 'callTwice' }, [worker])
    child.start()
    await eventually('the child calls', async () => ((await worker.runs) === 1 ? true : undefined))
    process.kill(manager.pid, 'SIGKILL')
    await within('the child', child.join())
    assert.equal(child.exitCode, 0)
  })

  it('is not started anew when it ends in order, by whomever', async () => {
    const manager = await Manager.start({ restart: 'on-failure' })
    const client = await Manager.connect(manager.address, { authkey: manager.authkey })
    const worker = await client.create(Worker)
    const exited = once(manager, 'exit') as Promise<ManagerEvents['exit']>
    await client.shutdown()
    const [{ exitCode, willRestart }] = await within('the end', exited)
    assert.deepEqual([exitCode, willRestart], [0, false])
    await assert.rejects(worker.runs, { code: 'SESSION_LOST', delivery: 'not-sent' })
    await assert.rejects(manager.create(Worker), { code: 'SESSION_LOST', delivery: 'not-sent' })
    await within('all is over', Promise.all([manager.join(), client.close(), manager.close()]))
  })

  it('is not started anew when it ends by itself with 0: whoever calls then is told at once', async () => {
    await using manager = await Manager.start({ restart: 'on-failure' })
    const told = new Told(manager)
    const [faulty, worker] = await Promise.all([manager.create(Faulty), manager.create(Worker)])
    const ended = once(manager, 'exit')
    await assert.rejects(faulty.exit(0), { code: 'SESSION_LOST', delivery: 'unknown' })
    const lost = { code: 'SESSION_LOST', delivery: 'not-sent' }
    await within('the calls', Promise.all([assert.rejects(worker.runs, lost), ended]))
    await within('the call', assert.rejects(manager.create(Worker), lost))
    await within('all is over', manager.join())
    assert.deepEqual(told.states, ['exit by null', 'lost'])
  })

  it('can be closed while it is started anew', async () => {
    const manager = await Manager.start({ restart: 'on-failure' })
    const worker = await manager.create(Worker)
    process.kill(manager.pid, 'SIGKILL')
    await within('the end', once(manager, 'exit'))
    const waiting = assert.rejects(worker.runs, (error) => isManagerError(error))
    await within('it closes', manager.close())
    await within('the call', waiting)
  })
})

describe('a server without restart', { timeout: 60_000 }, () => {
  it('is told of when it is killed, and stays away', async () => {
    await using manager = await Manager.start()
    const told = new Told(manager)
    const worker = await manager.create(Worker)
    process.kill(manager.pid, 'SIGKILL')
    await within('the end', once(manager, 'exit'))
    await eventually('the session ends', async () => (told.states.includes('lost') ? true : undefined))
    await assert.rejects(worker.runs, { code: 'SESSION_LOST', delivery: 'not-sent' })
    assert.deepEqual(told.states, ['exit by SIGKILL', 'lost'])
  })

  it('is left alone when it is stopped, until it is closed', posix, async () => {
    await using manager = await Manager.start({ heartbeat, graceMs: 0 })
    const told = new Told(manager)
    process.kill(manager.pid, 'SIGSTOP')
    await within('the loss', once(manager, 'session'))
    process.kill(manager.pid, 'SIGCONT')
    await within('the end', manager.close())
    assert.deepEqual(told.states, ['exit by null', 'lost'])
  })
})

/** The process that is started anew after `fail`. */
async function restartedBy(manager: Manager, fail: () => unknown): Promise<number> {
  const restarted = once(manager, 'restart') as Promise<ManagerEvents['restart']>
  await fail()
  const [{ pid }] = await within('the restart', restarted)
  return pid
}

/** What a manager has emitted. */
class Told {
  readonly #states: string[] = []

  constructor(manager: Manager) {
    manager.on('exit', ({ signal }) => this.#states.push(`exit by ${signal}`))
    manager.on('restart', ({ pid }) => this.#states.push(`restart of ${pid}`))
    manager.on('session', (session) =>
      this.#states.push(session.state === 'lost' ? 'lost' : `reopened to ${session.pid}`),
    )
  }

  get states(): string[] {
    return this.#states.toSorted()
  }
}
