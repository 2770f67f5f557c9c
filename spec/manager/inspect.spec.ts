import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { describe, it } from 'node:test'
import { attach, callMethod, Manager, refOf, release, SharedLock } from 'referent'
import { ObjectTable } from '../../lib/host/object-table.ts'
import { inspectionOf } from '../../lib/manager/inspection.ts'
import { parseReference } from '../../lib/proxy/reference.ts'
import { firstOf } from '../../lib/server/told.ts'
import { Counter } from '../harness/counter.ts'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'

leaveNothing()

describe('inspect', () => {
  it('shows referents with their references and pins, and sessions with the pids at their other ends', async () => {
    await using manager = await Manager.start({ pinMs: 300 })
    const counter = await manager.create(Counter)
    const { id, serverId } = parseReference(refOf(counter))
    const { servers, sessions, ...shown } = await manager.inspect()
    const { ageMs, ...session } = sessions[0] ?? assert.fail('there is no session')
    assert.ok(ageMs >= 0 && ageMs <= shown.uptimeMs)
    const counts = { holds: 1, streams: 0, pending: 0, calls: 0, errors: 0 }
    assert.deepEqual(session, { id: 's1', pid: process.pid, authority: 'all', quietMs: 0, ...counts })
    const [referent = assert.fail('there is no referent')] = shown.referents
    assert.ok(referent.ageMs >= 0 && referent.ageMs <= ageMs)
    assert.deepEqual(shown, {
      serverId,
      pid: manager.pid,
      host: hostname(),
      uptimeMs: shown.uptimeMs,
      referents: [{ id, typeid: 'Counter', ageMs: referent.ageMs, references: 1, pins: 1, running: 0 }],
      types: [{ typeid: 'Counter', count: 1 }],
      pending: [],
      totals: { referents: 1, sessions: 1, calls: 0, errors: 0, pending: 0 },
      truncated: false,
    })
    assert.deepEqual(servers, [{ ...shown, sessions }])
    await eventually('the pin ends', async () => (await manager.inspect()).referents[0]?.pins === 0 || undefined)
    assert.equal(await counter.increment(), 1)
    release(counter)
    assert.deepEqual((await manager.inspect()).referents, [])
  })

  it('names no secret', async () => {
    await using manager = await Manager.start({ authkey: 'a secret of the spec' })
    const { secret } = parseReference(refOf(await manager.create(Counter)))
    const text = JSON.stringify(await manager.inspect())
    assert.ok(!text.includes(secret) && !text.includes('a secret of the spec'))
  })

  it('shows that a client that ended holds nothing any more, and that what others hold stays', async () => {
    await using manager = await Manager.start()
    const mine = await manager.create(Counter, 7)
    const second = await Manager.connect(manager.address, { authkey: manager.authkey })
    const { id } = parseReference(refOf(mine))
    await second.create(Counter)
    const both = await manager.inspect()
    assert.deepEqual([both.referents.length, both.sessions.length], [2, 2])
    await second.close()
    const alone = await eventually('the session ends', async () => {
      const inspection = await manager.inspect()
      return inspection.sessions.length === 1 ? inspection : undefined
    })
    const [{ ageMs, ...left } = assert.fail('there is no referent'), ...others] = alone.referents
    assert.deepEqual([left, others], [{ id, typeid: 'Counter', references: 1, pins: 1, running: 0 }, []])
    assert.ok(ageMs > 0)
    assert.equal(await mine.value, 7)
  })

  it('counts calls and those that failed, also of sessions that are over, and not what is asked of the server itself', async () => {
    await using manager = await Manager.start()
    const second = await Manager.connect(manager.address, { authkey: manager.authkey })
    const counter = await second.create(Counter)
    for (let call = 0; call < 3; call++) await counter.increment()
    await assert.rejects(callMethod(counter, 'nothing'), { code: 'NOT_EXPOSED' })
    await assert.rejects(second.lookup('nobody'), { code: 'UNKNOWN_NAME' })
    const { totals, sessions } = await manager.inspect()
    assert.deepEqual([totals.calls, totals.errors], [4, 1])
    assert.deepEqual(
      sessions.map(({ calls, errors }) => [calls, errors]),
      [
        [0, 0],
        [4, 1],
      ],
    )
    await second.close()
    await eventually('the session ends', async () => (await manager.inspect()).sessions.length === 1 || undefined)
    const { calls, errors } = (await manager.inspect()).totals
    assert.deepEqual([calls, errors], [4, 1])
  })

  it('shows who waits for a lock and since when, and who has it', async () => {
    await using manager = await Manager.start()
    await using second = await Manager.connect(manager.address, { authkey: manager.authkey })
    const lock = await manager.named('door', SharedLock)
    await lock.acquire()
    const waiting = (await second.lookup<SharedLock>('door')).acquire()
    const { pending, totals } = await eventually('the other one waits', async () => {
      const inspection = await manager.inspect()
      return inspection.pending.length > 0 ? inspection : undefined
    })
    const [{ calls, holders, ...rest } = assert.fail('nothing is pending')] = pending
    const { id } = parseReference(refOf(lock))
    assert.deepEqual(rest, { id, typeid: 'SharedLock', name: 'door' })
    assert.deepEqual(
      calls.map(({ session, method, isWaiting }) => [session, method, isWaiting]),
      [['s2', 'acquire', false]],
    )
    assert.deepEqual(
      holders?.map(({ session }) => session),
      ['s1'],
    )
    assert.ok((calls[0]?.ageMs ?? -1) >= 0 && (holders[0]?.ageMs ?? -1) >= (calls[0]?.ageMs ?? 0))
    assert.equal(totals.pending, 1)
    await lock.release()
    await waiting
    assert.deepEqual((await manager.inspect()).pending, [])
  })

  it('lists so many at most, named ones first, but counts all', async () => {
    await using manager = await Manager.start()
    const counters = await Promise.all(Array.from({ length: 20 }, () => manager.create(Counter)))
    await manager.named('the last', Counter)
    const { referents, types, totals, truncated } = await manager.inspect({ limit: 3 })
    assert.deepEqual([referents.length, referents[0]?.name, totals.referents, truncated], [3, 'the last', 21, true])
    assert.deepEqual(types, [{ typeid: 'Counter', count: 21 }])
    const none = await manager.inspect({ limit: 0 })
    assert.deepEqual([none.referents, none.sessions, none.types, none.pending], [[], [], [], []])
    assert.equal((await manager.inspect()).truncated, false)
    for (const counter of counters) release(counter)
    assert.equal((await manager.inspect()).types[0]?.count, 1)
    for (const [options, error] of [
      [{ limit: -1 }, RangeError],
      [{ load: 1 }, TypeError],
      [{ lod: true }, TypeError],
    ] as const)
      await assert.rejects(manager.inspect(options as object), error)
  })

  it('takes no more for many referents than for as many as are listed', async () => {
    const table = new ObjectTable({ capability: () => '', pinMs: 1000 })
    const type = { kind: 'object', typeid: 'Thing', members: new Map(), hosting: {} } as const
    for (let made = 0; made < 200_000; made++) table.host({}, type)
    for (let made = 0; made < 200_000; made++) table.name(table.host({}, type), `thing ${made}`)
    const start = process.cpuUsage()
    assert.equal(firstOf(table.inOrder(), 10_000).list.length, 10_000)
    assert.deepEqual([...table.counts.values()], [400_000])
    for (let looks = 0; looks < 100; looks++) assert.equal(firstOf(table.inOrder(), 10).list.length, 10)
    // Each look at all of them takes longer than that.
    const { user, system } = process.cpuUsage(start)
    assert.ok((user + system) / 1000 < 500)
  })

  it('measures how long calls take and how late the event loop is, for as long as somebody looks', async () => {
    await using manager = await Manager.start()
    const counter = await manager.create(Counter)
    await counter.increment()
    const before = (await manager.inspect({ load: true })).servers[0]?.load ?? assert.fail('there is no load')
    assert.equal(before.latency.count, 0)
    for (let call = 0; call < 50; call++) await counter.increment()
    const { latency, rssBytes, heapUsedBytes, cpuMs } =
      (await manager.inspect({ load: true })).servers[0]?.load ?? assert.fail('there is no load')
    assert.equal(latency.count, 50)
    assert.ok(latency.p50Ms > 0 && latency.p50Ms <= latency.p99Ms && latency.p99Ms <= latency.maxMs * 1.01)
    assert.ok(rssBytes > heapUsedBytes && heapUsedBytes > 1e6 && cpuMs > 1)
    assert.equal((await manager.inspect()).servers[0]?.load, undefined)
  })

  it('counts a session that holds a referent once, however often it came', async () => {
    await using manager = await Manager.start()
    const counter = await manager.create(Counter)
    const same = await attach<Counter>(refOf(counter))
    assert.equal(same, counter)
    assert.equal((await manager.inspect()).referents[0]?.references, 1)
    release(same)
    await assert.rejects(counter.increment(), { code: 'RELEASED', delivery: 'not-sent' })
    assert.equal((await manager.inspect()).referents[0]?.references, 0)
  })

  it('says that a server of another version has answered, whose answer lacks a part', async () => {
    await using manager = await Manager.start()
    const { servers } = await manager.inspect()
    const part = servers[0] ?? assert.fail('there is no server')
    assert.equal(inspectionOf(part), part)
    for (const lacks of ['referents', 'types', 'sessions', 'pending', 'totals'])
      assert.throws(() => inspectionOf({ ...part, [lacks]: undefined }), { code: 'PROTOCOL' })
    for (const answer of [undefined, null, 'all is well'])
      assert.throws(() => inspectionOf(answer), { code: 'PROTOCOL' })
  })
})
