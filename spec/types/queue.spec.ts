import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager, type Remote, SharedQueue } from 'referent'
import { eventually, patienceMs, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { MuteConsumer } from './mute-consumer.ts'
import { QueueBoard } from './queue-board.ts'

leaveNothing()

const full = { code: 'QUEUE_FULL', message: 'the queue has no place left; it takes 2 (maxSize)' }
const empty = { code: 'QUEUE_EMPTY' }
const closed = { code: 'QUEUE_CLOSED' }

describe('a SharedQueue', () => {
  let manager: Manager
  let others: Manager[]
  let lastName = 0

  before(async () => {
    manager = await Manager.start()
    const { address, authkey } = manager
    others = await Promise.all([1, 2].map(() => Manager.connect(address, { authkey })))
  })
  after(async () => {
    for (const other of others) await other.close()
    await manager.close()
  })

  /** One queue, as three sessions see it. */
  async function seenByThree(maxSize = 0): Promise<Remote<SharedQueue<unknown>>[]> {
    const name = `queue ${++lastName}`
    return Promise.all([manager, ...others].map((each) => each.named(name, SharedQueue, maxSize)))
  }

  /** Calls of one session are carried out in their order: when a later one is answered, the wait has begun. */
  async function begun<T>(queue: Remote<{ size: number }>, wait: Promise<T>): Promise<{ readonly wait: Promise<T> }> {
    wait.catch(() => undefined)
    await queue.size
    return { wait }
  }

  it('gives to one session what another has put, first what was put first', async () => {
    const [mine, theirs] = await seenByThree()
    const items = [1, 'two', new Date(3), undefined, { five: [5n] }]
    for (const item of items) await mine?.put(item)
    const got: unknown[] = []
    for (const _ of items) got.push(await theirs?.get())
    assert.deepEqual(got, items)
  })

  it('says how it stands', async () => {
    const queue = await manager.create(SharedQueue<string>, 2)
    const standing = async () =>
      Promise.all([queue.size, queue.maxSize, queue.isEmpty, queue.isFull, queue.isClosed, queue.peek()])
    assert.deepEqual(await standing(), [0, 2, true, false, false, undefined])
    await queue.putMany(['one', 'two'])
    assert.deepEqual(await standing(), [2, 2, false, true, false, 'one'])
    await queue.close()
    assert.deepEqual([await queue.clear(), await standing()], [2, [0, 2, true, false, true, undefined]])
  })

  it('that is full refuses at once what should not wait, and after its time what waits so long', async () => {
    const queue = await manager.create(SharedQueue<number>, 2)
    await queue.putMany([1, 2])
    await assert.rejects(queue.putNowait(3), full)
    await assert.rejects(queue.put(3, { timeoutMs: 0 }), full)
    const since = performance.now()
    await assert.rejects(queue.put(3, { timeoutMs: 50 }), full)
    assert.ok(performance.now() - since >= 49)
    assert.deepEqual(await queue.getMany(9), [1, 2])
  })

  it('that is empty refuses at once what should not wait, and after its time what waits so long', async () => {
    const queue = await manager.create(SharedQueue<number>)
    await assert.rejects(queue.getNowait(), empty)
    await assert.rejects(queue.get({ timeoutMs: 0 }), empty)
    const since = performance.now()
    await assert.rejects(queue.getMany(3, { timeoutMs: 50 }), empty)
    assert.ok(performance.now() - since >= 49)
    await queue.put(4)
    assert.deepEqual(await queue.getMany(3), [4])
  })

  it('serves those who wait for items in the order in which they came, whatever their session', async () => {
    const [mine, one, two] = await seenByThree()
    assert.ok(mine && one && two)
    const first = await begun(one, one.get())
    const second = await begun(two, two.getMany(2))
    const third = await begun(one, one.get())
    await mine.putMany(['a', 'b', 'c', 'd'])
    assert.deepEqual(await Promise.all([first.wait, second.wait, third.wait]), ['a', ['b', 'c'], 'd'])
  })

  it('admits those who wait for a place in the order in which they came, and nobody before them', async () => {
    const [mine, one, two] = await seenByThree(2)
    assert.ok(mine && one && two)
    await mine.put('a')
    const both = await begun(one, one.putMany(['b', 'c']))
    const single = await begun(two, two.put('d'))
    await assert.rejects(mine.putNowait('e'), full) // There is a place, but not for who comes last.
    assert.equal(await mine.get(), 'a')
    await within('the first goes on', both.wait)
    assert.equal(await mine.get(), 'b')
    await within('the second goes on', single.wait)
    assert.deepEqual(await mine.getMany(9), ['c', 'd'])
  })

  it('puts many at once with no others in between, or none of them', async () => {
    const [mine, theirs] = await seenByThree(2)
    assert.ok(mine && theirs)
    await assert.rejects(mine.putMany([1, 2, 3]), { name: 'RangeError', message: /3 items at once.*takes 2/ })
    await mine.put('before')
    await assert.rejects(mine.putMany([1, 2], { timeoutMs: 10 }), full)
    assert.equal(await mine.size, 1)
    await theirs.putMany([])
    assert.deepEqual(await mine.getMany(Number.POSITIVE_INFINITY), ['before'])
  })

  it('never takes what a putter has given up, nor gives anything to a getter that has', async () => {
    const [mine, theirs] = await seenByThree(1)
    assert.ok(mine && theirs)
    await mine.put('a')
    const giveUp = new AbortController()
    const putting = await begun(theirs, theirs.put('b', { signal: giveUp.signal }))
    giveUp.abort()
    await assert.rejects(putting.wait, { code: 'ABORTED' })
    await theirs.size
    assert.equal(await mine.get(), 'a')

    const giveUpToo = new AbortController()
    const getting = await begun(theirs, theirs.get({ signal: giveUpToo.signal }))
    giveUpToo.abort()
    await assert.rejects(getting.wait, { code: 'ABORTED' })
    await theirs.size
    await mine.put('c')
    assert.deepEqual([await mine.size, await mine.get()], [1, 'c'])
  })

  it('lets the next go on where one who needs more room gives up', async () => {
    const [mine, one, two] = await seenByThree(2)
    assert.ok(mine && one && two)
    await mine.put('a')
    const giveUp = new AbortController()
    const both = await begun(one, one.putMany(['b', 'c'], { signal: giveUp.signal }))
    const single = await begun(two, two.put('d'))
    giveUp.abort()
    await assert.rejects(both.wait, { code: 'ABORTED' })
    await within('the next goes on', single.wait)
    assert.deepEqual(await mine.getMany(9), ['a', 'd'])
  })

  it('that is closed turns putters away, and getters once it is empty', async () => {
    const [mine, theirs] = await seenByThree(1)
    assert.ok(mine && theirs)
    await mine.put('last')
    const putting = await begun(theirs, theirs.put('never'))
    await mine.close()
    await mine.close()
    await assert.rejects(within('the putter is turned away', putting.wait), closed)
    await assert.rejects(mine.put('never'), closed)
    await assert.rejects(mine.putNowait('never'), closed)
    assert.deepEqual(await theirs.nextItem(), { done: false, value: 'last' })
    await theirs.size // The answer before is confirmed.
    await assert.rejects(theirs.get(), closed)
    await assert.rejects(theirs.getNowait(), closed)
    assert.deepEqual(await theirs.nextItem(), { done: true, value: undefined })
  })

  it('that is closed ends the waits of getters', async () => {
    const [mine, theirs] = await seenByThree()
    assert.ok(mine && theirs)
    const getting = await begun(theirs, theirs.get())
    await mine.close()
    await assert.rejects(getting.wait, closed)
  })

  it('gives to the next, in order, what a consumer that is gone had not acknowledged', async () => {
    const queue = await manager.create(SharedQueue<string>, 3)
    await queue.putMany(['a', 'b', 'c'])
    using dead = await MuteConsumer.of(manager, queue)
    using alive = await MuteConsumer.of(manager, queue)
    assert.deepEqual([await dead.call('get'), await alive.call('get'), await dead.call('get')], ['a', 'b', 'c'])
    await queue.putMany(['d', 'e', 'f'])
    dead[Symbol.dispose]()
    await eventually('they are back', async () => ((await queue.size) === 5 ? true : undefined))
    await assert.rejects(queue.putNowait('g'), { code: 'QUEUE_FULL' })
    assert.deepEqual(await queue.getMany(9), ['a', 'c', 'd', 'e', 'f'])
  })

  it('gives to the next, in order, what a consumer was sent that had given up, and lives', async () => {
    const queue = await manager.create(SharedQueue<string>)
    await queue.putMany(['a', 'b'])
    using raw = await MuteConsumer.of(manager, queue)
    assert.equal(await raw.call('get'), 'a')
    raw.giveUpLast()
    await eventually('it is back', async () => ((await queue.size) === 2 ? true : undefined))
    assert.deepEqual([await raw.call('get'), await queue.get()], ['a', 'b'])
  })

  it('that is closed keeps getters waiting while an item may come back', async () => {
    const queue = await manager.create(SharedQueue<string>)
    await queue.put('once')
    using dead = await MuteConsumer.of(manager, queue)
    assert.equal(await dead.call('get'), 'once')
    await queue.close()
    await assert.rejects(queue.getNowait(), empty)
    const getting = await begun(queue, queue.get())
    dead[Symbol.dispose]()
    assert.equal(await within('it is back', getting.wait), 'once')
    await queue.size
    await assert.rejects(queue.get(), closed)
  })

  it('is iterated over until it is closed, and nothing is taken that its consumer has not asked for', async () => {
    const [mine, theirs] = await seenByThree()
    assert.ok(mine && theirs)
    await mine.putMany([1, 2, 3])
    for await (const item of theirs) {
      assert.deepEqual([item, await mine.size], [1, 2])
      break
    }
    const rest: unknown[] = []
    const consuming = (async () => {
      for await (const item of theirs) rest.push(item)
    })()
    await mine.put(4)
    await mine.close()
    await within('the iteration ends', consuming)
    assert.deepEqual(rest, [2, 3, 4])
  })

  it('is iterated over by several, who share its items', async () => {
    const [mine, ...theirs] = await seenByThree(3)
    const got: unknown[] = []
    const consume = async (queue: Remote<SharedQueue<unknown>>): Promise<void> => {
      for await (const item of queue) got.push(item)
    }
    const consuming = Promise.all(theirs.map(consume))
    for (let item = 0; item < 100; item++) await mine?.put(item)
    await mine?.close()
    await within('the iterations end', consuming)
    assert.deepEqual([got.length, new Set(got).size], [100, 100])
  })

  it('loses and doubles nothing where callers give up at any moment', async () => {
    const [mine, theirs] = await seenByThree()
    assert.ok(mine && theirs)
    const count = 200
    const got: unknown[] = []
    const consume = async (): Promise<void> => {
      while (got.length < count) {
        const signal = AbortSignal.timeout(1)
        const taken = await theirs.get({ signal }).catch((error: unknown) => {
          assert.ok(Reflect.get(Object(error), 'code') === 'ABORTED', String(error))
        })
        if (taken !== undefined) got.push(taken)
      }
    }
    const consuming = Promise.all([consume(), consume(), consume()])
    for (let item = 1; item <= count; item++) await mine.put(item)
    await within('all are consumed', consuming)
    assert.deepEqual(new Set(got), new Set(Array.from({ length: count }, (_, index) => index + 1)))
    assert.deepEqual([got.length, await mine.size], [count, 0])
  })

  it('works through an object that holds it, also when nobody else does any more', async () => {
    const [here, there] = await Promise.all([manager, ...others].map((each) => each.named('the board', QueueBoard)))
    {
      using queue = await manager.create(SharedQueue<string>)
      await here?.hang('jobs', queue)
      await queue.put('first')
    }
    const jobs = await there?.find('jobs')
    await jobs?.put('second')
    assert.deepEqual([await here?.next(), await jobs?.get()], ['first', 'second'])
  })

  it('gets back what an object took for a caller that never got it, and not what it took for itself', async () => {
    const [board, queue, taken] = await Promise.all([
      manager.create(QueueBoard),
      manager.create(SharedQueue<string>),
      manager.create(SharedQueue<string>),
    ])
    await Promise.all([board.hang('jobs', queue), board.hang('taken', taken)])
    await queue.putMany(['a', 'b'])
    using mute = await MuteConsumer.of(manager, board)
    assert.equal(await mute.call('next'), 'a')
    mute.giveUpLast()
    await eventually('it is back', async () => ((await queue.size) === 2 ? true : undefined))

    await mute.call('keepTaking')
    mute.giveUpLast()
    // Nobody knows for whom a method takes what it has before its call is answered: that may come twice.
    const takes = async (item: string) => (await taken.get({ timeoutMs: patienceMs })) === item || undefined
    await eventually('b is taken', () => takes('b'))
    for (const item of ['c', 'd', 'e']) {
      await queue.put(item)
      await eventually(`${item} is taken`, () => takes(item))
    }
    assert.deepEqual([await queue.size, await taken.size], [0, 0])
  })

  it('works in one process without any manager', async () => {
    const queue = new SharedQueue<number>(1)
    queue.putNowait(1)
    const putting = queue.put(2)
    assert.deepEqual([queue.get(), await putting, queue.getNowait()], [1, undefined, 2])
    assert.throws(() => queue.getNowait(), empty)
  })

  it('refuses sizes and counts that make no sense', async () => {
    for (const maxSize of [-1, 1.5, Number.NaN])
      await assert.rejects(manager.create(SharedQueue, maxSize), { name: 'RangeError', message: /maxSize is/ })
    const queue = await manager.create(SharedQueue<number>, 1)
    for (const max of [0, 1.5, Number.NaN])
      await assert.rejects(queue.getMany(max), { name: 'RangeError', message: /max is/ })
    for (const wait of [
      queue.put(1, { timeoutMs: -1 }),
      queue.get({ timeoutMs: -1 }),
      queue.getMany(1, { timeoutMs: -1 }),
    ])
      await assert.rejects(wait, { name: 'RangeError', message: /timeoutMs is -1/ })
    assert.equal(await queue.size, 0)
  })
})
