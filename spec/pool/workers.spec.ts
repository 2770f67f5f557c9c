import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { isManagerError, Manager, Pool, type Remote } from 'referent'
import { block } from '../harness/block.ts'
import { Counter } from '../harness/counter.ts'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Program } from '../harness/program.ts'
import { Gate, named } from './work.ts'

leaveNothing()

describe('the workers of a Pool', () => {
  let manager: Manager
  let pool: Pool
  let gate: Remote<Gate>

  before(async () => {
    manager = await Manager.start()
    pool = new Pool({ processes: 2, initializer: named('initialize'), initializerArgs: ['hello'] })
  })
  after(async () => {
    await pool.terminate()
    await manager.close()
  })

  /** The process of the worker that has come to the gate. */
  async function comer(): Promise<number> {
    const come = await eventually('a worker comes', async () => (await gate.come).at(-1))
    return come as number
  }

  it('are initialized once each', async () => {
    gate = await manager.create(Gate)
    const both = [1, 2].map(() => pool.apply(named('comeAndStay'), [gate]))
    await eventually('both come', async () => (await gate.come).length === 2 || undefined)
    await gate.open()
    await Promise.all(both)
    const results = (await pool.map(named('initialized'), [0, 1, 2, 3], { chunkSize: 1 })) as { with: unknown[] }[]
    assert.deepEqual(
      results.map((result) => result.with),
      [['hello'], ['hello'], ['hello'], ['hello']],
    )
    assert.equal(pool.pids.length, 2)
  })

  it('are replaced where they die, and only their own task fails', async () => {
    gate = await manager.create(Gate)
    const lost = pool.apply(named('comeAndStay'), [gate])
    const pid = await comer()
    const others = pool.map(named('square'), [1, 2, 3, 4, 5], { chunkSize: 1 })
    process.kill(pid, 'SIGKILL')
    await assert.rejects(within('it is told', lost), {
      code: 'WORKER_LOST',
      delivery: 'unknown',
      message: new RegExp(`process ${pid} ended \\(SIGKILL\\) while it ran 'comeAndStay' of .*pool.work`),
    })
    assert.deepEqual(await within('the others end', others), [1, 4, 9, 16, 25])
    await assert.rejects(pool.apply(named('exitWith'), [3]), { code: 'WORKER_LOST', message: /exit code 3/ })
    assert.ok(!pool.pids.includes(pid))
    assert.equal(await pool.apply(named('square'), [6]), 36)
  })

  it('are found lost where a process lives on that they have started', async () => {
    gate = await manager.create(Gate)
    const lost = pool.apply(named('exitBeside'), [gate])
    await assert.rejects(within('it is told', lost), { code: 'WORKER_LOST', message: /exit code 3/ })
    process.kill(await comer(), 'SIGKILL')
  })

  it('lose the calls of their chunk together, and no others', async () => {
    const outcomes = await pool.map(named('exitAtTwo'), [0, 1, 2, 3, 4, 5], { chunkSize: 2, settle: true })
    assert.deepEqual(
      outcomes.map((outcome) =>
        'reason' in outcome && isManagerError(outcome.reason) ? outcome.reason.code : outcome.status,
      ),
      ['fulfilled', 'fulfilled', 'WORKER_LOST', 'WORKER_LOST', 'fulfilled', 'fulfilled'],
    )
  })

  it('go on where a task is given up that waits, and end with one that runs', async () => {
    gate = await manager.create(Gate)
    const [running, waiting] = [new AbortController(), new AbortController()]
    const held = pool.apply(named('comeAndStay'), [gate])
    const computing = pool.apply(named('comeAndCompute'), [gate], { signal: running.signal })
    await eventually('both come', async () => (await gate.come).length === 2 || undefined)
    const [crew, computer] = [pool.pids, (await gate.come)[1]]

    const withdrawn = pool.map(named('square'), [1, 2, 3], { signal: waiting.signal })
    const next = pool.apply(named('square'), [5])
    waiting.abort(new Error('never mind'))
    await assert.rejects(withdrawn, { code: 'ABORTED', delivery: 'not-sent', cause: new Error('never mind') })
    assert.deepEqual(pool.pids, crew)

    running.abort()
    await assert.rejects(computing, { code: 'ABORTED', delivery: 'unknown', message: /'comeAndCompute' was cancelled/ })
    assert.equal(await within('the next runs', next), 25)
    await gate.open()
    await within('the other one goes on', held)
    assert.ok(crew.length === 2 && pool.pids.length === 2)
    assert.ok(!pool.pids.includes(computer as number))
    await assert.rejects(pool.apply(named('square'), [5], { signal: AbortSignal.abort() }), { delivery: 'not-sent' })
  })

  it('have no other task where they are ended while their answer is on its way', async () => {
    await using single = new Pool({ processes: 1 })
    await single.apply(named('square'), [1])
    const stop = new AbortController()
    const answered = single.apply(named('computeFor'), [50], { signal: stop.signal })
    for (let turn = 0; turn < 3; turn++) await setImmediate()
    block(200)
    stop.abort()
    const [ended, next] = await within('both end', Promise.allSettled([answered, single.apply(named('square'), [5])]))
    assert.ok(ended.status === 'rejected' && isManagerError(ended.reason, 'ABORTED'))
    assert.deepEqual(next, { status: 'fulfilled', value: 25 })
  })

  it('end with a task whose time is up', async () => {
    gate = await manager.create(Gate)
    const late = pool.apply(named('comeAndCompute'), [gate], { timeoutMs: 300 })
    await assert.rejects(late, { code: 'TIMEOUT', message: /took too long: 300 ms are over/ })
    const stop = new AbortController()
    const results = pool.imap(named('comeAndCompute'), [gate, gate, gate], { signal: stop.signal })
    const first = results.next()
    await comer()
    stop.abort()
    await assert.rejects(within('the iteration ends', first), { code: 'ABORTED' })
    assert.equal(await within('others go on', pool.apply(named('square'), [7])), 49)
  })
})

describe('a Pool with an end', () => {
  let manager: Manager
  before(async () => (manager = await Manager.start()))
  after(() => manager.close())

  it('replaces workers that have made their calls', async () => {
    await using pool = new Pool({ processes: 1, maxTasksPerChild: 2 })
    const results = (await pool.map(named('workerOf'), [0, 1, 2, 3], { chunkSize: 1 })) as { pid: number }[]
    const pids = results.map(({ pid }) => pid)
    assert.ok(pids[0] === pids[1] && pids[2] === pids[3] && pids[1] !== pids[2], String(pids))
  })

  it("tells those who wait why no worker can start, and doesn't try for ever", async () => {
    await using pool = new Pool({ processes: 1, initializer: named('failToInitialize') })
    for (const told of await Promise.allSettled([1, 2].map((item) => pool.apply(named('square'), [item])))) {
      assert.ok(told.status === 'rejected' && isManagerError(told.reason, 'START_FAILED'))
      assert.ok(told.reason.cause instanceof RangeError && told.reason.delivery === 'not-sent')
      assert.match(told.reason.message, /can't start: no such database/)
    }
    await eventually('none is left', () => pool.pids.length === 0 || undefined)
  })

  it('leaves it to those who work where others can not start', async () => {
    const [counter, gate] = await Promise.all([manager.create(Counter), manager.create(Gate)])
    await using pool = new Pool({ processes: 2, initializer: named('failUnlessFirst'), initializerArgs: [counter] })
    const tasks = [1, 2].map(() => pool.apply(named('comeAndStay'), [gate]))
    await eventually('one works, and three have tried', async () => (await counter.value) === 4 || undefined)
    await eventually('no more try', () => pool.pids.length === 1 || undefined)
    await gate.open()
    await within('the other task runs too', Promise.all(tasks))
    assert.equal(await counter.value, 4)
  })

  it('lets what runs and waits end when it is closed, and takes no more', async () => {
    await using pool = new Pool({ processes: 1 })
    const gate = await manager.create(Gate)
    const running = pool.apply(named('comeAndStay'), [gate])
    const results = pool.imap(named('square'), [1, 2, 3, 4, 5, 6])
    const first = results.next()
    await eventually('it comes', async () => (await gate.come).length === 1 || undefined)
    const closed = pool.close()
    await assert.rejects(pool.apply(named('square'), [1]), { code: 'SHUTTING_DOWN', delivery: 'not-sent' })
    await gate.open()
    await within('it ends', running)
    await within('it is closed', closed)
    assert.deepEqual(pool.pids, [])
    const read = [(await first).value]
    await assert.rejects(
      async () => {
        for await (const result of results) read.push(result)
      },
      { code: 'SHUTTING_DOWN' },
    )
    assert.deepEqual(read, [1, 4, 9, 16])
    await pool.close()
  })

  it('ends at once when it is terminated', async () => {
    const gate = await manager.create(Gate)
    const pool = new Pool({ processes: 1 })
    const tasks = [1, 2].map(() => pool.apply(named('comeAndCompute'), [gate]))
    const settled = Promise.allSettled(tasks)
    await eventually('it comes', async () => (await gate.come).length === 1 || undefined)
    await within('it has ended', pool.terminate())
    assert.deepEqual(
      (await settled).map((outcome) => {
        assert.ok(outcome.status === 'rejected' && isManagerError(outcome.reason))
        return [outcome.reason.code, outcome.reason.delivery]
      }),
      [
        ['SHUTTING_DOWN', 'unknown'],
        ['SHUTTING_DOWN', 'not-sent'],
      ],
    )
    assert.deepEqual(pool.pids, [])
    await assert.rejects(pool.apply(named('square'), [1]), { code: 'SHUTTING_DOWN', message: /was terminated/ })
  })

  it("doesn't keep its program alive when idle, nor stay behind when its program is killed", async () => {
    const { code, lines } = await Program.run('./programs/pool.ts', import.meta.url)
    assert.deepEqual([code, lines], [0, ['4,9']])
    await using program = await Program.start('./programs/pool.ts', import.meta.url, { args: ['stay'] })
    await program.line('computing')
    program.kill('SIGKILL')
    await program.ending()
    await program.sandbox.assertEmptiesSoon()
  })
})
