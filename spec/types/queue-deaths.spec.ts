import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager, SharedJoinableQueue, SharedQueue } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { isOverNetwork } from '../harness/network.ts'
import { Random } from '../references/chaos/random.ts'
import { consumeBoth, type Positions, start, takePositions } from './queue-users.ts'

leaveNothing()

// SEED=... has the same consumers killed when as many items are done.
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))

// It asks and then computes for ever; over a network, what it asks leaves by its event loop.
const skip = isOverNetwork && 'what stands still has sent nothing, over a network'

describe('where a process is killed', { skip }, () => {
  let manager: Manager
  let queues: Positions
  let next: {
    got: Promise<string>
    put: Promise<void>
    workJoined: Promise<void>
    joined: Promise<void>
    left: Promise<string>
  }

  before(async () => {
    manager = await Manager.start()
    const [getting, putting, taking, working, joining, finishing, closing] = await Promise.all([
      manager.create(SharedQueue<string>),
      manager.create(SharedQueue<string>, 1),
      manager.create(SharedQueue<string>),
      manager.create(SharedJoinableQueue<string>),
      manager.create(SharedJoinableQueue<string>),
      manager.create(SharedJoinableQueue<string>),
      manager.create(SharedJoinableQueue<string>),
    ])
    queues = { getting, putting, taking, working, joining, finishing, closing }
    await Promise.all([putting, taking, working, joining, finishing, closing].map((queue) => queue.put('a')))
    await Promise.all([taking.put('b'), working.put('b'), finishing.put('b')])
    await using child = start(takePositions, queues)
    // It takes this position last: by then it has all the others.
    await eventually('the item is under way', async () => ((await taking.peek()) === 'b' ? true : undefined))
    next = {
      got: getting.get(),
      put: putting.put('b'),
      workJoined: working.join(),
      joined: joining.join(),
      left: closing.get(),
    }
    await closing.close()
    child.kill()
    assert.equal(await child.join(), null)
    await eventually('its session ends', async () =>
      (await manager.inspect()).sessions.every(({ pid }) => pid !== child.pid) ? true : undefined,
    )
  })
  after(() => manager.close())

  it('while it waits for an item, it gets none, and the next one does', async () => {
    const { getting } = queues
    await getting.putMany(['a', 'b'])
    assert.deepEqual([await next.got, await getting.get(), await getting.size], ['a', 'b', 0])
  })

  it('while it waits for a place, it never takes one, and the next one does', async () => {
    const { putting } = queues
    assert.equal(await putting.get(), 'a')
    await within('the next one puts', next.put)
    assert.deepEqual([await putting.get(), await putting.size], ['b', 0])
  })

  it('before it read the item that it was sent, that is left to the next, before all others', async () => {
    assert.deepEqual(await queues.taking.getMany(9), ['a', 'b'])
  })

  it('in the middle of a task, that is left to the next, and those who join wait for it', async () => {
    const { working } = queues
    assert.deepEqual([await working.getMany(9), await working.unfinished], [['a', 'b'], 2])
    await working.taskDone(2)
    await within('all is done', next.workJoined)
  })

  it('with two tasks, the second of them finished, the first is left to the next', async () => {
    const { finishing } = queues
    assert.deepEqual([await finishing.getMany(9), await finishing.unfinished], [['a'], 1])
    await finishing.taskDone()
  })

  it('in the middle of a task of a closed queue, that is left to who waits', async () => {
    const { closing } = queues
    assert.equal(await within('it comes', next.left), 'a')
    await closing.taskDone()
    await within('all is done', closing.join())
  })

  it('while it joins, all others who do go on', async () => {
    const { joining } = queues
    assert.deepEqual([await joining.get(), await joining.unfinished], ['a', 1])
    await joining.taskDone()
    await within('all is done', next.joined)
  })

  it(`and another one, of four consumers, seed ${seed}: nothing is lost or doubled`, async () => {
    const random = new Random(seed)
    const count = 1000
    const [plain, got, worked] = await Promise.all([1, 2, 3].map(() => manager.create(SharedQueue<number>)))
    const tasks = await manager.create(SharedJoinableQueue<number>, 20)
    assert.ok(plain && got && worked)
    const consumers = [1, 2, 3, 4].map(() => start(consumeBoth, plain, tasks, got, worked))

    const numbers = Array.from({ length: count }, (_, number) => number)
    const putting = Promise.all(numbers.map((number) => Promise.all([plain.put(number), tasks.put(number)])))
    for (const victim of consumers.slice(0, 2)) {
      const moment = random.below(count / 2)
      await eventually('its moment comes', async () => ((await worked.size) >= moment ? true : undefined))
      victim.kill()
    }
    await within('all is put', putting)
    await Promise.all([plain.close(), tasks.close(), within('all is done', tasks.join())])
    const endings = await Promise.all(consumers.map((consumer) => consumer.join()))
    assert.deepEqual(endings, [null, null, 0, 0])

    assertSeenOnceBut(2, numbers, await got.getMany(Infinity), 'at most once')
    assertSeenOnceBut(2, numbers, await worked.getMany(Infinity), 'at least once')
    assert.deepEqual([await plain.size, await tasks.size, await tasks.unfinished], [0, 0, 0])
  })
})

/** A consumer may be killed between having an item and telling so, or between telling so and having done it. */
function assertSeenOnceBut(
  dead: number,
  all: readonly number[],
  seen: readonly number[],
  how: 'at most once' | 'at least once',
): void {
  const [distinct, missing] = [new Set(seen), all.filter((number) => !seen.includes(number))]
  const doubled = seen.length - distinct.size
  assert.ok(missing.length <= (how === 'at most once' ? dead : 0), `lost: ${missing.join(', ')}`)
  assert.ok(doubled <= (how === 'at most once' ? 0 : dead), `${doubled} were seen twice`)
}
