import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager, SharedMap, type SyncCreators, SyncManager, typeidOf } from 'referent'
import { leaveNothing } from '../harness/leave-nothing.ts'

describe('SyncManager', { timeout: 60_000 }, () => {
  let manager: SyncManager

  before(async () => void (manager = await SyncManager.start()))
  after(() => manager.close())
  leaveNothing()

  it('creates each of the ready-made types', async () => {
    const made: { readonly [Name in keyof SyncCreators]: Promise<object> } = {
      List: manager.List([1, 2]),
      Map: manager.Map([['a', 1]]),
      Set: manager.Set(['a']),
      Array: manager.Array('Int32Array', 4),
      Namespace: manager.Namespace({ level: 1 }),
      Value: manager.Value(1),
      Queue: manager.Queue(2),
      LifoQueue: manager.LifoQueue(),
      PriorityQueue: manager.PriorityQueue(),
      JoinableQueue: manager.JoinableQueue(),
      Lock: manager.Lock(),
      RLock: manager.RLock(),
      Semaphore: manager.Semaphore(2),
      BoundedSemaphore: manager.BoundedSemaphore(2),
      RWLock: manager.RWLock({ name: 'index' }),
      Condition: manager.Condition(await manager.Lock()),
      Event: manager.Event(),
      Barrier: manager.Barrier(2),
      Pool: manager.Pool({ processes: 1 }),
    }
    for (const [name, proxy] of Object.entries(made)) assert.equal(typeidOf(await proxy), `Shared${name}`)
  })

  it('types what they hold', async () => {
    const map = await manager.Map([['a', 1]])
    const one: number | undefined = await map.get('a')
    const sum: number = await map.increment('a', 2)
    const list = await manager.List<{ readonly name: string }>()
    await list.push({ name: 'Ada' })
    const names = (await list.toArray()).map(({ name }) => name)
    const namespace = await manager.Namespace({ level: 1 })
    const level: number = await namespace.level
    const text: string = await (await manager.Lock()).run(() => 'locked')
    const length: number = await (await manager.RWLock()).runRead(async () => text.length)
    assert.equal(length, 6)
    assert.deepEqual([one, sum, names, level], [1, 3, ['Ada'], 1])
  })

  it('is extended as a Manager is', async () => {
    class Extended extends SyncManager {}
    Extended.register('Started', () => ({ at: () => 'now' }), { exposed: 'public', module: import.meta.url })
    assert.ok(new Extended() instanceof SyncManager)
    assert.equal(SyncManager.registry().get('Started'), undefined)
  })

  it('has nothing that other managers lack but its creators', async () => {
    const other = await Manager.connect(manager.address, { authkey: manager.authkey })
    const map = await other.create(SharedMap<string, number>)
    assert.equal(await map.increment('visits'), 1)
    await other.close()
  })
})
