import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import {
  lostSignal,
  Manager,
  type ManagerEvents,
  refOf,
  release,
  type Remote,
  SharedCondition,
  SharedLock,
  SyncManager,
} from 'referent'
import { Caller } from '../harness/caller.ts'
import { Counter } from '../harness/counter.ts'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { type Equal, expectTypes } from '../types.ts'
import { fail, startHere } from './initializers.ts'
import { Outpost } from './outpost.ts'

leaveNothing()

const Outposts = Manager.with({ Outpost })

describe('a manager of several servers', { timeout: 120_000 }, () => {
  let manager: InstanceType<typeof Outposts>
  let pids: readonly number[]
  before(async () => {
    manager = await Outposts.start({ servers: 3 })
    pids = await pidsOf(manager)
  })
  after(() => manager.close())

  const on = (server: number): Promise<Remote<Outpost>> => manager.withOptions({ on: server }).create(Outpost)

  it('has a process for each', () => {
    assert.equal(new Set([process.pid, ...pids]).size, 4)
    assert.equal(manager.pid, pids[0])
  })

  it('creates where this program holds the fewest, of those that are alike at the first', async () => {
    const made: Remote<Outpost>[] = []
    for (let round = 0; round < 6; round++) made.push(await manager.create(Outpost))
    assert.deepEqual(await pidsOfAll(made), [...pids, ...pids])
    for (const index of [1, 4]) release(made[index] ?? assert.fail())
    const next = [await manager.Outpost(), await manager.create<Outpost>('Outpost')]
    assert.deepEqual(await pidsOfAll(next), [pids[1], pids[1]])
    for (const outpost of [...made, ...next]) release(outpost)
  })

  it('counts what is being made, too', async () => {
    const made = await Promise.all(Array.from({ length: 6 }, () => manager.create(Outpost)))
    assert.deepEqual(sorted(await pidsOfAll(made)), sorted([...pids, ...pids]))
    await assert.rejects(manager.create('NoSuchClass'), { code: 'UNKNOWN_TYPEID' })
    for (const outpost of made) release(outpost)
    const next = [await manager.create(Outpost), await manager.create(Outpost), await manager.create(Outpost)]
    assert.deepEqual(await pidsOfAll(next), pids)
    for (const outpost of next) release(outpost)
  })

  it('creates on the server that it is told, by its index or beside a proxy', async () => {
    const last = await on(2)
    const beside = await manager.withOptions({ on: last }).Outpost()
    const other = await manager.withOptions({ on: 0 }).create<Outpost>('Outpost')
    assert.deepEqual(await pidsOfAll([last, beside, other]), [pids[2], pids[2], pids[0]])
  })

  it('bounds what it creates by the other options', async () => {
    const hurried = manager.withOptions({ on: 1, signal: AbortSignal.abort() })
    await assert.rejects(hurried.create(Outpost), { code: 'ABORTED', delivery: 'not-sent' })
  })

  it('refuses to create where no server is', async () => {
    await using other = await Manager.serve()
    const elsewhere = await other.create(Counter)
    const local = await (await on(0)).call(() => new Counter())
    const refused: readonly [on: unknown, name: string, message: RegExp][] = [
      [3, 'RangeError', /there is no server 3: this manager has 3, from 0/],
      [-1, 'RangeError', /manager.withOptions: on is -1; it must be a whole number, 0 or more/],
      ['1', 'TypeError', /on is '1'; it must be the index of a server, or a proxy of what is there/],
      [local, 'TypeError', /on is an object of the class Counter; it must be the index/],
      [elsewhere, 'TypeError', /the proxy to create beside is of no referent of this manager's servers/],
    ]
    for (const [place, name, message] of refused)
      assert.throws(() => manager.withOptions({ on: place } as never), { name, message })
    assert.throws(
      () => manager.withOptions({ in: 1 } as never),
      /manager.withOptions has no option 'in': did you mean on\?/,
    )
    assert.throws(() => new Manager().withOptions({ on: 0 }), { code: 'NOT_STARTED' })
    assert.equal(await (await other.withOptions({ on: 0 }).create(Counter, 5)).value, 5)
  })

  it('has the creators, and nothing else, with options', () => {
    expectTypes<[Equal<keyof ReturnType<typeof withOptions>, 'create' | 'Outpost'>]>()
  })

  it('passes proxies from one server to another, which calls them and gives them back', async () => {
    const [first, second] = [await on(0), await on(1)]
    await first.keep(second)
    await second.keep(first)
    assert.deepEqual([await first.pidOfKept(), await second.pidOfKept()], [pids[1], pids[0]])
    assert.equal(await first.kept(), second)
    assert.equal(await second.kept(), first)
    await second.keep((await first.kept()) as Remote<Outpost>)
    assert.equal(await second.keepsItself(), true)
    await Promise.all([first.keep(first), second.keep(second)])
  })

  it('carries callbacks through as many servers as there are', async () => {
    const [first, second] = [await on(0), await on(1)]
    const heard: number[] = []
    const hear = (pid: number): number => heard.push(pid)
    assert.deepEqual([await first.callBy(second, hear), await second.callBy(first, hear)], [1, 2])
    assert.deepEqual(heard, [pids[1], pids[0]])
  })

  it('makes a condition beside its lock, not elsewhere', async () => {
    const lock = await manager.withOptions({ on: 2 }).create(SharedLock)
    const message = /of the same server; of several, name it: manager.withOptions\({ on: lock }\)/
    await assert.rejects(manager.withOptions({ on: 1 }).create(SharedCondition, lock), { name: 'TypeError', message })
    const condition = await manager.withOptions({ on: lock }).create(SharedCondition, lock)
    assert.equal(await condition.run(() => lock.isLocked), true)
  })

  it('has each name on one server, the same for all who have its address', async () => {
    await using other = await Manager.connect(manager.address, { authkey: manager.authkey })
    const names = Array.from({ length: 12 }, (_, index) => `name ${index}`)
    const made = await Promise.all(names.map((name) => manager.named(name, Outpost)))
    assert.deepEqual(new Set(await pidsOfAll(made)), new Set(pids))
    const found = await Promise.all(names.map((name) => other.lookup<Outpost>(name)))
    assert.deepEqual(await pidsOfAll(found), await pidsOfAll(made))
    for (const name of names) assert.equal(await manager.named(name, Outpost), await manager.lookup(name))
    await Promise.all(names.map((name) => other.forget(name)))
    await assert.rejects(manager.lookup('name 0'), { code: 'UNKNOWN_NAME' })
  })

  it('is all there for other programs, which create by what they hold themselves', async () => {
    const addresses = manager.address.split(',')
    assert.equal(new Set(addresses).size, 3)
    await using other = await Outposts.connect(manager.address, { authkey: manager.authkey })
    const made = [await other.Outpost(), await other.Outpost(), await other.Outpost()]
    assert.deepEqual(await pidsOfAll(made), pids)
    assert.equal(await (await other.withOptions({ on: 2 }).Outpost()).pid, pids[2])
    const [first, ...rest] = addresses
    const wrong = [first, 'unix:/no/such/socket', ...rest].join(',')
    await assert.rejects(Manager.connect(wrong, { authkey: manager.authkey }), { code: 'CONNECT_FAILED' })
    await eventually('the others are closed', async () => (await sessionsOf(manager)) === 6 || undefined)
  })

  it('shows all that its servers hold, and the part of each', async () => {
    await using quiet = await Manager.start({ servers: 2 })
    const made = [await quiet.create(Counter), await quiet.create(Outpost)]
    const { servers, serverId, pid, referents, sessions, types, totals } = await quiet.inspect()
    assert.deepEqual(
      servers.map((part) => part?.referents.map(({ typeid }) => typeid)),
      [['Counter'], ['Outpost']],
    )
    const [first, second] = servers
    assert.ok(first !== undefined && second !== undefined && first.serverId !== second.serverId)
    assert.deepEqual([serverId, pid], [first.serverId, quiet.pid])
    assert.deepEqual(referents, [...first.referents, ...second.referents])
    assert.deepEqual(sessions, [...first.sessions, ...second.sessions])
    assert.deepEqual(types, [
      { typeid: 'Counter', count: 1 },
      { typeid: 'Outpost', count: 1 },
    ])
    assert.deepEqual([totals.referents, totals.sessions], [2, 2])
    for (const proxy of made) release(proxy)
    assert.deepEqual((await quiet.inspect()).referents, [])
  })

  it('shows one of its servers alone, also where another is blocked', async () => {
    const [, stopped = 0, shown] = pids
    process.kill(stopped, 'SIGSTOP')
    try {
      const { pid, servers } = await within('the inspection', manager.inspect({ server: 2 }))
      assert.equal(pid, shown)
      assert.deepEqual(
        servers.map((part) => part?.pid),
        [undefined, undefined, shown],
      )
      await assert.rejects(manager.inspect({ timeoutMs: 50 }), { code: 'TIMEOUT' })
    } finally {
      process.kill(stopped, 'SIGCONT')
    }
    await assert.rejects(manager.inspect({ server: 3 }), RangeError)
    await assert.rejects(manager.inspect({ server: '1' as never }), TypeError)
  })

  it('computes in all of them at the same time', async (test) => {
    const folder = await freshFolder(test)
    const meeting = async (
      one: Remote<Outpost>,
      other: Remote<Outpost>,
      name: string,
      ms: number,
    ): Promise<boolean[]> =>
      Promise.all([one.meet(folder, `${name}1`, `${name}2`, ms), other.meet(folder, `${name}2`, `${name}1`, ms)])
    assert.deepEqual(await meeting(await on(0), await on(1), 'apart', 10_000), [true, true])
    assert.deepEqual(await meeting(await on(0), await on(0), 'together', 100), [false, true])
  })

  function withOptions() {
    return manager.withOptions({ on: 0 })
  }
})

describe('one of several servers', { timeout: 120_000 }, () => {
  it('takes with it what is there, and nothing else', async () => {
    await using manager = await SyncManager.start({ servers: 3 })
    const pids = await pidsOf(manager)
    const [first, killed, last] = await Promise.all([0, 1, 2].map((server) => outpostOn(manager, server)))
    assert.ok(first !== undefined && killed !== undefined && last !== undefined)
    await first.keep(killed)
    assert.equal(await first.pidOfKept(), pids[1])
    const caller = new Caller()
    const called = last.call(caller.callback)
    await caller.called
    const [gone, waiting] = [
      lostSignal(killed),
      assert.rejects(killed.wait(), { code: 'SESSION_LOST', delivery: 'unknown' }),
    ]
    const [exited, lost] = [once(manager, 'exit'), once(manager, 'session')] as [
      Promise<ManagerEvents['exit']>,
      Promise<ManagerEvents['session']>,
    ]
    process.kill(pids[1] ?? 0, 'SIGKILL')
    await within('the call', waiting)
    const [{ server, signal, willRestart }] = await within('the end', exited)
    assert.deepEqual([server, signal, willRestart], [1, 'SIGKILL', false])
    const [session] = await within('the loss', lost)
    assert.deepEqual([session.state, session.server], ['lost', 1])
    await eventually('the signal aborts', () => gone.aborted || undefined)
    await assert.rejects(killed.pid, { code: 'SESSION_LOST', delivery: 'not-sent' })
    await assert.rejects(within('the call from another server', first.pidOfKept()), { code: 'SESSION_LOST' })
    await assert.rejects(outpostOn(manager, 1), { code: 'SESSION_LOST' })

    assert.deepEqual(await pidsOfAll([first, last]), [pids[0], pids[2]])
    caller.answer('still there')
    assert.equal(await called, 'still there')
    const next = await Promise.all(Array.from({ length: 4 }, () => manager.create(Outpost)))
    assert.deepEqual(new Set(await pidsOfAll(next)), new Set([pids[0], pids[2]]))
    assert.deepEqual(await pidsOf(manager), [pids[0], undefined, pids[2]])

    process.kill(pids[0] ?? 0, 'SIGKILL')
    await within('the second end', once(manager, 'exit'))
    const told: string[] = []
    manager.once('exit', () => told.push('the last has ended'))
    const joined = manager.join().then(() => told.push('joined'))
    assert.equal((await within('the inspection', manager.inspect())).pid, pids[2])
    process.kill(pids[2] ?? 0, 'SIGKILL')
    await within('the last end', joined)
    assert.deepEqual(told, ['the last has ended', 'joined'])
    await assert.rejects(manager.inspect(), { code: 'SESSION_LOST' })
    await assert.rejects(manager.create(Outpost), { code: 'SESSION_LOST' })
  })

  it("with restart: 'on-failure', comes back alone, at its address, for what is created next", async () => {
    await using manager = await Manager.start({ servers: 2, restart: 'on-failure' })
    const { address } = manager
    const pids = await pidsOf(manager)
    const [stays, goes] = [await outpostOn(manager, 0), await outpostOn(manager, 1)]
    await stays.keep(goes)
    assert.equal(await stays.pidOfKept(), pids[1])
    const restarted = once(manager, 'restart') as Promise<ManagerEvents['restart']>
    process.kill(pids[1] ?? 0, 'SIGKILL')
    const [{ server, pid }] = await within('the restart', restarted)
    assert.equal(server, 1)
    await assert.rejects(within('the call', goes.pid), { code: 'REFERENT_GONE', delivery: 'not-sent' })
    await assert.rejects(within('the call from the other server', stays.pidOfKept()), { code: 'REFERENT_GONE' })
    const beside = await manager.withOptions({ on: goes }).create(Outpost)
    assert.equal(await beside.pid, pid)
    assert.deepEqual(await pidsOf(manager), [pids[0], pid])
    assert.equal(manager.address, address)
    assert.equal(await stays.pid, pids[0])
    release(beside)
    assert.equal(await (await manager.create(Outpost)).pid, pid)
  })

  it('opens what is attached to by a reference over the session of the manager', async () => {
    await using manager = await Manager.start({ servers: 2 })
    const far = await outpostOn(manager, 1)
    const near = await outpostOn(manager, 0)
    await near.keep(far)
    assert.equal(await near.kept(), far)
    assert.equal(await near.pidOfKept(), await far.pid)
    assert.match(refOf(far), new RegExp(encodeURIComponent(manager.address.split(',')[1] ?? '')))
    assert.equal((await manager.inspect()).servers[1]?.sessions.length, 2)
  })
})

describe('the start and end of several servers', { timeout: 120_000 }, () => {
  it('listen at the addresses that are given, of which there is one for each', async (test) => {
    const folder = await freshFolder(test)
    const address = `unix:${join(folder, 'a')},unix:${join(folder, 'b')}`
    await using manager = await Manager.start({ servers: 2, address })
    assert.equal(manager.address, address)
    const explained = (given: number, servers: number): object => ({
      name: 'TypeError',
      message: new RegExp(`is for ${given} of ${servers} servers; give one for each, with commas between them`),
    })
    await assert.rejects(Manager.start({ servers: 3, address }), explained(2, 3))
    await assert.rejects(Manager.start({ address }), explained(2, 1))
    await assert.rejects(Manager.serve({ address }), /are the addresses of several servers; give one/)
  })

  it('are refused where one fails, which ends the others', async (test) => {
    const folder = await freshFolder(test)
    await using other = await Manager.serve({ address: `unix:${join(folder, 'taken')}` })
    const manager = new Manager({ address: `unix:${join(folder, 'free')},${other.address}` })
    const exited = once(manager, 'exit')
    await assert.rejects(manager.start({ servers: 2 }), { code: 'START_FAILED' })
    await within('the end of the other one', exited)
    await assert.rejects(startHere({ servers: 2, initializer: fail }), /the initializer 'fail' threw/)
  })

  it('have names and numbers that are checked', async () => {
    const refused = [0, 1.5, -1, 'cores']
    for (const servers of refused)
      await assert.rejects(
        Manager.start({ servers } as never),
        /Manager.start: servers is .*; it must be a whole number, 1 or more/,
      )
    await assert.rejects(Manager.serve({ servers: 2 } as never), /Manager.serve has no option 'servers'/)
  })

  it('are shut down by whomever, all of them', async () => {
    const manager = await Manager.start({ servers: 2 })
    const exits = new Promise<number[]>((resolve) => {
      const servers: number[] = []
      manager.on('exit', ({ server }) => servers.push(server) === 2 && resolve(sorted(servers)))
    })
    const other = await Manager.connect(manager.address, { authkey: manager.authkey })
    await within('the shutdown', other.shutdown())
    assert.deepEqual(await within('the ends', exits), [0, 1])
    await within('all is over', Promise.all([manager.join(), manager.close(), other.close()]))
  })
})

async function freshFolder(test: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'servers-'))
  test.after(() => rm(folder, { recursive: true }))
  return folder
}

function outpostOn(manager: Manager, server: number): Promise<Remote<Outpost>> {
  return manager.withOptions({ on: server }).create(Outpost)
}

async function pidsOf(manager: Manager): Promise<number[]> {
  return (await manager.inspect()).servers.map((part) => part?.pid) as number[]
}

function sorted(numbers: readonly number[]): number[] {
  return numbers.toSorted((one, other) => one - other)
}

async function pidsOfAll(outposts: readonly Remote<Outpost>[]): Promise<number[]> {
  return Promise.all(outposts.map((outpost) => outpost.pid))
}

/** Those of this process. */
async function sessionsOf(manager: Manager): Promise<number> {
  return (await manager.inspect()).sessions.filter(({ pid }) => pid === process.pid).length
}
