import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { attach, Manager, type Remote, refOf, release } from 'referent'
import { parseReference } from '../../lib/proxy/reference.ts'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Program } from '../harness/program.ts'
import { SecondSession } from './second-session.ts'
import { Shelf } from './shelf.ts'
import { Journal, SlowValve, SyncValve, Valve } from './valve.ts'

leaveNothing()

const pinMs = 300

describe('a referent that a client had made', () => {
  let manager: Manager
  let journal: Remote<Journal>

  before(async () => {
    manager = await Manager.start({ pinMs })
    journal = await manager.create(Journal)
  })
  after(() => manager.close())

  async function story(label: string): Promise<string[]> {
    return (await journal.read()).filter((entry) => entry.startsWith(`${label} `))
  }

  /** All that ever happened to it: nothing can follow once it is disposed of and a lease is over. */
  async function wholeStory(label: string): Promise<string[]> {
    await eventually(`the end of ${label}`, async () =>
      (await story(label)).includes(`${label} disposed`) ? true : undefined,
    )
    await untilNothingIsPinned()
    return story(label)
  }

  function untilNothingIsPinned(): Promise<true> {
    return eventually('the leases end', async () =>
      (await manager.inspect()).referents.every(({ pins }) => pins === 0) ? true : undefined,
    )
  }

  /** Resolves when all that was disposed of before has told so. */
  async function laterThanDisposals(label: string): Promise<void> {
    release(await manager.create(Valve, `after ${label}`))
    await wholeStory(`after ${label}`)
  }

  async function isHosted(id: number): Promise<boolean> {
    return (await manager.inspect()).referents.some((referent) => referent.id === id)
  }

  it('is disposed of once, with the last session that holds it', async () => {
    const valve = await manager.create(Valve, 'plain')
    using second = await SecondSession.holding(manager, valve)
    release(valve)
    await untilNothingIsPinned()
    assert.ok(await isHosted(second.id))
    assert.deepEqual(await story('plain'), ['plain made'])
    second[Symbol.dispose]()
    assert.deepEqual(await wholeStory('plain'), ['plain made', 'plain disposed'])
    assert.ok(!(await isHosted(second.id)))
  })

  it('is disposed of by `[Symbol.dispose]` where it has no other', async () => {
    release(await manager.create(SyncValve, 'sync'))
    assert.deepEqual(await wholeStory('sync'), ['sync disposed'])
  })

  it('is disposed of when the client that held it is killed, once the call that it was in has noticed', async () => {
    const program = await Program.start('./programs/holder.ts', import.meta.url, {
      args: [manager.address, Buffer.from(manager.authkey.bytes).toString('hex')],
    })
    await program.line('holds')
    assert.deepEqual(await story('of the dead'), ['of the dead made'])
    await program[Symbol.asyncDispose]()
    assert.deepEqual(await wholeStory('of the dead'), ['of the dead made', 'of the dead ran', 'of the dead disposed'])
  })

  it('stays while a call of it runs', async () => {
    const valve = await manager.create(Valve, 'running')
    const second = await SecondSession.holding(manager, valve)
    const ran = valve.run()
    release(valve)
    await untilNothingIsPinned()
    await second.call('open')
    second[Symbol.dispose]()
    assert.equal(await ran, 'ran')
    assert.deepEqual(await wholeStory('running'), ['running made', 'running ran', 'running disposed'])
  })

  it('stays where the result of the last call of it is itself', async () => {
    const valve = await manager.create(Valve, 'returned')
    const [returned, opened] = [valve.later(), valve.open()]
    release(valve)
    await opened
    const same = await returned
    await laterThanDisposals('returned')
    await same.open()
    assert.deepEqual(await story('returned'), ['returned made', 'returned ran'])
    release(same)
    assert.deepEqual(await wholeStory('returned'), ['returned made', 'returned ran', 'returned disposed'])
  })

  it('is not disposed of again where another object of the server gives it anew', async () => {
    const [valve, other] = [await manager.create(Valve, 'revived'), await manager.create(SyncValve, 'reviver')]
    release(valve)
    await wholeStory('revived')
    const revived = await other.revive('revived')
    await revived.open()
    release(revived)
    await laterThanDisposals('revived')
    assert.deepEqual(await story('revived'), ['revived made', 'revived disposed'])
  })

  it('stays while a generator of it is read, and goes when its reader has left', async () => {
    const valve = await manager.create(Valve, 'dripping')
    const { id } = parseReference(refOf(valve))
    const drops = valve.drops()
    assert.deepEqual(await drops.next(), { done: false, value: 1 })
    release(valve)
    await untilNothingIsPinned()
    assert.ok(await isHosted(id))
    assert.deepEqual(await drops.next(), { done: false, value: 2 })
    await drops.return(undefined)
    assert.deepEqual(await wholeStory('dripping'), ['dripping made', 'dripping dry', 'dripping disposed'])
  })

  it('goes where nobody reads the generator that it was asked for', async () => {
    const valve = await manager.create(Valve, 'unread')
    const second = await SecondSession.holding(manager, valve)
    release(valve)
    await second.call('drops')
    second[Symbol.dispose]()
    assert.deepEqual(await wholeStory('unread'), ['unread made', 'unread disposed'])
  })

  it('stays while a reference to it travels, for as long as a lease lasts', async () => {
    const valve = await manager.create(Valve, 'travelling')
    const reference = refOf(valve)
    const { id } = parseReference(reference)
    release(valve)
    const travelling = (await manager.inspect()).referents.find((referent) => referent.id === id)
    assert.deepEqual([travelling?.references, travelling?.pins], [0, 1])
    assert.deepEqual(await story('travelling'), ['travelling made'])
    assert.deepEqual(await wholeStory('travelling'), ['travelling made', 'travelling disposed'])
    await assert.rejects(attach(reference), { code: 'REFERENT_GONE' })
  })

  it('has no lease that no timer could keep', async () => {
    for (const wrong of [Number.POSITIVE_INFINITY, 2 ** 31, -1, Number.NaN])
      await assert.rejects(Manager.serve({ pinMs: wrong }), { name: 'RangeError', message: /pinMs is .*24 days/ })
    await assert.rejects(Manager.start({ pinMs: 2 ** 31 }), { name: 'RangeError' })
  })

  it('goes at once where it was made for a caller who has given up meanwhile', async () => {
    const { address, authkey } = manager
    await using hasty = await Manager.connect(address, { authkey, callTimeoutMs: 20 })
    await assert.rejects(hasty.create(SlowValve, 'late'), { code: 'TIMEOUT' })
    assert.deepEqual(await wholeStory('late'), ['late made', 'late disposed'])
  })

  it('stays while it has a name', async () => {
    const valve = await manager.named('the valve', Valve, 'named')
    const { id } = parseReference(refOf(valve))
    release(valve)
    await untilNothingIsPinned()
    assert.ok(await isHosted(id))
    assert.deepEqual(await story('named'), ['named made'])
    await manager.forget('the valve')
    assert.deepEqual(await wholeStory('named'), ['named made', 'named disposed'])
  })

  it('belongs to the referent that it was handed to: its server disposes of it no more', async () => {
    const [valve, shelf] = await Promise.all([manager.create(Valve, 'kept'), manager.create(Shelf)])
    const { id } = parseReference(refOf(valve))
    await shelf.put('valve', valve)
    release(valve)
    await untilNothingIsPinned()
    assert.ok(!(await isHosted(id)))
    const kept = (await shelf.take('valve')) as Remote<Valve>
    await kept.open()
    release(kept)
    assert.ok(!(await isHosted(id)))
    await laterThanDisposals('kept')
    assert.deepEqual(await story('kept'), ['kept made'])
  })

  it('belongs to the referent that it was handed to by another session than its own, too', async () => {
    await using other = await Manager.connect(manager.address, { authkey: manager.authkey })
    const [valve, shelf] = await Promise.all([manager.create(Valve, 'kept afar'), other.create(Shelf)])
    await shelf.put('valve', valve)
    release(valve)
    await untilNothingIsPinned()
    const kept = (await shelf.take('valve')) as Remote<Valve>
    await kept.open()
    release(kept)
    await laterThanDisposals('kept afar')
    assert.deepEqual(await story('kept afar'), ['kept afar made'])
  })

  it('is the one that disposes of those that its methods made', async () => {
    const valve = await manager.create(Valve, 'parent')
    release(await valve.spawn('child'))
    release(valve)
    await wholeStory('parent')
    assert.deepEqual(await story('child'), ['child made'])
  })
})
