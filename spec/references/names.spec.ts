import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { attach, Manager, type Remote, refOf, release, sameReferent } from 'referent'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Program } from '../harness/program.ts'
import { Item, Shelf, ShelfManager } from './shelf.ts'
import { Journal, Valve } from './valve.ts'

leaveNothing()

describe('a name', () => {
  let manager: Manager
  let other: Manager

  before(async () => {
    manager = await ShelfManager.start()
    other = await ShelfManager.connect(manager.address, { authkey: manager.authkey })
  })
  after(() => manager.close())
  after(() => other.close())

  it('leads all clients to one referent, which is made once however many ask for it at once', async () => {
    const asked = Array.from({ length: 10 }, (_, index) =>
      (index % 2 === 0 ? manager : other).named('asked by ten', Valve, 'asked by ten'),
    )
    const [first, second, third] = await Promise.all(asked)
    assert.ok(first && second && third)
    assert.ok(first === third && first !== second && sameReferent(first, second))
    const journal = await manager.create(Journal)
    assert.equal((await journal.read()).filter((entry) => entry === 'asked by ten made').length, 1)
  })

  it('is made once also where making takes its time', async () => {
    const asked = [manager, other, manager].map((each) => each.named<Item>('slow', 'SlowItem'))
    const proxies = await Promise.all(asked)
    for (const proxy of proxies) await proxy.touch()
    assert.equal(await (await other.lookup<Item>('slow')).touch(), 4)
  })

  it('is free again where making failed: the next who waited for it makes it', async () => {
    const asked = [manager, other].map((each) => each.named<Item>('second try', 'SecondTryItem'))
    const outcomes = await Promise.allSettled(asked)
    assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 1)
    assert.equal(await (await manager.lookup<Item>('second try')).touch(), 1)
  })

  it('is found by `lookup`, which makes nothing, from other programs too', async () => {
    await assert.rejects(manager.lookup('not there'), { code: 'UNKNOWN_NAME', message: /'not there'/ })
    const item = await manager.named('found', Item, 'to be found')
    const { code, lines } = await Program.run('./programs/finder.ts', import.meta.url, {
      args: [manager.address, Buffer.from(manager.authkey.bytes).toString('hex')],
    })
    assert.deepEqual([code, lines], [0, ['to be found touched 1']])
    assert.equal(await item.touch(), 2)
  })

  it('is that of one typeid: asked for another one, it is refused, and nothing is made', async () => {
    await manager.named('an item', Item)
    await assert.rejects(other.named('an item', Valve, 'never made'), { code: 'NAME_TAKEN', message: /Item.*Valve/ })
    const journal = await manager.create(Journal)
    assert.ok(!(await journal.read()).includes('never made made'))
  })

  it('keeps its referent when all clients are gone, and is shown by `inspect`', async () => {
    const client = await Manager.connect(manager.address, { authkey: manager.authkey })
    const item = await client.named('kept', Item)
    await item.touch()
    await client.close()
    const kept = await eventually('its only session ends', async () =>
      (await manager.inspect()).referents.find(({ name, references }) => name === 'kept' && references === 0),
    )
    assert.deepEqual(
      { ...kept, id: 0, ageMs: 0 },
      { id: 0, typeid: 'Item', ageMs: 0, references: 0, pins: 0, running: 0, name: 'kept' },
    )
    assert.equal(await (await manager.lookup<Item>('kept')).touch(), 2)
  })

  it('that was forgotten is unknown, and its referent stays while somebody holds it', async () => {
    const item = await manager.named('forgotten', Item)
    await other.forget('forgotten')
    await assert.rejects(manager.lookup('forgotten'), { code: 'UNKNOWN_NAME' })
    await assert.rejects(manager.forget('forgotten'), { code: 'UNKNOWN_NAME' })
    assert.equal(await item.touch(), 1)
    const another = await manager.named('forgotten', Item)
    assert.equal(await another.touch(), 1)
    assert.ok(!sameReferent(item, another))
  })

  it('is one of several for what a factory gives each time: each can be forgotten alone', async () => {
    const one = await manager.named<Item>('one', 'SingleItem')
    const two = await manager.named<Item>('two', 'SingleItem')
    assert.equal(one, two)
    assert.equal(await two.touch(), 1)
    await manager.forget('one')
    assert.equal(await manager.lookup('two'), two)
    await assert.rejects(manager.lookup('one'), { code: 'UNKNOWN_NAME' })
    await manager.forget('two')
    release(two)
    assert.ok(!(await manager.inspect()).referents.some(({ typeid }) => typeid === 'SingleItem'))
  })
})

describe('what a factory made', () => {
  it('is shared by whoever keeps it, though nothing is known of its class', async () => {
    await using manager = await ShelfManager.start({ pinMs: 100 })
    const [keepsake, shelf] = await Promise.all([
      manager.create<{ touch(): number }>('Keepsake'),
      manager.create(Shelf),
    ])
    await keepsake.touch()
    await shelf.put('keepsake', keepsake)
    release(keepsake)
    const again = (await shelf.get('keepsake')) as Remote<{ touch(): number }>
    assert.equal(await again.touch(), 2)
  })
})

describe('an object that its program shares', () => {
  let manager: Manager
  let item: Item

  beforeEach(() => (item = new Item('shared')))
  before(async () => (manager = await Manager.serve({ pinMs: 200 })))
  after(() => manager.close())

  async function isHosted(): Promise<boolean> {
    return (await manager.inspect()).referents.length > 0
  }

  it('is hosted until it is forgotten, whoever gives up references to it', async () => {
    const proxy = await manager.share(item)
    assert.equal(await proxy.touch(), 1)
    assert.equal(item.touch(), 2)
    const reference = refOf(proxy)
    release(proxy)
    await eventually('the lease ends', async () => (await manager.inspect()).referents[0]?.pins === 0 || undefined)
    const again = await attach<Item>(reference)
    assert.equal(await again.touch(), 3)
    await manager.forget(item)
    assert.equal(await again.touch(), 4)
    release(again)
    assert.ok(!(await isHosted()))
    await assert.rejects(attach(reference), { code: 'REFERENT_GONE' })
  })

  it('is the same referent each time that it is shared, and whoever returns it', async () => {
    const [proxy, again, shelf] = await Promise.all([manager.share(item), manager.share(item), manager.create(Shelf)])
    assert.equal(proxy, again)
    assert.equal(await proxy.itself(), proxy)
    await shelf.put('item', proxy)
    assert.equal(await shelf.get('item'), proxy)
    await manager.forget(item)
    release(proxy)
    release(shelf)
    assert.ok(!(await isHosted()))
  })

  it('is refused where its class is not registered, and where the server is another process', async () => {
    const unknown = Object.create({ constructor: { name: 'Unknown' } }) as object
    await assert.rejects(manager.share(unknown), { code: 'UNKNOWN_TYPEID', message: /Unknown.*@Shared/ })
    await using client = await Manager.connect(manager.address, { authkey: manager.authkey })
    await assert.rejects(client.share(item), { code: 'FORBIDDEN', message: /Manager\.serve/ })
    await assert.rejects(client.forget(item), { code: 'FORBIDDEN' })
  })
})

describe('sameReferent', () => {
  it('knows the proxies of one referent that came by different sessions, and those of others', async () => {
    await using one = await Manager.serve()
    await using other = await Manager.serve()
    await using client = await Manager.connect(one.address, { authkey: one.authkey })
    const item: Remote<Item> = await one.named('item', Item)
    const byClient = await client.lookup<Item>('item')
    assert.ok(item !== byClient && sameReferent(item, byClient) && sameReferent(byClient, item))
    // The first of another server, and so under the same id.
    assert.ok(!sameReferent(item, await other.create(Item)))
    assert.ok(!sameReferent(item, await one.create(Item)))
    assert.ok(sameReferent(item, await item.itself()))
    assert.throws(() => sameReferent(item, {}), TypeError)
  })
})
