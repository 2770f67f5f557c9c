import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, it } from 'node:test'
import { attach, Manager, Pool, Process, refOf, type Remote, sameReferent, SharedList } from 'referent'
import { Counter } from '../harness/counter.ts'
import { within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { moduleUrl } from '../harness/module.ts'
import type { incrementTo } from './tenant-work.ts'
import { Tenant } from './tenant.ts'
import { Worker } from './worker.ts'

leaveNothing()

const address = 'thread:'
const work = moduleUrl('./tenant-work.ts', import.meta.url).href
const incrementing = { module: work, name: 'incrementTo' }

describe("a server thread at 'thread:'", { timeout: 120_000 }, () => {
  it('needs no socket, and no folder for one', async () => {
    await using manager = await Manager.start({ host: 'thread', address })
    assert.match(manager.address, /^thread:0-[\da-f]{32}$/)
    const folders = readdirSync(tmpdir()).filter((name) => name.startsWith('referent-'))
    assert.deepEqual(folders, [])
    const tenant = await manager.create(Tenant)
    assert.deepEqual(await tenant.each([1, 2], async (number) => number * 2), [2, 4])
    const counted: number[] = []
    for await (const number of tenant.count(500)) counted.push(number)
    assert.equal(counted.length, 500)
  })

  it('is reached by references and by its address, from this thread and others, and from other server threads', async () => {
    await using manager = await Manager.start({ host: 'thread', address })
    await using neighbour = await Manager.start({ host: 'thread', address })
    const counter = await manager.create(Counter)
    assert.ok(sameReferent(await attach<Counter>(refOf(counter)), counter))
    await using client = await Manager.connect(manager.address, { authkey: manager.authkey })
    assert.equal(await (await client.create(Counter)).increment(), 1)
    await using threads = new Pool({ threads: 1 })
    await within('the thread', threads.apply<typeof incrementTo>(incrementing, [counter, 2]))
    const list = await neighbour.create(SharedList<Remote<Counter>>)
    await list.push(counter)
    assert.ok(sameReferent((await list.at(0)) ?? assert.fail(), counter))
    assert.equal(await counter.value, 2)
  })

  it('is not reached from another process, which is told why', async () => {
    await using manager = await Manager.start({ host: 'thread', address })
    const child = new Process<typeof incrementTo>(incrementing, [await manager.create(Counter), 1])
    child.start()
    await assert.rejects(within('the child', child.join()), {
      code: 'CONNECT_FAILED',
      message: /only threads of the process that serves there reach it/,
    })
  })

  it('is started anew at the same address', async () => {
    await using manager = await Manager.start({ host: 'thread', address, restart: 'on-failure' })
    const before = manager.address
    await using client = await Manager.connect(before, { authkey: manager.authkey })
    const worker = await manager.named('worker', Worker)
    const theirs = await client.lookup<Worker>('worker')
    const restarted = once(manager, 'restart')
    await worker.failLater().catch(() => undefined)
    await within('the restart', restarted)
    assert.deepEqual(await within('the calls', Promise.all([worker.runs, theirs.runs])), [0, 0])
    assert.equal(manager.address, before)
  })

  it('refuses calls that would fill its memory while it computes', async () => {
    await using manager = await Manager.start({ host: 'thread', address, maxQueuedBytes: 4 * 1024 * 1024, graceMs: 0 })
    const [tenant, worker] = [await manager.create(Tenant), await manager.create(Worker)]
    const computing = tenant.computeFor(1000)
    const sent = Array.from({ length: 20 }, () =>
      worker.take(new Uint8Array(1024 * 1024)).catch((error: unknown) => error),
    )
    await new Promise((resolve) => setImmediate(resolve))
    await assert.rejects(worker.take(new Uint8Array(1)), { code: 'OVERLOADED', delivery: 'not-sent' })
    await computing
    assert.equal((await Promise.all(sent)).filter((taken) => taken === 1024 * 1024).length > 3, true)
    assert.equal(await worker.take(new Uint8Array(1)), 1)
  })

  it('may be this thread itself, for others of the process', async () => {
    await using manager = await Manager.serve({ address })
    const counter = await manager.create(Counter)
    await using threads = new Pool({ threads: 1 })
    await within('the thread', threads.apply<typeof incrementTo>(incrementing, [counter, 3]))
    assert.equal(await counter.value, 3)
  })

  it('is for threads alone, and has an address of its own', async () => {
    for (const [options, message] of [
      [{ address }, /the address 'thread:' is that of a server thread: give \{ host: 'thread' \} too/],
      [
        { address: `thread:0-${'a'.repeat(32)}`, host: 'thread' },
        /is the address of another server; one .* has 'thread:'/,
      ],
      [{ address: 'thread:mine', host: 'thread' }, /'thread:mine' is not an address/],
    ] as const)
      await assert.rejects(Manager.start(options), { name: 'TypeError', message })
  })
})
