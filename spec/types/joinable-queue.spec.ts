import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager, type Remote, SharedJoinableQueue } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { MuteConsumer } from './mute-consumer.ts'

leaveNothing()

const notHeld = { code: 'NOT_HELD' }
const closed = { code: 'QUEUE_CLOSED' }

describe('a SharedJoinableQueue', () => {
  let manager: Manager
  let other: Manager
  let lastName = 0

  before(async () => {
    manager = await Manager.start()
    other = await connect()
  })
  after(async () => {
    await other.close()
    await manager.close()
  })

  function connect(): Promise<Manager> {
    return Manager.connect(manager.address, { authkey: manager.authkey })
  }

  async function queueOf(...sessions: Manager[]): Promise<Remote<SharedJoinableQueue<unknown>>[]> {
    const name = `queue ${++lastName}`
    return Promise.all(sessions.map((session) => session.named(name, SharedJoinableQueue)))
  }

  it('lets those go on who join it when all that was put is done', async () => {
    const [mine, theirs] = await queueOf(manager, other)
    assert.ok(mine && theirs)
    await mine.join()
    await mine.putMany([1, 2, 3])
    let isJoined = false
    const joining = Promise.all([mine.join(), theirs.join({ timeoutMs: 60_000 })]).then(() => (isJoined = true))
    assert.deepEqual([await mine.get(), await theirs.getMany(2)], [1, [2, 3]])
    await theirs.taskDone()
    await mine.taskDone()
    assert.deepEqual([isJoined, await mine.unfinished, await mine.size], [false, 1, 0])
    await theirs.taskDone()
    await within('all is done', joining)
    assert.equal(await mine.unfinished, 0)
  })

  it('lets those go on who join it when ten tasks are done by four workers', async () => {
    const workers = await Promise.all([1, 2, 3, 4].map(connect))
    const [queue, ...theirs] = await queueOf(manager, ...workers)
    await queue?.putMany(Array.from({ length: 10 }, (_, task) => task))
    const joining = queue?.join()
    const work = async (tasks: Remote<SharedJoinableQueue<unknown>>): Promise<void> => {
      for await (const _ of tasks) await tasks.taskDone()
    }
    const working = theirs.map(work)
    await within('all is done', joining ?? Promise.resolve())
    await queue?.close()
    await within('the workers see the end', Promise.all(working))
    for (const worker of workers) await worker.close()
  })

  it('gives up to join when its time is up, or its caller aborts', async () => {
    const [queue] = await queueOf(manager)
    await queue?.put('task')
    const joining = queue?.join({ timeoutMs: 20 })
    await assert.rejects(joining ?? Promise.resolve(), { code: 'TIMEOUT', message: '1 items are not done after 20 ms' })
    const giveUp = new AbortController()
    const joiningToo = queue?.join({ signal: giveUp.signal })
    giveUp.abort()
    await assert.rejects(joiningToo ?? Promise.resolve(), { code: 'ABORTED' })
  })

  it('refuses to have more done than the caller has', async () => {
    const [mine, theirs] = await queueOf(manager, other)
    assert.ok(mine && theirs)
    await assert.rejects(mine.taskDone(), { ...notHeld, message: /the caller has no task of this queue/ })
    await mine.putMany(['a', 'b'])
    await mine.get()
    await assert.rejects(theirs.taskDone(), notHeld)
    await assert.rejects(mine.taskDone(2), { ...notHeld, message: /2 tasks can't be done: the caller has only 1 task/ })
    await mine.taskDone()
    await assert.rejects(mine.taskDone(), notHeld)
    assert.equal(await mine.unfinished, 1)
    for (const count of [0, 1.5]) await assert.rejects(mine.taskDone(count), { name: 'RangeError' })
  })

  it('takes what is done for done even before it knows that it had arrived', async () => {
    const [queue] = await queueOf(manager)
    await queue?.putMany([1, 2, 3, 4])
    const consume = async (): Promise<unknown> => {
      const item = await queue?.get()
      await queue?.taskDone()
      return item
    }
    assert.deepEqual(await Promise.all([consume(), consume(), consume(), consume()]), [1, 2, 3, 4])
    assert.equal(await queue?.unfinished, 0)
  })

  it("doesn't take for a task what never arrived", async () => {
    const [queue] = await queueOf(manager)
    assert.ok(queue)
    await queue.put('task')
    using raw = await MuteConsumer.of(manager, queue)
    assert.equal(await raw.call('get'), 'task')
    const finishing = raw.call('taskDone')
    await raw.call('peek')
    raw[Symbol.dispose]()
    finishing.catch(() => undefined)
    await eventually('it is back', async () => ((await queue.size) === 1 ? true : undefined))
    assert.equal(await queue.unfinished, 1)
  })

  it('gives to the next what a consumer was sent that had given up, and lives', async () => {
    const [queue] = await queueOf(manager)
    assert.ok(queue)
    await queue.putMany(['a', 'b'])
    using raw = await MuteConsumer.of(manager, queue)
    assert.equal(await raw.call('get'), 'a')
    raw.giveUpLast()
    await eventually('it is back', async () => ((await queue.size) === 2 ? true : undefined))
    assert.deepEqual([await queue.getMany(9), await queue.unfinished], [['a', 'b'], 2])
    await queue.taskDone(2)
    assert.equal(await queue.unfinished, 0)
  })

  it('gives the tasks of a session that ends to others, in their order, but for those that are done', async () => {
    const dying = await connect()
    const [mine, theirs] = await queueOf(manager, dying)
    assert.ok(mine && theirs)
    await mine.putMany(['a', 'b', 'c', 'd'])
    assert.deepEqual([await theirs.getMany(2), await mine.get(), await theirs.peek()], [['a', 'b'], 'c', 'd'])
    await theirs.taskDone()
    await dying.close()
    await eventually('it is back', async () => ((await mine.size) === 2 ? true : undefined))
    assert.deepEqual([await mine.getMany(9), await mine.unfinished], [['b', 'd'], 3])
    await mine.taskDone(3)
    await within('all is done', mine.join())
  })

  it('has a waiting consumer take over at once', async () => {
    const dying = await connect()
    const [mine, theirs] = await queueOf(manager, dying)
    assert.ok(mine && theirs)
    await mine.put('task')
    await theirs.get()
    const waiting = mine.get()
    await mine.size
    await dying.close()
    assert.equal(await within('the task comes back', waiting), 'task')
    await mine.taskDone()
    assert.equal(await mine.unfinished, 0)
  })

  it('that is closed has consumers wait while another one works, and then ends', async () => {
    const dying = await connect()
    const [mine, theirs, dead] = await queueOf(manager, other, dying)
    assert.ok(mine && theirs && dead)
    await mine.putMany(['a', 'b'])
    await mine.close()
    assert.deepEqual([await theirs.get(), await dead.get()], ['a', 'b'])
    const waiting = mine.get()
    await mine.size
    await dying.close()
    assert.equal(await within('the task of the dead comes', waiting), 'b')
    const waitingToo = theirs.nextItem()
    await theirs.size
    await theirs.taskDone()
    await mine.taskDone()
    assert.deepEqual(await within('nothing comes any more', waitingToo), { done: true, value: undefined })
    await assert.rejects(mine.get(), closed)
  })

  it('that is closed has one after the other give way who wait for tasks of each other', async () => {
    const [mine, theirs] = await queueOf(manager, other)
    assert.ok(mine && theirs)
    await mine.putMany(['a', 'b'])
    await mine.close()
    assert.deepEqual([await mine.get(), await theirs.get()], ['a', 'b'])
    const end = async (queue: Remote<SharedJoinableQueue<unknown>>): Promise<unknown> => {
      const { done } = await queue.nextItem()
      await queue.taskDone()
      return done
    }
    assert.deepEqual(await within('both end', Promise.all([end(mine), end(theirs)])), [true, true])
    await within('all is done', mine.join())
  })

  it('that is closed ends only those waits of a session whose tasks are all that is left', async () => {
    const dying = await connect()
    const [mine, theirs] = await queueOf(manager, dying)
    assert.ok(mine && theirs)
    await mine.put('task')
    await theirs.get()
    const [theirEnd, myNext] = [theirs.nextItem(), mine.nextItem()]
    await mine.close()
    assert.deepEqual(await within('they end', theirEnd), { done: true, value: undefined })
    await dying.close()
    assert.deepEqual(await within('the task comes back', myNext), { done: false, value: 'task' })
    await mine.taskDone()
    await within('all is done', mine.join())
  })

  it('tells tasks apart by their receipts: what comes back is what was not finished', async () => {
    const dying = await connect()
    const [mine, theirs] = await queueOf(manager, dying)
    assert.ok(mine && theirs)
    await mine.putMany(['a', 'b', 'c'])
    const [a, b, c] = [await theirs.getTask(), await theirs.getTask(), await theirs.getTask()]
    assert.deepEqual([a.item, b.item, c.item], ['a', 'b', 'c'])
    await assert.rejects(mine.finish(b.receipt), { ...notHeld, message: /no task of this queue with the receipt/ })
    await theirs.finish(b.receipt)
    await assert.rejects(theirs.finish(b.receipt), notHeld)
    await theirs.taskDone() // the oldest
    await assert.rejects(theirs.finish(a.receipt), notHeld)
    assert.equal(await mine.unfinished, 1)
    await dying.close()
    const again = await within('it comes back', mine.getTask())
    assert.deepEqual([again, await mine.size], [c, 0])
    await mine.finish(again.receipt)
    await within('all is done', mine.join())
    await assert.rejects(mine.getTask({ timeoutMs: 0 }), { code: 'QUEUE_EMPTY' })
  })

  it('has tasks finished even before it knows that they had arrived', async () => {
    const [queue] = await queueOf(manager)
    assert.ok(queue)
    await queue.putMany([1, 2, 3, 4])
    const consume = async (): Promise<unknown> => {
      const { item, receipt } = await queue.getTask()
      await queue.finish(receipt)
      return item
    }
    assert.deepEqual(await Promise.all([consume(), consume(), consume(), consume()]), [1, 2, 3, 4])
    assert.equal(await queue.unfinished, 0)
  })

  it('needs nothing done of what was cleared', async () => {
    const [queue] = await queueOf(manager)
    await queue?.putMany(['a', 'b', 'c'])
    await queue?.get()
    const joining = queue?.join()
    assert.deepEqual([await queue?.clear(), await queue?.unfinished], [2, 1])
    await queue?.taskDone()
    await within('all is done', joining ?? Promise.resolve())
    await queue?.put('d')
    const joiningToo = queue?.join()
    assert.deepEqual([await queue?.clear(), await queue?.unfinished], [1, 0])
    await within('nothing is left to do', joiningToo ?? Promise.resolve())
  })

  it('is one of many of which a session has tasks', async () => {
    await using server = await Manager.serve()
    const warnings: Error[] = []
    const note = (warning: Error): number => warnings.push(warning)
    process.on('warning', note)
    const queues = await Promise.all(Array.from({ length: 20 }, () => server.create(SharedJoinableQueue<number>)))
    for (const queue of queues) await queue.put(1)
    for (const queue of queues) await queue.get()
    for (const queue of queues) await queue.taskDone()
    process.off('warning', note)
    assert.deepEqual(warnings, [])
  })

  it('has many tasks of one session done one by one in little time', async () => {
    const queue = new SharedJoinableQueue<number>()
    const count = 100_000
    await queue.putMany(Array.from({ length: count }, (_, index) => index))
    await queue.getMany(count)
    const since = process.cpuUsage()
    for (let left = count; left > 0; left--) await queue.taskDone()
    assert.equal(queue.unfinished, 0)
    assert.ok(process.cpuUsage(since).user < 2_000_000)
  })

  it('has many tasks finished behind one that takes long in little time', async () => {
    const queue = new SharedJoinableQueue<number>()
    const count = 100_000
    await queue.putMany(Array.from({ length: count }, (_, index) => index))
    await queue.get()
    const since = process.cpuUsage()
    for (let left = count - 1; left > 0; left--) await queue.finish((await queue.getTask()).receipt)
    assert.equal(queue.unfinished, 1)
    assert.ok(process.cpuUsage(since).user < 2_000_000)
  })
})
