import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { attach, isManagerError, Manager, refOf, release, type Remote, withOptions } from 'referent'
import { connectionPool } from '../../lib/proxy/connection-pool.ts'
import { formatReference, parseReference } from '../../lib/proxy/reference.ts'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Dam } from '../manager/dam.ts'
import { Keeper, Tally } from './keeper.ts'

leaveNothing()

describe('a proxy that this process is not attached to yet', { timeout: 60_000 }, () => {
  let home: Manager
  let keeper: Remote<Keeper>
  let elsewhere: Manager

  before(async () => {
    ;[home, elsewhere] = await Promise.all([Manager.start(), Manager.start()])
    keeper = await elsewhere.create(Keeper)
  })
  after(() => Promise.all([home.close(), elsewhere.close()]))

  /** Of a new tally at home, which the keeper holds; the answer to what attaches to it is yet to come. */
  async function pendingTally(): Promise<Remote<Tally>> {
    const tally = await home.create(Tally, 'spec')
    await keeper.keep(tally)
    release(tally)
    return (await keeper.kept()) as unknown as Remote<Tally>
  }

  it('makes its calls in the order in which they were made, whatever their options', async () => {
    const tally = await pendingTally()
    const { signal } = new AbortController()
    const hurried = withOptions(tally, { timeoutMs: 10_000, signal })
    const totals = Array.from({ length: 40 }, (_, at) => (at % 3 === 0 ? hurried : tally).add(1))
    assert.deepEqual(
      await within('the calls', Promise.all(totals)),
      totals.map((_, at) => at + 1),
    )
  })

  it('makes no call whose caller has given up by then', async () => {
    const tally = await pendingTally()
    const controller = new AbortController()
    const given = withOptions(tally, { signal: controller.signal }).add(1000)
    const kept = tally.add(1)
    controller.abort()
    await assert.rejects(given, { code: 'ABORTED', delivery: 'not-sent' })
    assert.equal(await kept, 1)
  })

  it('goes on with what was asked of it before it was released, and with nothing after that', async () => {
    const tally = await pendingTally()
    const sum = tally.add(2)
    const reference = refOf(tally)
    release(tally)
    await assert.rejects(tally.add(4), { code: 'RELEASED', delivery: 'not-sent' })
    assert.equal(await within('the call', sum), 2)
    const { id } = parseReference(reference)
    // It was pinned by this process for the keeper, by the keeper for this process, and by `refOf`.
    assert.equal((await find(id))?.pins, 3)
    await eventually('only the keeper holds it', async () => (await find(id))?.references === 1 || undefined)
    assert.equal(await (await attach<Tally>(reference)).total, 2)

    async function find(of: number) {
      return (await home.inspect()).referents.find((each) => each.id === of)
    }
  })

  it('is not the one that another reference to it, with the wrong capability, is for', async () => {
    const shape = { kind: 'object', typeid: 'Tally', members: [['total', 'get']] } as const
    const tally = await home.create(Tally, 'spec')
    const parts = parseReference(refOf(tally))
    const forged = connectionPool.open(formatReference({ ...parts, secret: 'forged' }), shape) as Remote<Tally>
    assert.notEqual(forged, tally)
    assert.equal(connectionPool.open(formatReference(parts), shape), tally)
    await assert.rejects(async () => forged.total, { code: 'AUTH_FAILED' })
    assert.equal(await tally.total, 0)

    // Also where the forged one comes first.
    const pending = await pendingTally()
    const reference = parseReference(refOf(pending))
    release(pending)
    const first = connectionPool.open(formatReference({ ...reference, secret: 'forged' }), shape) as Remote<Tally>
    const second = connectionPool.open(formatReference(reference), shape) as Remote<Tally>
    assert.notEqual(first, second)
    const outcomes = await Promise.allSettled([first.total, second.total])
    assert.deepEqual(
      outcomes.map((each) => (each.status === 'fulfilled' ? each.value : isManagerError(each.reason, 'AUTH_FAILED'))),
      [true, 0],
    )
    assert.equal(connectionPool.open(formatReference(reference), shape), second)
  })
})

describe('a proxy whose session was lost', { timeout: 60_000 }, () => {
  let manager: Manager

  before(async () => (manager = await Manager.start({ reconnectMs: 10_000 })))
  after(() => manager.close())

  async function connect() {
    const dam = await Dam.before(manager)
    const client = await Manager.connect(dam.address, { authkey: manager.authkey, reconnectMs: 10_000 })
    return {
      dam,
      client,
      [Symbol.asyncDispose]: async () => {
        await client.close()
        await dam[Symbol.asyncDispose]()
      },
    }
  }

  it('is the one that the next session brings, also before it is used again', async () => {
    await using line = await connect()
    const { client, dam } = line
    await manager.named('known', Tally, 'spec')
    const tally = await client.lookup<Tally>('known')
    const reopened = untilReopened(client)
    dam.cut()
    await within('the next session', reopened)
    assert.equal(await client.lookup<Tally>('known'), tally)
    assert.equal(await tally.total, 0)
    release(tally)
    const [referent] = (await manager.inspect()).referents.filter(({ name }) => name === 'known')
    await eventually('it is given back', async () => (await held(referent?.id)) === 1 || undefined)
    await manager.forget('known')
  })

  it('makes its calls in the order in which they were made, whatever their options', async () => {
    await using line = await connect()
    const { client, dam } = line
    await manager.named('ordered', Tally, 'spec')
    const tally = await client.lookup<Tally>('ordered')
    const hurried = withOptions(tally, { timeoutMs: 10_000 })
    const lost = untilLost(client)
    dam.cut()
    await within('the loss', lost)
    const totals = Array.from({ length: 40 }, (_, at) => (at % 3 === 0 ? hurried : tally).add(1))
    assert.deepEqual(
      await within('the calls', Promise.all(totals)),
      totals.map((_, at) => at + 1),
    )
    await manager.forget('ordered')
  })

  it('keeps the session of a process that has references only, until it is released', async () => {
    await using dam = await Dam.before(manager)
    const [one, other] = await Promise.all(
      [await manager.named('one', Tally, 'spec'), await manager.named('other', Tally, 'spec')].map((tally) =>
        attach<Tally>(formatReference({ ...parseReference(refOf(tally)), address: dam.address })),
      ),
    )
    assert.ok(one !== undefined && other !== undefined)
    dam.cut()
    // Whichever session this goes by: the other proxy is not used by the next one yet when this is released.
    await eventually('it is opened anew', async () =>
      one.total.then(
        () => true,
        () => undefined,
      ),
    )
    release(one)
    await manager.inspect()
    assert.equal(await other.total, 0)
    release(other)
    await eventually('it closes', async () => (await manager.inspect()).sessions.length === 1 || undefined)
    await Promise.all([manager.forget('one'), manager.forget('other')])
  })

  async function held(id: number | undefined): Promise<number | undefined> {
    return (await manager.inspect()).referents.find((referent) => referent.id === id)?.references
  }
})

describe('a name that was given by a client and forgotten', { timeout: 60_000 }, () => {
  it('is given by it to no other server', async () => {
    await using manager = await Manager.start({ restart: 'on-failure' })
    const [forgotten, kept] = [
      await manager.named('forgotten', Tally, 'spec'),
      await manager.named('kept', Tally, 'spec'),
    ]
    await manager.forget('forgotten')
    const reopened = untilReopened(manager)
    process.kill(manager.pid, 'SIGKILL')
    await within('the next session', reopened)
    await assert.rejects(async () => forgotten.total, { code: 'REFERENT_GONE', delivery: 'not-sent' })
    assert.equal(await kept.total, 0)
    const names = (await manager.inspect()).referents.map(({ name }) => name)
    assert.deepEqual(names, ['kept'])
  })
})

function untilReopened(manager: Manager): Promise<void> {
  return untilSession(manager, 'reopened')
}

function untilLost(manager: Manager): Promise<void> {
  return untilSession(manager, 'lost')
}

function untilSession(manager: Manager, wanted: string): Promise<void> {
  return new Promise((resolve) => {
    manager.on('session', ({ state }) => {
      if (state === wanted) resolve()
    })
  })
}
