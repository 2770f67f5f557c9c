import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager, Pool } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Program } from '../harness/program.ts'
import { Gate, named } from './work.ts'

leaveNothing()

type WorkerOf = { readonly pid: number; readonly threadId: number }

describe('the threads of a Pool', { timeout: 60_000 }, () => {
  let manager: Manager
  before(async () => (manager = await Manager.start()))
  after(() => manager.close())

  it('are of this process, initialized once each, and replaced after their calls', async () => {
    await using pool = new Pool({
      threads: 1,
      maxTasksPerChild: 2,
      initializer: named('initialize'),
      initializerArgs: ['hello'],
    })
    const workers = (await pool.map(named('workerOf'), [0, 1, 2, 3], { chunkSize: 1 })) as WorkerOf[]
    assert.deepEqual(new Set(workers.map(({ pid }) => pid)), new Set([process.pid]))
    const [one, two, three, four] = workers.map(({ threadId }) => threadId)
    assert.ok(one === two && three === four && one !== three && one !== 0, `${one} ${two} ${three} ${four}`)
    const { with: initializedWith } = (await pool.apply(named('initialized'), [0])) as { readonly with: unknown }
    assert.deepEqual(initializedWith, ['hello'])
    assert.deepEqual([pool.size, pool.pids], [1, [process.pid]])
  })

  it('that end are replaced, and their task is told by what', async () => {
    await using pool = new Pool({ threads: 1 })
    await assert.rejects(pool.apply(named('exitWith'), [3]), {
      code: 'WORKER_LOST',
      delivery: 'unknown',
      message: /the worker thread \d+ ended \(exit code 3\) while it ran 'exitWith'/,
    })
    await assert.rejects(pool.apply(named('failInTimer')), {
      code: 'WORKER_LOST',
      cause: new RangeError('thrown by a timer'),
    })
    assert.equal(await pool.apply(named('square'), [6]), 36)
  })

  it('end with a task that is given up, or whose time is up, and with their pool', async () => {
    const gate = await manager.create(Gate)
    await using pool = new Pool({ threads: 1 })
    const controller = new AbortController()
    const aborted = pool.apply(named('comeAndCompute'), [gate], { signal: controller.signal })
    await eventually('it comes', async () => (await gate.come).length === 1 || undefined)
    controller.abort()
    await assert.rejects(aborted, { code: 'ABORTED', delivery: 'unknown' })
    await assert.rejects(pool.apply(named('comeAndCompute'), [gate], { timeoutMs: 300 }), { code: 'TIMEOUT' })
    assert.equal(await within('the next runs', pool.apply(named('square'), [5])), 25)

    const own = await manager.create(Gate)
    const terminated = assert.rejects(pool.apply(named('comeAndCompute'), [own]), { code: 'SHUTTING_DOWN' })
    await eventually('it comes', async () => (await own.come).length === 1 || undefined)
    await within('it has ended', pool.terminate())
    await terminated
    assert.deepEqual(pool.pids, [])
  })

  it('that can not start are told of, with the reason', async () => {
    await using refusing = new Pool({ threads: 1, initializer: named('failToInitialize') })
    await assert.rejects(refusing.apply(named('square'), [1]), {
      code: 'START_FAILED',
      message: /no such database/,
      cause: new RangeError('no such database'),
    })
    await using unstartable = new Pool({ threads: 1, execArgv: ['--no-such-flag'] })
    await assert.rejects(within('it is told', unstartable.apply(named('square'), [1])), {
      code: 'START_FAILED',
      message: /no-such-flag/,
    })
  })

  it('let what runs and waits end when their pool is closed', async () => {
    const gate = await manager.create(Gate)
    await using pool = new Pool({ threads: 1 })
    const tasks = [pool.apply(named('comeAndStay'), [gate]), pool.apply(named('square'), [3])]
    await eventually('it comes', async () => (await gate.come).length === 1 || undefined)
    const closed = pool.close()
    await gate.open()
    assert.deepEqual(await within('they end', Promise.all(tasks)), [undefined, 9])
    await within('it is closed', closed)
    assert.deepEqual(pool.pids, [])
  })

  it("don't keep their program alive when idle", async () => {
    const { code, lines } = await Program.run('./programs/pool.ts', import.meta.url, { args: ['threads'] })
    assert.deepEqual([code, lines], [0, ['4,9']])
  })
})

const linux = { skip: process.platform !== 'linux' && 'only Linux shows the processes of a sandbox' }

describe('what computes without end', { ...linux, timeout: 60_000, concurrency: true }, () => {
  for (const [what, args, signal] of [
    ['in a Pool', ['pool'], 'SIGKILL'],
    ['in a Process', ['process'], 'SIGKILL'],
    ['in a Pool of a thread that is terminated', ['pool', 'in a thread'], 'SIGUSR2'],
  ] as const)
    it(`${what} is killed with its program, or the thread that it belongs to`, async () => {
      await using program = await Program.start('./programs/endless.ts', import.meta.url, { args })
      await program.line('computing')
      program.kill(signal)
      const children = () => program.sandbox.processes().filter((command) => command.includes('-main.'))
      await eventually('it is killed', () => children().length === 0 || undefined)
      assert.equal(program.lines('terminated').length, signal === 'SIGKILL' ? 0 : 1)
    })
})

const root = { skip: process.getuid?.() !== 0 && 'only root can become another user' }

describe('a program that becomes another user', { ...root, timeout: 60_000 }, () => {
  it('ends its pool, whose watchdog it may kill no more', async () => {
    const { code, lines, stderr } = await Program.run('./programs/other-user.ts', import.meta.url)
    assert.deepEqual([code, lines, stderr], [0, ['9', 'closed'], ''])
  })
})
