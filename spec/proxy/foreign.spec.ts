import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  assign,
  attach,
  callMethod,
  isProxy,
  Manager,
  refOf,
  release,
  type Remote,
  sameReferent,
  snapshot,
  withOptions,
} from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Keeper, Tally } from './keeper.ts'
import { startLender, startVisitor } from './visitors.ts'

leaveNothing()

describe('a proxy of another server', () => {
  let home: Manager
  let elsewhere: Manager
  let tally: Remote<Tally>
  let keeper: Remote<Keeper>

  before(async () => {
    ;[home, elsewhere] = await Promise.all([Manager.start(), Manager.start()])
    ;[tally, keeper] = await Promise.all([home.create(Tally, 'spec'), elsewhere.create(Keeper)])
    await keeper.keep(tally)
  })
  after(() => Promise.all([home.close(), elsewhere.close()]))

  it('is called from the server that it was passed to', async () => {
    const total = await tally.total
    assert.equal(await keeper.addToKept(2), total + 2)
    assert.equal(await tally.total, total + 2)
  })

  it('is the one that this process has already when it comes back', async () => {
    const [kept, again] = [await keeper.kept(), await keeper.kept()]
    assert.deepEqual([kept === tally, again === tally], [true, true])
  })

  it('is one object, however often it comes, where this process has no other; that gives back its own share only', async () => {
    const keeping = await elsewhere.create(Keeper)
    const made = await home.create(Tally, 'made')
    await keeping.keep(made)
    const reference = refOf(made)
    release(made)
    const [kept, again] = await Promise.all([keeping.kept(), keeping.kept()])
    assert.ok(kept !== undefined && kept === again)
    assert.equal(await kept.total, 0)
    assert.equal(await keeping.kept(), kept)
    const attached = await attach<Tally>(reference)
    assert.equal(attached, kept)
    release(kept)
    await assert.rejects(async () => kept.total, { code: 'RELEASED' })
    assert.equal(await (await keeping.kept())?.total, 0)
  })

  it('is of the same referent when it comes back', async () => {
    const kept = await keeper.kept()
    assert.ok(kept !== undefined && isProxy(kept) && kept instanceof Tally)
    assert.equal(sameReferent(kept, tally), true)
    assert.equal(sameReferent(kept, await home.create(Tally, 'other')), false)
    assert.equal(await kept.pid, home.pid)
    assert.equal((await attach<Tally>(refOf(kept))) === tally, true)
  })

  it('is the referent itself in its own server, whoever passes it', async () => {
    const homeKeeper = await home.create(Keeper)
    await homeKeeper.keep(tally)
    const kept = await keeper.kept()
    assert.equal(await homeKeeper.isKept(kept), true)
  })

  it('is used by a third process that got it from there', async () => {
    await assign(tally, { total: 1 })
    await using visitor = startVisitor(keeper)
    assert.equal(await visitor.join(), 0)
    assert.equal(await tally.total, 60)
    assert.deepEqual(await tally.takeNotes(), ['finished'])
  })

  it('keeps its referent, whose creator may let go', async () => {
    const own = await home.create(Tally, 'spec')
    const ownKeeper = await elsewhere.create(Keeper)
    await ownKeeper.keep(own)
    await ownKeeper.addToKept(3)
    release(own)
    assert.equal(await ownKeeper.addToKept(4), 7)
  })

  it('is called in the order of its calls, also before the server has attached to it', async () => {
    const own = await home.create(Tally, 'spec')
    const numbers = Array.from({ length: 50 }, (_, index) => index + 1)
    assert.deepEqual(await keeper.addOneByOne(own, 50), numbers)
  })

  it('rejects its calls where the server can not attach to it', async () => {
    const ended = await Manager.start()
    const lost = await ended.create(Tally, 'spec')
    await ended.close()
    await assert.rejects(within('the call ends', keeper.addOneByOne(lost, 2)), { code: 'CONNECT_FAILED' })
  })

  it('rejects its calls when its own server has ended', async () => {
    const ended = await Manager.start()
    const ownKeeper = await elsewhere.create(Keeper)
    await ownKeeper.keep(await ended.create(Tally, 'spec'))
    await ownKeeper.addToKept(1)
    await ended.close()
    await assert.rejects(within('the call ends', ownKeeper.addToKept(1)), { code: 'SESSION_LOST' })
  })
})

describe('a shared object that lives in a client', () => {
  let manager: Manager
  let second: Manager
  let keeper: Remote<Keeper>
  let tally: Tally

  before(async () => {
    manager = await Manager.start()
    second = await Manager.connect(manager.address, { authkey: manager.authkey })
    keeper = await manager.named('keeper', Keeper)
    tally = new Tally('spec')
    await keeper.keep(tally)
  })
  after(async () => {
    await second.close()
    await manager.close()
  })

  it('is called from the server', async () => {
    const { total } = tally
    assert.equal(await keeper.addToKept(2), total + 2)
    assert.equal(tally.total, total + 2)
  })

  it('comes home as itself', async () => assert.equal(await keeper.kept(), tally))

  it('is used by another process, through the server', async () => {
    tally.total = 1
    await using visitor = startVisitor(keeper)
    assert.equal(await visitor.join(), 0)
    assert.equal(tally.total, 60)
    assert.deepEqual(tally.takeNotes(), ['finished'])
  })

  it('is guarded by its own process: what it does not expose is refused to everybody', async () => {
    const kept = await keptBy(second)
    assert.ok(kept instanceof Tally)
    await assert.rejects(callMethod(kept, 'hidden'), { code: 'NOT_EXPOSED', message: /Tally\.hidden/ })
    await assert.rejects(assign(kept, { pid: 1 }), { code: 'NOT_EXPOSED', message: /Tally\.pid/ })
    await assert.rejects(assign(kept, { total: -1 }), { name: 'RangeError', message: 'a total of -1' })
    assert.deepEqual(await snapshot(kept), { owner: 'spec' })
  })

  it('sees the signal of its call abort when a caller far away no longer waits', async () => {
    const controller = new AbortController()
    const waiting = withOptions(await keptBy(second), { signal: controller.signal }).untilAborted()
    await eventually('the method waits', () => tally.takeNotes()[0])
    controller.abort()
    await assert.rejects(waiting, { code: 'ABORTED' })
    assert.equal(await eventually('the method ends', () => tally.takeNotes()[0]), 'aborted')
  })

  it('has a reference through the server, but none of its own', async () => {
    await assert.rejects(keeper.referenceOfKept(), {
      code: 'UNSERIALIZABLE',
      message: /no reference can be made of this Tally: it lives in a client/,
    })
    const kept = await attach<Tally>(refOf(await keptBy(second)))
    assert.equal(await kept.pid, process.pid)
  })

  it('rejects the calls of others with SESSION_LOST when its process is gone', async () => {
    const ownKeeper = await manager.create(Keeper)
    await using lender = startLender(ownKeeper)
    const kept = await eventually('the child lends', () => ownKeeper.kept())
    assert.equal(await kept.pid, lender.pid)
    const waiting = kept.untilAborted()
    await eventually('the method waits', async () => (await kept.takeNotes())[0])
    lender.kill()
    await assert.rejects(within('the call ends', waiting), { code: 'SESSION_LOST', delivery: 'unknown' })
    await assert.rejects(kept.add(1), { code: 'SESSION_LOST', delivery: 'not-sent' })
  })
})

/** What the keeper gives to another session than the one that its tally lives in. */
async function keptBy(manager: Manager): Promise<Remote<Tally>> {
  const kept = await (await manager.lookup<Keeper>('keeper')).kept()
  assert.ok(kept !== undefined && isProxy(kept))
  return kept
}
