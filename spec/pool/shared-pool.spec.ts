import assert from 'node:assert/strict'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isManagerError, Manager, refOf, release, type Remote, SharedList, SharedPool } from 'referent'
import { Counter } from '../harness/counter.ts'
import { eventually, within } from '../harness/eventually.ts'
import { collectGarbage } from '../harness/garbage.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { moduleUrl } from '../harness/module.ts'
import { Gate, named, square } from './work.ts'

leaveNothing()

describe('a SharedPool', () => {
  let manager: Manager
  let pool: Remote<SharedPool>

  before(async () => {
    manager = await Manager.start()
    pool = await manager.named('pool', SharedPool, { processes: 1, initializer: named('initialize') })
  })
  after(() => manager.close())

  /** A client of its own, whose proxies are the same objects' as the manager's. */
  async function another(): Promise<{ client: Manager; shared: Remote<SharedPool>; gate: Remote<Gate> }> {
    const client = await Manager.connect(manager.address, { authkey: manager.authkey })
    return { client, shared: await client.lookup('pool'), gate: await client.lookup('gate') }
  }

  it('works for all who have its proxy', async () => {
    await manager.named('gate', Gate)
    const { client, shared } = await another()
    assert.deepEqual(await pool.map(named('square'), [1, 2, 3]), [1, 4, 9])
    assert.deepEqual(await shared.starmap(named('join'), [['a', 'b']]), ['a-b'])
    assert.deepEqual(await shared.pids, await pool.pids)
    assert.deepEqual([await pool.size, (await pool.pids).length], [1, 1])
    await client.close()
  })

  it('streams results of what its caller streams', async () => {
    async function* items(): AsyncGenerator<number> {
      for (let item = 0; ; item++) yield item
    }
    const read: unknown[] = []
    for await (const result of pool.imap(named('square'), items(), { chunkSize: 2 })) if (read.push(result) === 5) break
    assert.deepEqual(read, [0, 1, 4, 9, 16])
    const outcomes: unknown[] = []
    for await (const outcome of pool.imapUnordered(named('onlyEven'), [1, 2], { settle: true })) outcomes.push(outcome)
    assert.deepEqual(outcomes[1], { status: 'fulfilled', value: 2, index: 1 })
  })

  it('has many iterations of one session without a warning', async () => {
    await using server = await Manager.serve()
    const shared = await server.create(SharedPool, { processes: 1 })
    const warnings: Error[] = []
    const note = (warning: Error): number => warnings.push(warning)
    process.on('warning', note)
    const iterations = Array.from({ length: 20 }, () => shared.imap(named('square'), [3, 4]))
    const firsts = await Promise.all(iterations.map((iteration) => iteration.next()))
    assert.ok(firsts.every(({ value }) => value === 9))
    await Promise.all(iterations.map((iteration) => iteration.return()))
    process.off('warning', note)
    assert.deepEqual(warnings, [])
  })

  it('throws what the function throws, as itself', async () => {
    const mapped = pool.map(named('onlyEven'), [2, 3])
    await assert.rejects(mapped, (error) => error instanceof RangeError && error.cause instanceof TypeError)
    await assert.rejects(pool.apply(named('exitWith'), [1]), { code: 'WORKER_LOST' })
  })

  it('refuses a function itself, saying how to name it', async () => {
    const refusal = {
      name: 'TypeError',
      message: /a function itself; name .*{ module: import\.meta\.url, name: 'work' }/,
    }
    await assert.rejects(pool.apply(square as never, [1]), refusal)
    await assert.rejects(manager.create(SharedPool, { initializer: square as never }), refusal)
  })

  it("runs functions of its creator's program only, unless it was given other modules", async () => {
    const module = moduleUrl('./other-work.ts', import.meta.url).href
    const refusal = { code: 'FORBIDDEN', message: /runs no function of .*other-work.*{ modules: \[/ }
    await assert.rejects(pool.apply({ module, name: 'triple' }, [2]), refusal)
    await assert.rejects(manager.create(SharedPool, { initializer: { module, name: 'triple' } }), refusal)
    const given = await manager.create(SharedPool, { processes: 1, modules: [module] })
    assert.equal(await given.apply({ module, name: 'triple' }, [2]), 6)
    await assert.rejects(given.apply(named('square'), [1]), { code: 'FORBIDDEN' })
    release(given)
  })

  it('refuses other modules however they are named, on the side of the server', async () => {
    const other = fileURLToPath(moduleUrl('./other-work.ts', import.meta.url))
    const modules = [
      'node:child_process',
      'child_process',
      'data:text/javascript,export function triple() { return 7 }',
      `${pathToFileURL(other).href}?work.ts`,
      other,
      `${dirname(other)}/work.ts/../${basename(other)}`,
      `./${basename(other)}`,
      pathToFileURL(other).href.replace('file:', 'FILE:'),
      'file://elsewhere/work.ts',
      'https://example.org/work.ts',
      '',
      '/no/such/file.js',
      `${other}\0`,
      '/'.repeat(100_000),
    ]
    for (const module of modules)
      for (const call of [
        () => pool.apply({ module, name: 'triple' }, [1]),
        () => pool.map({ module, name: 'triple' }, [1]),
        () => pool.starmap({ module, name: 'triple' }, [[1]]),
        () => pool.imap({ module, name: 'triple' }, [1]).next(),
        () => pool.imapUnordered({ module, name: 'triple' }, [1]).next(),
      ])
        await assert.rejects(call(), (error) => isManagerError(error, 'FORBIDDEN') && error.message.length < 500)
  })

  it('imports a module as it was allowed, whichever way it is named', async () => {
    const module = moduleUrl('./other-work.ts', import.meta.url).href
    const folder = await mkdtemp(join(tmpdir(), 'referent-'))
    const link = join(folder, 'link.ts')
    await symlink(fileURLToPath(module), link)
    const given = await manager.create(SharedPool, { processes: 1, modules: [module] })
    const names = [module, fileURLToPath(module), `${module}?again`, `${module}#again`, link, pathToFileURL(link).href]
    const imports: unknown[] = []
    for (const each of names) imports.push(await given.apply({ module: each, name: 'importedAs' }))
    assert.deepEqual(
      imports,
      names.map(() => module),
    )
    release(given)
    await rm(folder, { recursive: true })
  })

  it("takes references to its server's objects, not these", async () => {
    const counter = await manager.create(Counter, 1)
    await assert.rejects(pool.apply(named('increment'), [counter]), { code: 'UNSERIALIZABLE', message: /argument 0: / })
    await pool.apply(named('incrementAt'), [refOf(counter)])
    assert.equal(await counter.value, 2)
  })

  it('gives up a task whose caller is gone, or gives up', async () => {
    for (const giveUp of ['close', 'abort', 'leave'] as const) {
      const { client, shared, gate } = await another()
      const alreadyCome = (await gate.come).length
      const stop = new AbortController()
      const told =
        giveUp === 'leave'
          ? shared.imap(named('comeAndCompute'), [refOf(gate)]).next()
          : shared.apply(named('comeAndCompute'), [refOf(gate)], giveUp === 'abort' ? { signal: stop.signal } : {})
      const settled = told.then(
        () => 'done',
        () => 'given up',
      )
      await eventually('it computes', async () => (await gate.come).length > alreadyCome || undefined)
      if (giveUp === 'abort') stop.abort()
      else await client.close()
      assert.equal(await within('it is told', settled), 'given up')
      assert.equal(await within(`others go on after ${giveUp}`, pool.apply(named('square'), [5])), 25)
      await client.close()
    }
  })

  it('ends with the last who holds it', async () => {
    const own = await manager.create(SharedPool, { processes: 1 })
    const { pid } = (await own.apply(named('workerOf'), [1])) as { pid: number }
    release(own)
    await eventually('its worker ends', () => !isRunning(pid) || undefined)
  })

  it('ends when what it was handed to has dropped it as well', async () => {
    await using server = await Manager.serve()
    const box = await server.create(SharedList<Remote<SharedPool>>)
    const pid = await handOver(server, box)
    assert.ok(isRunning(pid))
    await box.clear()
    await eventually('its worker ends', () => {
      collectGarbage()
      return !isRunning(pid) || undefined
    })
  })
})

async function handOver(server: Manager, box: Remote<SharedList<Remote<SharedPool>>>): Promise<number> {
  const own = await server.create(SharedPool, { processes: 1 })
  const { pid } = (await own.apply(named('workerOf'), [1])) as { pid: number }
  await box.push(own)
  release(own)
  return pid
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
