import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { attach, isProxy, Manager, ManagerError, refOf, release, SharedLock, SharedQueue } from 'referent'
import { parseReference } from '../../lib/proxy/reference.ts'
import { ClientSession } from '../../lib/proxy/client-session.ts'
import { Counter } from '../harness/counter.ts'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Desk, sitting } from './office.ts'

leaveNothing()

describe('inspectReferent', () => {
  it('shows what of it is exposed, its names and state, and who holds it by how many references', async () => {
    await using manager = await Manager.serve()
    await using second = await Manager.connect(manager.address, { authkey: manager.authkey })
    const desk = await manager.named('front', Desk)
    const same = await second.lookup<Desk>('front')
    const narrowed = await attach(refOf(same, { methods: ['rise'] }))
    const { id } = parseReference(refOf(desk))
    const { referent, sessions, members, ...rest } = await second.inspectReferent(id)
    const { ageMs, ...counts } = referent
    assert.ok(ageMs > 0)
    assert.deepEqual(counts, { id, typeid: 'Desk', references: 3, pins: 1, running: 0, queued: 0, name: 'front' })
    assert.deepEqual(sessions.length, 2)
    assert.deepEqual(
      sessions.toSorted((one, other) => one.count - other.count).map(({ count }) => count),
      [1, 2],
    )
    assert.deepEqual(
      members.toSorted((one, other) => (one.name < other.name ? -1 : 1)),
      [
        { name: 'drawers', kind: 'method', isStream: true },
        { name: 'height', kind: 'property', isWritable: true },
        { name: 'rise', kind: 'method' },
        { name: 'sit', kind: 'method' },
        { name: 'wood', kind: 'property' },
      ],
    )
    assert.deepEqual(rest, { names: ['front'], canSnapshot: true, calls: [], truncated: false })
    release(narrowed)
    await eventually('the narrowed reference is given back', async () => {
      const { sessions: left } = await manager.inspectReferent(id)
      return left.every(({ count }) => count === 1) || undefined
    })
  })

  it('shows its calls without an answer and what waits for its turn, also where they came by a narrowed reference', async () => {
    await using manager = await Manager.serve()
    const desk = await manager.create(Desk)
    const narrowed = await attach<Desk>(refOf(desk, { methods: ['sit', 'rise'] }))
    const calls = [desk.sit(), narrowed.sit()]
    const { id } = parseReference(refOf(desk))
    const detail = await eventually('both are there', async () => {
      const shown = await manager.inspectReferent(id)
      return shown.calls.length === 2 ? shown : undefined
    })
    assert.deepEqual(
      detail.calls.map(({ method, isWaiting }) => [method, isWaiting]),
      [
        ['sit', false],
        ['sit', true],
      ],
    )
    assert.equal(detail.referent.queued, 1)
    const { pending } = await manager.inspect()
    assert.deepEqual(
      pending.map((each) => [each.id, each.calls.length]),
      [[id, 2]],
    )
    for (const call of calls) {
      sitting.shift()?.()
      await call
    }
    assert.deepEqual((await manager.inspect()).pending, [])
  })

  it('shows who has a lock, and holds and pins nothing', async () => {
    await using manager = await Manager.start()
    const lock = await manager.create(SharedLock)
    const { id } = (await manager.inspect()).referents[0] ?? assert.fail('there is no referent')
    await lock.acquire()
    const { holders, referent } = await manager.inspectReferent(id)
    assert.deepEqual(
      holders?.map(({ session }) => session),
      ['s1'],
    )
    assert.deepEqual([referent.references, referent.pins], [1, 0])
    release(lock)
    await assert.rejects(manager.inspectReferent(id), { code: 'REFERENT_GONE' })
  })

  it('refuses what is no id, and options that are none', async () => {
    await using manager = await Manager.start()
    for (const id of ['1', undefined, {}]) await assert.rejects(manager.inspectReferent(id as number), TypeError)
    for (const id of [0, -1, 1.5]) await assert.rejects(manager.inspectReferent(id), RangeError)
    await assert.rejects(manager.inspectReferent(1, { server: 1 }), RangeError)
    await assert.rejects(manager.inspectReferent(1, { sever: 1 } as object), TypeError)
    await assert.rejects(manager.inspectSession(1 as unknown as string), TypeError)
    await assert.rejects(manager.proxyOf('1' as unknown as number), TypeError)
  })
})

describe('inspectSession', () => {
  it('shows what it holds, its calls without an answer, and its streams', async () => {
    await using manager = await Manager.serve()
    await using second = await Manager.connect(manager.address, { authkey: manager.authkey })
    const others = new Set((await manager.inspect()).sessions.map((session) => session.id))
    await using third = await Manager.connect(manager.address, { authkey: manager.authkey })
    const { sessions } = await manager.inspect()
    const { id } = sessions.find((session) => !others.has(session.id)) ?? assert.fail('there is no new session')
    const queue = await third.named<SharedQueue<number>>('letters', 'SharedQueue')
    const desk = await third.create(Desk)
    const drawers = desk.drawers()
    await drawers.next()
    const taking = queue.get()
    const detail = await eventually('it waits', async () => {
      const shown = await second.inspectSession(id)
      return shown.calls.length === 1 ? shown : undefined
    })
    assert.deepEqual(
      detail.holds.map(({ typeid, name, count }) => [typeid, name, count]),
      [
        ['SharedQueue', 'letters', 1],
        ['Desk', undefined, 1],
      ],
    )
    const [{ method, typeid, name, ageMs } = assert.fail('there is no call')] = detail.calls
    assert.deepEqual([typeid, name, method], ['SharedQueue', 'letters', 'get'])
    assert.ok(ageMs >= 0)
    const [stream = assert.fail('there is no stream')] = detail.streams
    assert.deepEqual([stream.direction, stream.typeid, stream.method], ['out', 'Desk', 'drawers'])
    assert.ok(stream.items >= 32 && stream.ageMs > 0)
    assert.deepEqual([detail.session.id, detail.session.streams, detail.session.pending], [id, 1, 1])
    await queue.put(1)
    await taking
    await drawers.return(undefined)
    await third.close()
    await eventually('it is over', async () => {
      const told = await manager.inspectSession(id).catch((error: unknown) => error)
      return told instanceof Error || undefined
    })
    await assert.rejects(manager.inspectSession(id), { code: 'UNKNOWN_NAME' })
  })
})

describe('proxyOf', () => {
  it('gives a proxy of what another made, which holds it from then on', async () => {
    await using manager = await Manager.start()
    await using second = await Manager.connect(manager.address, { authkey: manager.authkey })
    const counter = await manager.create(Counter, 7)
    const { id } = (await second.inspect({ find: 'count' })).referents[0] ?? assert.fail('there is no referent')
    const proxy = await second.proxyOf<Counter>(id)
    assert.ok(isProxy(proxy))
    assert.equal(await proxy.increment(), 8)
    release(counter)
    assert.equal(await proxy.value, 8)
    release(proxy)
    await assert.rejects(second.proxyOf(id), { code: 'REFERENT_GONE' })
  })
})

describe('inspect with find', () => {
  it('lists the referents whose typeid, names or id contain the text, however it is written', async () => {
    await using manager = await Manager.start()
    const counter = await manager.create(Counter)
    await manager.named('Main queue', SharedQueue)
    await manager.named('door', SharedLock)
    const found = async (find: string): Promise<readonly string[]> => {
      const { referents, totals, truncated } = await manager.inspect({ find })
      assert.deepEqual([totals.referents, truncated], [3, false])
      return referents.map(({ typeid }) => typeid)
    }
    assert.deepEqual(await found('COUNT'), ['Counter'])
    assert.deepEqual(await found('main q'), ['SharedQueue'])
    assert.deepEqual(await found('shared'), ['SharedQueue', 'SharedLock'])
    const { id } = parseReference(refOf(counter))
    assert.ok((await found(String(id))).includes('Counter'))
    assert.deepEqual(await found('nothing like that'), [])
    assert.equal((await manager.inspect({ find: 'shared', limit: 1 })).truncated, true)
    await assert.rejects(manager.inspect({ find: 1 } as object), TypeError)
  })
})

describe('a server of an earlier version', () => {
  it('is told of as such', async (test) => {
    await using manager = await Manager.start()
    test.mock.method(ClientSession.prototype, 'ask', async (operation: string) => {
      throw new ManagerError('NOT_EXPOSED', `a server has no operation '${operation}'`)
    })
    await assert.rejects(manager.inspectReferent(1), { code: 'PROTOCOL', message: /another version/ })
    await assert.rejects(manager.inspectSession('s1'), { code: 'PROTOCOL' })
    await assert.rejects(manager.proxyOf(1), { code: 'PROTOCOL' })
    test.mock.restoreAll()
  })
})
