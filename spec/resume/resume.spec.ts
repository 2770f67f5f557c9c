import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import {
  lostSignal,
  Manager,
  type ManagerOptions,
  release,
  type Remote,
  SharedLock,
  SharedQueue,
  withOptions,
} from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Program } from '../harness/program.ts'
import { sized } from '../harness/size.ts'
import { Cutter } from './cutter.ts'
import { SessionEvents } from './session-events.ts'
import { Workshop } from './workshop.ts'

leaveNothing()

describe('a session whose connections are lost', { timeout: 120_000 }, () => {
  let manager: Manager
  let cutter: Cutter
  let client: Manager
  let shop: Remote<Workshop>

  before(async () => {
    manager = await Manager.start({ address: 'tcp://127.0.0.1:0' })
    cutter = await Cutter.before(manager.address)
    client = await connect()
    shop = await client.named('shop', Workshop)
  })
  after(async () => {
    await client.close()
    await cutter[Symbol.asyncDispose]()
    await manager.close()
  })

  function connect(by = cutter, options: ManagerOptions = {}): Promise<Manager> {
    return Manager.connect(by.address, { authkey: manager.authkey, ...options })
  }

  it('loses and doubles nothing, and keeps the order of each client, wherever in the bytes that happens', async () => {
    const share = sized(1, 3)
    const queue = await client.named('queue', SharedQueue<number>)
    cutter.resetAfter(() => randomInt(1, randomInt(2) === 0 ? 1500 : 60_000))
    cutter.reset()
    const connectionsBefore = cutter.connections
    const numbers = Array.from({ length: 1000 * share }, (_, index) => index)
    const few = numbers.slice(0, 100 * share)
    const got: number[] = []
    const work = [
      Promise.all(numbers.map((number) => shop.add('ahead', number))).then((counts) =>
        assert.deepEqual(
          counts,
          numbers.map((number) => number + 1),
        ),
      ),
      (async () => {
        for (const number of few) assert.equal(await shop.add('one by one', number), number + 1)
      })(),
      (async () => {
        for (const number of few) await queue.put(number)
      })(),
      (async () => {
        for (const _ of few) got.push(await queue.get())
      })(),
      (async () => {
        for (let round = 0; round < 15 * share; round++) {
          const bytes = randomBytes(randomInt(50_000))
          assert.deepEqual(await shop.echo(bytes), bytes)
        }
      })(),
      (async () => assert.equal(await shop.ask(200, async (number) => number), 199 * 100))(),
      (async () => {
        const items: number[] = []
        for await (const item of shop.count(1000)) items.push(item)
        assert.deepEqual(items, numbers.slice(0, 1000))
      })(),
      (async () => {
        const given = (async function* () {
          yield* numbers.slice(0, 1000)
        })()
        assert.deepEqual(await shop.collect(given), numbers.slice(0, 1000))
      })(),
      (async () => {
        for (let round = 0; round < 15 * share; round++) {
          const lock = await client.create(SharedLock)
          await lock.acquire()
          await lock.release()
          release(lock)
          await assert.rejects(withOptions(shop, { timeoutMs: 5 }).pause(60_000), {
            code: 'TIMEOUT',
          })
        }
      })(),
    ]
    await Promise.all(work)
    assert.deepEqual(got, few)
    assert.deepEqual(await shop.added('ahead'), numbers)
    assert.deepEqual(await shop.added('one by one'), few)
    cutter.resetAfter(() => Infinity)
    assert.ok(cutter.connections - connectionsBefore > 30, `${cutter.connections - connectionsBefore} connections`)
    assert.ok(cutter.cutsInHandshakes > 3, `${cutter.cutsInHandshakes} cuts in handshakes`)
    assert.equal((await client.inspect()).sessions.length, 2)
  })

  it('outlives three seconds without any: the lock is held, and what waits goes on', async () => {
    const other = await manager.named('lock', SharedLock)
    const lock = await client.lookup<SharedLock>('lock')
    const queue = await client.create(SharedQueue<number>)
    await lock.acquire()
    const paused = shop.pause(1000)
    const got = queue.get()
    const counted = countAll(shop, 20, 100)
    const asked = shop.ask(3, async (number) => number)
    cutter.cut()
    const putMeanwhile = queue.put(7)
    const others = other.acquire({ timeoutMs: 3000 })
    assert.equal(await others, false)
    assert.equal(await other.isLocked, true)
    cutter.mend()
    assert.deepEqual(await within('all of it', Promise.all([paused, got, counted, asked, putMeanwhile])), [
      'paused',
      7,
      20,
      3,
      undefined,
    ])
    await lock.release()
    assert.equal(await other.acquire({ timeoutMs: 0 }), true)
    await other.release()
  })

  it('says what has become of each call where there was none for longer, and gives back what it held', async () => {
    await using between = await Cutter.before(manager.address)
    await using short = await connect(between, { resumeMs: 1000 })
    const shopToo = await short.lookup<Workshop>('shop')
    const other = await manager.named('given back', SharedLock)
    const lock = await short.lookup<SharedLock>('given back')
    await lock.acquire()
    const lost = once(lostSignal(lock), 'abort')
    const paused = shopToo.pause(20_000)
    const refused = assert.rejects(paused, { code: 'SESSION_LOST', delivery: 'unknown' })
    between.cut()
    const events = new SessionEvents()
    const next = other.acquire()
    await within('the loss', events.next('interrupted', 'client'))
    const late = assert.rejects(shopToo.pause(1), { code: 'SESSION_LOST', delivery: 'not-sent' })
    assert.equal(await within('the lock', next), true)
    await within('the end of the calls', Promise.all([refused, late, lost]))
    between.mend()
    await other.release()
  })

  it('makes calls by the next session that have waited in vain for a connection of this one', async () => {
    await using between = await Cutter.before(manager.address)
    await using short = await connect(between, { resumeMs: 1000, reconnectMs: 30_000 })
    const shopToo = await short.lookup<Workshop>('shop')
    const events = new SessionEvents()
    between.cut()
    await within('the loss', events.next('interrupted', 'client'))
    const counts = [1, 2, 3].map((number) => shopToo.add('later', number))
    const created = short.create(Workshop)
    await within('the end', events.next('lost', 'client'))
    between.mend()
    assert.deepEqual(await within('the next session', Promise.all(counts)), [1, 2, 3])
    assert.equal(await (await created).bytes, 0)
  })

  it('goes on by a new connection where the old one is silent, and the server takes the newer one', async () => {
    await using between = await Cutter.before(manager.address)
    await using hasty = await connect(between, { heartbeat: { intervalMs: 100, missed: 3 } })
    const shopToo = await hasty.lookup<Workshop>('shop')
    for (const lose of [() => between.silence(), () => between.forget()]) {
      const { connections } = between
      const paused = shopToo.pause(1)
      lose()
      const added = [1, 2].map((number) => shopToo.add(`silent ${connections}`, number))
      if (between.isSilent) setTimeout(() => between.mend(), 200)
      assert.deepEqual(await within('the answers', Promise.all([paused, ...added])), ['paused', 1, 2])
      assert.ok(between.connections > connections)
    }
  })

  it('is lost at once where its server has ended and another one is there', async () => {
    const first = await Manager.start({ address: 'tcp://127.0.0.1:0' })
    const { address, authkey, pid } = first
    await using between = await Cutter.before(address)
    await using visitor = await Manager.connect(between.address, { authkey })
    const paused = (await visitor.create(Workshop)).pause(60_000)
    const rejected = assert.rejects(paused, { code: 'SESSION_LOST', delivery: 'unknown' })
    const events = new SessionEvents()
    between.cut()
    await within('the loss', events.next('interrupted', 'client'))
    process.kill(pid, 'SIGKILL')
    await once(first, 'exit')
    const second = await Manager.start({ address, authkey })
    const mendedMs = performance.now()
    between.mend()
    await within('the end', rejected)
    assert.ok(performance.now() - mendedMs < 5000)
    await Promise.all([first.close(), second.close()])
  })

  it('ends with a server that is closed meanwhile, and with a client that is, when its time is up', async () => {
    const own = await Manager.serve({ address: 'tcp://127.0.0.1:0', resumeMs: 1000 })
    await using between = await Cutter.before(own.address)
    const visitors = await Promise.all([1, 2].map(() => Manager.connect(between.address, { authkey: own.authkey })))
    const [one, two] = visitors as [Manager, Manager]
    const ended = await own.create(Workshop)
    await one.named('held', Workshop)
    const events = new SessionEvents()
    between.cut()
    await within('the loss', events.next('interrupted', 'server', 2))
    const closedMs = performance.now()
    await one.close()
    assert.ok(performance.now() - closedMs < 500, 'it waits for nobody')
    await within('the end at the server', events.next('lost', 'server'))
    const rejected = assert.rejects(two.inspect(), { code: 'SESSION_LOST' })
    assert.equal(await ended.bytes, 0)
    await own.close()
    await within('the end at the client', rejected)
    await two.close()
  })

  it('ends at once with a program that ends without a word', async () => {
    for (const way of ['end', 'exit']) {
      await using visitor = await Program.start('./programs/visits.ts', import.meta.url, {
        args: [manager.address, Buffer.from(manager.authkey.bytes).toString('base64'), way],
      })
      const { code, stderr } = await visitor.ending()
      assert.equal(code, 0, stderr)
      const endedMs = performance.now()
      await eventually('its session has ended', async () =>
        (await manager.inspect()).sessions.every(({ pid }) => pid !== visitor.pid) ? true : undefined,
      )
      assert.ok(performance.now() - endedMs < 5000)
    }
  })

  it('is found frozen where it is, and takes nothing then that is another’s by now', async () => {
    const queue = await manager.named('frozen', SharedQueue<string>)
    const lock = await manager.named('frozen lock', SharedLock)
    await using visitor = await Program.start('./programs/visits.ts', import.meta.url, {
      args: [cutter.address, Buffer.from(manager.authkey.bytes).toString('base64'), 'wait'],
    })
    await visitor.line('waits')
    visitor.kill('SIGSTOP')
    cutter.reset()
    await queue.put('item')
    // Once the time of the frozen one is up, by the clock of the server: it can't come back.
    assert.equal(await within('the lock', lock.acquire()), true)
    assert.equal(await within('the item', queue.get()), 'item')
    visitor.kill('SIGCONT')
    assert.deepEqual((await visitor.ending()).lines, ['waits', 'got SESSION_LOST', 'released SESSION_LOST'])
    await lock.release()
  })

  it('outlives a server that is stopped meanwhile', async () => {
    const started = await Manager.start({ address: 'tcp://127.0.0.1:0' })
    await using between = await Cutter.before(started.address)
    await using visitor = await Manager.connect(between.address, { authkey: started.authkey })
    const shopToo = await visitor.create(Workshop)
    const paused = shopToo.pause(300)
    process.kill(started.pid, 'SIGSTOP')
    const { connections } = between
    between.reset()
    await eventually('another attempt', () => (between.connections > connections + 1 ? true : undefined))
    process.kill(started.pid, 'SIGCONT')
    const counts = [1, 2, 3].map((number) => shopToo.add('stopped', number))
    assert.deepEqual(await within('the answers', Promise.all([paused, ...counts])), ['paused', 1, 2, 3])
    await visitor.close()
    await started.close()
  })

  it('takes its time where connections end as soon as they are made', async () => {
    await using between = await Cutter.before(manager.address)
    await using hasty = await connect(between)
    const shopToo = await hasty.lookup<Workshop>('shop')
    const resetting = setInterval(() => between.reset(), 10)
    const paused = shopToo.pause(1500)
    await pause(1500)
    clearInterval(resetting)
    assert.equal(await within('the answer', paused), 'paused')
    assert.ok(between.connections < 60, `${between.connections} connections`)
  })

  it('comes back with many others', async () => {
    const many = sized(300, 1000)
    // All of them, and their server, are in one process.
    const own = await Manager.serve({ address: 'tcp://127.0.0.1:0', resumeMs: 60_000 })
    await using between = await Cutter.before(own.address)
    await own.named('shop', Workshop)
    const visitors: Manager[] = []
    while (visitors.length < many)
      visitors.push(
        ...(await Promise.all(
          Array.from({ length: 100 }, () =>
            Manager.connect(between.address, { authkey: own.authkey, timeoutMs: 60_000 }),
          ),
        )),
      )
    const shops = await Promise.all(visitors.map((each) => each.lookup<Workshop>('shop')))
    const counts = shops.map((each) => each.add('many', 1))
    between.reset()
    counts.push(...shops.map((each) => each.add('many', 2)))
    const sums = (await Promise.all(counts)).toSorted((one, other) => one - other)
    assert.deepEqual(
      sums,
      Array.from({ length: many * 2 }, (_, index) => index + 1),
    )
    assert.ok(between.connections > many * 1.9, `${between.connections} connections`)
    await Promise.all(visitors.map((each) => each.close()))
    await own.close()
  })
})

async function countAll(shop: Remote<Workshop>, items: number, everyMs: number): Promise<number> {
  let counted = 0
  for await (const _ of shop.count(items, everyMs)) counted++
  return counted
}
