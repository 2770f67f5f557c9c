import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { inspect } from 'node:util'
import {
  assign,
  attach,
  callMethod,
  Manager,
  Process,
  refOf,
  type Remote,
  release,
  sameReferent,
  SharedNamespace,
  snapshot,
  withOptions,
} from 'referent'
import { formatReference, parseReference } from '../../lib/proxy/reference.ts'
import { eventually, within } from '../harness/eventually.ts'
import { Relay } from '../faults/relay.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { type Equal, expectTypes } from '../types.ts'
import { Counter, Till, tried, tryAll } from './narrowed/till.ts'

leaveNothing()

const refused = { code: 'NOT_EXPOSED' }

describe('a reference that was narrowed to some members', () => {
  let manager: Manager
  let till: Remote<Till>

  before(async () => {
    manager = await Manager.start()
    till = await manager.create(Till)
  })
  after(() => manager.close())

  it('opens these, of every kind, and no others', async () => {
    const few = (await attach(refOf(till, { methods: ['count', 'balance', 'coins'] }))) as unknown as Remote<Till>
    await till.put(5)
    assert.equal(await few.count(), await till.count())
    assert.equal(await few.balance, await few.count())
    await assign(few, { balance: 7 })
    assert.equal(await till.balance, 7)
    for await (const coin of few.coins()) {
      assert.equal(coin, 1)
      break
    }
    await assert.rejects(few.put(1), refused)
    await assert.rejects(callMethod(few, 'put', [1]), { ...refused, message: /Till\.put is not among the members/ })
    assert.notEqual(await few.owner, 'Ada')
    await assert.rejects(assign(few, { balance: 9, owner: 'Eve' }), refused)
    await assert.rejects(snapshot(few), refused)
    assert.deepEqual([await till.balance, await snapshot(till)], [7, { id: 'till' }])
  })

  it('iterates over the whole only by the member that does', async () => {
    const [without, withIt] = await Promise.all([
      attach(refOf(till, { methods: ['count'] })),
      attach(refOf(till, { methods: ['coins'] })),
    ])
    assert.ok(
      !(Symbol.asyncIterator in without) || (without as Record<symbol, unknown>)[Symbol.asyncIterator] === undefined,
    )
    for await (const coin of withIt as unknown as AsyncIterable<number>) {
      assert.equal(coin, 1)
      break
    }
  })

  it('gives a proxy of its own for the same referent, the same one each time', async () => {
    const reference = refOf(till, { methods: ['count', 'owner'] })
    const [one, two, full] = await Promise.all([attach(reference), attach(reference), attach(refOf(till))])
    assert.ok(one === two && full === till && (one as object) !== till)
    assert.ok(sameReferent(one, till) && one instanceof Till)
    assert.equal(refOf(till, { methods: ['owner', 'count', 'owner'] }), reference)
    assert.match(inspect(one), /^Remote<Till> \{ id: \d+, narrowed \}$/)
    release(one)
    assert.equal(await till.count(), await full.count())
    await assert.rejects(two.count(), { code: 'RELEASED' })
  })

  it('narrows further, and never widens', async () => {
    const one = await attach(refOf(till, { methods: ['count', 'owner', 'put'] }))
    const two = await attach(refOf(one, { methods: ['count', 'owner'] }))
    const three = (await attach(refOf(two, { expiresInMs: 60_000 }))) as unknown as Remote<Till>
    assert.equal(await three.owner, 'Ada')
    await assert.rejects(three.put(1), refused)
    assert.throws(() => refOf(three, { methods: ['put'] }), {
      name: 'TypeError',
      message: /has 'put', which is no member/,
    })
    assert.ok(sameReferent(three, till))
  })

  it('returns what was narrowed where a method returns the object itself', async () => {
    const few = await attach(refOf(till, { methods: ['itself', 'itselfLater', 'count'] }))
    for (const itself of [await few.itself(), await few.itselfLater()]) {
      assert.ok((itself as object) === few)
      await assert.rejects(callMethod(itself, 'put', [1]), refused)
    }
    assert.equal(await till.itself(), till)
  })

  it('opens named properties of an object with any, and no others', async () => {
    const space = await manager.create(SharedNamespace)
    await assign(space, { one: 1, two: 2 } as never)
    const one = await attach(refOf(space as unknown as Remote<Record<'one', number>>, { methods: ['one'] }))
    assert.equal(await one.one, 1)
    assert.equal((one as unknown as Record<string, unknown>)['two'], undefined)
    await assert.rejects(assign(one as never, { two: 3 } as never), refused)
    await assert.rejects(snapshot(one), refused)
  })

  it('shows in its type what is left', async () => {
    const few = await attach(refOf(till, { methods: ['count', 'owner'] }))
    expectTypes<[Equal<typeof few, Remote<Pick<Till, 'count' | 'owner'>>>]>()
    // @ts-expect-error -- no member of that name
    assert.throws(() => refOf(till, { methods: ['cuont'] }), { message: /has 'cuont'.*such as count/ })
    expectTypes<[Equal<'put' extends keyof typeof few ? true : false, false>]>()
    const soon = await attach(refOf(till, { expiresInMs: 60_000 }))
    expectTypes<[Equal<typeof soon, Remote<Till>>]>()
    assert.equal(await soon.owner, 'Ada')
  })

  it('is made of what can be only', () => {
    const wrong: [options: unknown, error: object][] = [
      [{ methods: [] }, { name: 'RangeError', message: /methods is empty/ }],
      [{ methods: 'count' }, { name: 'TypeError', message: /methods is 'count'; it must be an array/ }],
      [{ methods: [5] }, { name: 'TypeError', message: /methods\[0\] is 5/ }],
      [{ methods: ['hidden'] }, { name: 'TypeError', message: /has 'hidden'/ }],
      [{ methods: ['constructor'] }, { name: 'TypeError' }],
      [{ expiresInMs: 0 }, { name: 'RangeError', message: /expiresInMs is 0/ }],
      [{ expiresInMs: -1 }, { name: 'RangeError', message: /expiresInMs is -1/ }],
      [{ expiresInMs: NaN }, { name: 'RangeError' }],
      [{ expiresInMs: Infinity }, { name: 'RangeError' }],
      [{ expiresInMs: '60' }, { name: 'TypeError', message: /expiresInMs is '60'/ }],
      [{ expiresMs: 5 }, { name: 'TypeError', message: /no option 'expiresMs': did you mean expiresInMs/ }],
      [0, { name: 'TypeError' }],
    ]
    for (const [options, error] of wrong) assert.throws(() => refOf(till, options as never), error)
  })

  it('is attached again, with its rights, by the session in place of a lost one', async () => {
    await using relay = await Relay.start(manager)
    const options = { authkey: manager.authkey, reconnectMs: 30_000 }
    await using client = await Manager.connect(relay.address, options)
    await manager.named('till', Till)
    const full = (await client.lookup('till')) as Remote<Till>
    const few = (await attach(refOf(full, { methods: ['count'] }))) as Remote<Till>
    assert.equal(await tried(few), 'NOT_EXPOSED done nothing')
    relay.cut()
    await eventually('it works again', () =>
      few.count().then(
        () => true,
        () => undefined,
      ),
    )
    assert.equal(await tried(few), 'NOT_EXPOSED done nothing')
    assert.equal(await tried(full), 'done done done')
    assert.equal(await attach(refOf(full, { methods: ['count'] })), few)
    release(few)
    assert.equal(await full.count(), 1)
  })

  it('is narrowed so often only that a login can name all of it', async () => {
    let few: Remote<Till> = till
    let count = 0
    await assert.rejects(
      async () => {
        for (; count < 100; count++) few = await attach(refOf(few, { expiresInMs: 1e6 - count }))
      },
      { name: 'RangeError', message: /narrowed too often/ },
    )
    assert.ok(count >= 16, `only ${count} times`)
    assert.equal(await few.owner, 'Ada')
  })
})

describe('whoever passes on a proxy that was narrowed passes on no more', () => {
  let manager: Manager
  let till: Remote<Till>
  let board: Remote<Till>
  let few: Remote<Till>
  const allowed = 'NOT_EXPOSED done nothing'

  before(async () => {
    manager = await Manager.start()
    till = await manager.create(Till)
    board = await manager.create(Till, 'board')
    few = (await attach(refOf(till, { methods: ['count'] }))) as unknown as Remote<Till>
    assert.equal(await tried(few), 'NOT_EXPOSED done nothing')
    assert.equal(await tried(till), 'done done done')
  })
  after(() => manager.close())

  it('to a process, and that to another', async () => {
    const child = new Process(tryAll, [few, board])
    child.start()
    await child.join()
    assert.equal(await board.kept(), `${allowed}, ${allowed}, true`)
  })

  it('to code of the server', async () => {
    assert.equal(await board.tryWithin(few as unknown as Till), allowed)
    assert.equal(await board.tryWithin(till as unknown as Till), 'done done done')
  })

  it('to another object, from where it comes as it was', async () => {
    assert.equal(await board.keep(few), true)
    assert.equal(await board.kept(), few)
    assert.equal(await tried((await board.kept()) as Remote<Till>), allowed)
    await board.keep([till, few])
    assert.deepEqual(await board.kept(), [till, few])
    await board.keep(undefined)
  })

  it('to whoever has reached the server by another way than the one that references name', async () => {
    const address = `tcp://127.0.0.1:${await freePort()}`
    await using server = await Manager.start({ address, advertise: 'tcp://127.0.0.1:1' })
    const [there, keeper] = await Promise.all([server.create(Till), server.create(Till)])
    const parts = parseReference(refOf(there, { methods: ['count'] }))
    const one = (await attach(formatReference({ ...parts, address }))) as Remote<Till>
    await keeper.keep(one)
    const kept = (await keeper.kept()) as Remote<Till>
    assert.equal(await tried(kept), allowed)
    assert.ok(sameReferent(kept, there))
  })

  it('to a callback, and to a function of another client', async () => {
    await board.keep(few)
    assert.equal(await board.tell((kept) => tried(kept as Remote<Till>)), allowed)
    await using other = await Manager.connect(manager.address, { authkey: manager.authkey })
    await manager.named('board', Till)
    const there = (await other.lookup('board')) as Remote<Till>
    await there.keep((given: Remote<Till>) => tried(given))
    const theirs = (await there.kept()) as (given: Remote<Till>) => Promise<string>
    assert.equal(await theirs(few), allowed)
    await board.keep(undefined)
    await there.keep(undefined)
  })

  it('to another server', async () => {
    await using another = await Manager.start()
    const far = await another.create(Till, 'far')
    assert.equal(await far.tryWithin(few as unknown as Till), allowed)
    await far.keep(few)
    assert.equal(await tried((await far.kept()) as Remote<Till>), allowed)
    await far.keep(undefined)
  })
})

describe('a reference that is good for a time', () => {
  let manager: Manager

  before(async () => (manager = await Manager.start({ pinMs: 0 })))
  after(() => manager.close())

  it('opens nothing from then on, by the clock of the server: nor do proxies that were attached before', async () => {
    const till = await manager.create(Till)
    const reference = refOf(till, { expiresInMs: 1000 })
    const soon = await attach(reference)
    const later = await attach(refOf(till, { expiresInMs: 600_000 }))
    assert.equal(await soon.put(1), 1)
    const expired = { code: 'EXPIRED', message: /reference to a Till was good until \d{4}-/ }
    await eventually('it has expired', () =>
      soon.count().then(
        () => undefined,
        () => true,
      ),
    )
    await assert.rejects(soon.put(1), expired)
    await assert.rejects(soon.balance, expired)
    await assert.rejects(assign(soon, { balance: 5 }), expired)
    await assert.rejects(snapshot(soon), expired)
    await assert.rejects(attach(reference), expired)
    await assert.rejects(attach(refOf(soon, { expiresInMs: 600_000 })), expired)
    await assert.rejects((soon.coins() as AsyncGenerator<number>).next(), expired)
    assert.equal(await later.put(1), 2)
    assert.equal(await till.put(1), 3)
    assert.ok(sameReferent(soon, till))
  })

  it('aborts what runs, and ends generators', async () => {
    const till = await manager.create(Till)
    const soon = await attach(refOf(till, { expiresInMs: 1000 }))
    const coins = soon.coins()
    assert.deepEqual(await coins.next(), { value: 1, done: false })
    const [wait, next] = [soon.wait(), coins.next()]
    await within('the call ends', assert.rejects(wait, { code: 'EXPIRED' }))
    // Its body ends when it is aborted; whatever it gives then, nothing comes after it.
    await within(
      'the item ends',
      next.catch(() => undefined),
    )
    await within(
      'the generator ends',
      eventually('its finally', async () => ((await till.hasEnded()) ? true : undefined)),
    )
  })

  it('rejects what waits for its turn, which may come much later', async () => {
    const counter = await manager.create(Counter)
    const soon = await attach(refOf(counter, { expiresInMs: 1000 }))
    const controller = new AbortController()
    const busy = withOptions(counter, { signal: controller.signal }).busy()
    await within('the call ends', assert.rejects(soon.count(), { code: 'EXPIRED', delivery: 'not-sent' }))
    controller.abort()
    await assert.rejects(busy, { code: 'ABORTED' })
    assert.equal(await counter.count(), 1)
  })

  it('ends a generator that waits to be asked, which is told why', async () => {
    const till = await manager.create(Till)
    const soon = await attach(refOf(till, { expiresInMs: 1000 }))
    const steps = soon.steps()
    await steps.next()
    await eventually('its finally', async () => ((await till.hasEnded()) ? true : undefined))
    await assert.rejects(steps.next(), { code: 'EXPIRED' })
  })

  it('is over for good as soon as a call finds it over, however the clock of the server is set', async () => {
    const [till, clock] = await Promise.all([manager.create(Till), manager.create(Till)])
    const soon = await attach(refOf(till, { expiresInMs: 3_600_000 }))
    release(till)
    const wait = soon.wait()
    assert.equal(await soon.put(1), 1)
    await clock.setClock(2 * 3_600_000)
    await assert.rejects(soon.put(1), { code: 'EXPIRED' })
    await within('what runs ends', assert.rejects(wait, { code: 'EXPIRED' }))
    await clock.setClock(0)
    // The till is gone, as nothing holds it.
    await assert.rejects(soon.put(1), { code: 'EXPIRED' })
    await assert.rejects(soon.balance, { code: 'EXPIRED' })
  })

  it('holds the referent no longer', async () => {
    const till = await manager.create(Till)
    const reference = refOf(till, { expiresInMs: 2000 })
    const { id } = parseReference(reference)
    const soon = await attach(reference)
    release(till)
    assert.equal(await soon.put(1), 1)
    const isHeld = async (): Promise<boolean> => (await manager.inspect()).referents.some((each) => each.id === id)
    await eventually('it is dropped', async () => ((await isHeld()) ? undefined : true))
    await assert.rejects(soon.put(1), { code: 'EXPIRED' })
  })
})

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
