import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  attach,
  isManagerError,
  Manager,
  type ManagerEvents,
  Pool,
  Process,
  refOf,
  type Remote,
  sameReferent,
  SharedList,
  type StartOptions,
  SyncManager,
} from 'referent'
import { Counter } from '../harness/counter.ts'
import { eventually, within } from '../harness/eventually.ts'
import { hosts } from '../harness/hosts.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { moduleUrl } from '../harness/module.ts'
import { processesWith } from '../harness/processes.ts'
import { isFull } from '../harness/size.ts'
import type { holdLock, incrementTo } from './tenant-work.ts'
import { prepare, Tenant } from './tenant.ts'

leaveNothing()

const work = moduleUrl('./tenant-work.ts', import.meta.url).href
const onLinux = { skip: process.platform !== 'linux' && 'only Linux tells of processes and threads' }
const heartbeat = { intervalMs: 100, missed: 3 }

for (const host of hosts) {
  const skip = host === 'process' && !isFull && 'FULL=1 plays it; specs of shutdown and restart have processes too'
  // Two of them wait for seconds.
  describe(`a server ${host}`, { timeout: 120_000, concurrency: 2 }, () => {
    it('hosts objects: calls, callbacks, streams and errors are those of any server', async () => {
      await using manager = await Manager.start({ host })
      const tenant = await manager.create(Tenant)
      const { pid, isThread, isMain } = await tenant.tell()
      assert.deepEqual([pid, isThread, isMain], [manager.pid, host === 'thread', false])
      assert.equal(pid === process.pid, host === 'thread')
      assert.deepEqual(await tenant.each([1, 2, 3], async (number) => number * 2), [2, 4, 6])
      const counted: number[] = []
      for await (const number of tenant.count(100)) counted.push(number)
      assert.equal(counted.length, 100)
      await assert.rejects(tenant.fail(), (error) => {
        assert.ok(error instanceof RangeError && error.cause instanceof Error)
        assert.deepEqual([error.message, error.cause.message], ['out of range', 'below'])
        assert.match(error.stack ?? '', /tenant\.[jt]s/)
        return true
      })
    })

    it('is reached by references, by its address, and from children, threads and other servers', async () => {
      await using manager = await Manager.start({ host })
      await using neighbour = await Manager.start({ host })
      const counter = await manager.create(Counter)
      assert.ok(sameReferent(await attach<Counter>(refOf(counter)), counter))
      await using client = await Manager.connect(manager.address, { authkey: manager.authkey })
      await manager.named('counter', Counter, 5)
      assert.equal(await (await client.lookup<Counter>('counter')).increment(), 6)
      const child = new Process<typeof incrementTo>({ module: work, name: 'incrementTo' }, [counter, 1])
      child.start()
      assert.equal(await within('the child', child.join()), 0)
      await using threads = new Pool({ threads: 1 })
      await within('the thread', threads.apply<typeof incrementTo>({ module: work, name: 'incrementTo' }, [counter, 2]))
      const list = await neighbour.create(SharedList<Remote<Counter>>)
      await list.push(counter)
      assert.ok(sameReferent((await list.at(0)) ?? assert.fail(), counter))
      assert.equal(await counter.value, 2)
    })

    it('frees a lock whose holder was killed', async () => {
      await using manager = await SyncManager.start({ host })
      const [lock, held] = [await manager.Lock(), await manager.Event()]
      const child = new Process<typeof holdLock>({ module: work, name: 'holdLock' }, [lock, held])
      child.start()
      await within('it is held', held.wait())
      child.kill()
      await within('it is free', lock.acquire())
      await child.join()
    })

    it('learns a class that is registered while it runs', async () => {
      await using manager = await Manager.start({ host })
      await (host === 'thread' ? import('./late-in-thread.ts') : import('./late-in-process.ts'))
      const late = await manager.create<{ pid(): number }>(host === 'thread' ? 'LateInThread' : 'LateInProcess')
      assert.equal(await late.pid(), manager.pid)
    })

    it('runs the initializer first, with the environment that it is given', async () => {
      await using manager = await Manager.start({
        host,
        initializer: prepare,
        initializerArgs: ['hello'],
        env: { TENANT: 'hers' },
      })
      const { prepared, variable } = await (await manager.create(Tenant)).tell()
      assert.deepEqual([prepared, variable, process.env['TENANT']], ['hello', 'hers', undefined])
    })

    it('ends in order, its referents disposed of, and tells so', async () => {
      const manager = await Manager.start({ host })
      const ended = once(manager, 'exit') as Promise<ManagerEvents['exit']>
      await using client = await Manager.connect(manager.address, { authkey: manager.authkey })
      const note = join(tmpdir(), 'note')
      await (await client.create(Tenant)).leaveNote(note)
      await client.shutdown()
      const [{ exitCode, signal, willRestart }] = await within('the end', ended)
      assert.deepEqual([exitCode, signal, willRestart], [0, null, false])
      assert.equal(readFileSync(note, 'utf8'), 'disposed of')
      rmSync(note)
      await manager.join()
      await manager.close()
    })

    it('is ended by close in spite of an endless loop', { skip }, async () => {
      const manager = await Manager.start({ host, graceMs: 0 })
      const computing = assert.rejects((await manager.create(Tenant)).compute(), { code: 'SESSION_LOST' })
      const ended = once(manager, 'exit') as Promise<ManagerEvents['exit']>
      await within('the end', manager.close())
      const [{ exitCode, signal }] = await ended
      assert.deepEqual([exitCode, signal], host === 'thread' ? [1, null] : [null, 'SIGKILL'])
      await computing
    })

    it('is started anew when it fails, and when heartbeats find that it answers no more', { skip }, async () => {
      await using manager = await Manager.start({ host, restart: 'on-failure', heartbeat })
      const { address } = manager
      const tenant = await manager.named('tenant', Tenant)
      for (const fails of [failInTimer, computeForever]) {
        const [exited, restarted] = [once(manager, 'exit'), once(manager, 'restart')]
        const failing = assert.rejects(fails(manager), { code: 'SESSION_LOST' })
        const [{ willRestart }] = (await within('the end', exited)) as ManagerEvents['exit']
        assert.equal(willRestart, true)
        await Promise.all([failing, within('the restart', restarted)])
        assert.equal((await within('the call', tenant.tell())).pid, manager.pid)
      }
      assert.equal(manager.address, address)
    })

    it('is slow, not lost, while it computes for longer than heartbeats may miss', onLinux, async () => {
      await using manager = await Manager.start({ host, heartbeat, restart: 'on-failure' })
      const tenant = await manager.create(Tenant)
      assert.equal(await tenant.computeFor(1000), 'done')
    })

    it('is one of several, each with a part of the objects', async () => {
      await using manager = await Manager.start({ host, servers: 2 })
      const tenants = await Promise.all([0, 1].map((on) => manager.withOptions({ on }).create(Tenant)))
      const [one, two] = await Promise.all(tenants.map((tenant) => tenant.tell()))
      assert.equal(one?.pid === two?.pid, host === 'thread')
      assert.equal((await manager.inspect()).servers.length, 2)
    })

    it('is given up by the signal, and by the time of the start', async () => {
      const late = moduleUrl('./tenant-work.ts', import.meta.url).href
      const initializer = { module: late, name: 'never' } as unknown as () => void
      await assert.rejects(Manager.start({ host, initializer, timeoutMs: 100 }), {
        code: 'START_FAILED',
        message: new RegExp(`the server ${host} gave no answer within 100 ms`),
      })
      const controller = new AbortController()
      const starting = assert.rejects(Manager.start({ host, initializer, signal: controller.signal }), {
        code: 'ABORTED',
      })
      controller.abort()
      await within('the start', starting)
    })

    it('tells of calls that fail and whose promises nobody has taken', async () => {
      await using manager = await Manager.start({ host })
      const told = once(manager, 'unhandled') as Promise<ManagerEvents['unhandled']>
      await (
        await manager.create(Tenant)
      ).callLater(async () => {
        throw new Error('nobody is there')
      })
      const [{ error }] = await within('it is told', told)
      assert.match(String(error), /nobody is there/)
    })

    it('takes the children that its objects have started along', onLinux, async () => {
      const manager = await Manager.start({ host, env: { FAMILY: host } })
      const pid = await (await manager.create(Tenant)).startChild()
      const isThere = () => processesWith(`FAMILY=${host}`).some((found) => found.pid === pid)
      assert.ok(isThere())
      await manager.close()
      await eventually('the child has ended', () => (isThere() ? undefined : true))
    })
  })
}

describe('a server thread', { timeout: 60_000 }, () => {
  it('that needs more memory than it may have ends by that, and alone', async () => {
    await using manager = await Manager.start({ host: 'thread', resourceLimits: { maxOldGenerationSizeMb: 32 } })
    const ended = once(manager, 'exit') as Promise<ManagerEvents['exit']>
    const taking = assert.rejects((await manager.create(Tenant)).takeMemory(), { code: 'SESSION_LOST' })
    const [{ error }] = await within('the end', ended)
    assert.ok(isManagerError(error, 'SESSION_LOST'))
    assert.match(error.message, /the server thread ended by an error .*memory limit/)
    await taking
    await assert.rejects(manager.join(), { code: 'SESSION_LOST' })
  })

  it('that Node refuses to start is said not to have started', async () => {
    await assert.rejects(Manager.start({ host: 'thread', execArgv: ['--max-old-space-size=64'] }), {
      code: 'START_FAILED',
      message: /the server can't be started: .*--max-old-space-size/,
    })
  })

  it('is refused what is not for it, and what is for it alone', async () => {
    for (const [options, message] of [
      [{ host: 'worker' }, /host is 'worker'; it must be 'process' or 'thread'/],
      [{ resourceLimits: { stackSizeMb: 4 } }, /resourceLimits are of a server thread: give \{ host: 'thread' \}/],
      [{ host: 'thread', resourceLimits: { stackSize: 4 } }, /has no option 'stackSize': did you mean stackSizeMb/],
    ] as [StartOptions, RegExp][])
      await assert.rejects(Manager.start(options), { name: 'TypeError', message })
  })
})

async function failInTimer(manager: Manager): Promise<unknown> {
  const { failLater } = await import('./tenant-work.ts')
  return failLater(manager)
}

async function computeForever(manager: Manager): Promise<unknown> {
  return (await manager.create(Tenant)).compute()
}
