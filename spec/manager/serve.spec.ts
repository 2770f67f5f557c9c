import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { callMethod, isProxy, Manager, type Remote } from 'referent'
import { Counter } from '../harness/counter.ts'
import { within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Program } from '../harness/program.ts'

leaveNothing()

describe('a manager that serves in its own process', () => {
  it('hosts here: its objects are of this process, and it calls them through proxies like everybody', async () => {
    class Local extends Manager {}
    const made: Counter[] = []
    Local.register('LocalCounter', () => (made[0] ??= new Counter(5)))
    await using manager = await Local.serve()
    const counter = await manager.create<Counter>('LocalCounter')
    assert.ok(isProxy(counter) && counter !== (made[0] as unknown))
    assert.equal(await counter.increment(2), 7)
    assert.equal(made[0]?.value, 7)
    assert.equal(manager.pid, process.pid)
    await assert.rejects(callMethod(counter, 'constructor'), { code: 'NOT_EXPOSED' })
  })

  it('serves other programs until one of them shuts it down', async () => {
    class Desk extends Manager {}
    const counter = new Counter()
    Desk.register('Desk', () => counter)
    const manager = await Desk.serve({ address: `unix:${join(tmpdir(), 'desk')}`, authkey: 'of the desk' })
    const served = manager.join()
    const { code, lines, stderr } = await Program.run('./programs/desk-visitor.ts', import.meta.url, {
      args: [manager.address, 'of the desk'],
    })
    assert.deepEqual([code, lines, stderr], [0, [`served by ${process.pid}`, 'shut down'], ''])
    assert.equal(counter.value, 1)
    await within('the server ends', served)
    await assert.rejects(manager.create('Desk'), { code: 'SESSION_LOST' })
    await manager.close()
  })

  it('lets go of its address when it is closed, and rejects what is pending', async () => {
    const address = `unix:${join(tmpdir(), 'pending')}`
    const manager = await Manager.serve({ address })
    const pending: Promise<unknown> = (await manager.create(Counter)).wait()
    const lost = assert.rejects(pending, { code: 'SESSION_LOST', delivery: 'unknown' })
    await manager.close()
    await lost
    await (await Manager.serve({ address })).close()
  })

  for (const [how, code] of Object.entries({ 'has nothing left to do': 0, exits: 0, throws: 1 })) {
    it(`leaves nothing at its addresses where the program ${how}`, async () => {
      const ending = await Program.run('./programs/serves.ts', import.meta.url, { args: [how] })
      assert.deepEqual([ending.code, ending.lines], [code, ['serves']])
    })
  }

  it('has two servers beside each other in one process', async () => {
    await using one = await Manager.serve()
    await using other = await Manager.serve()
    const [first, second]: Remote<Counter>[] = await Promise.all([one.create(Counter, 1), other.create(Counter, 2)])
    assert.deepEqual([await first?.value, await second?.value], [1, 2])
    assert.notEqual(one.address, other.address)
  })
})
