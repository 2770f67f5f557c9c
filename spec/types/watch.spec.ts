import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import {
  assign,
  Manager,
  type Remote,
  release,
  remove,
  SharedArray,
  SharedList,
  SharedMap,
  SharedSet,
  SharedValue,
} from 'referent'
import { Changes } from '../../lib/types/containers/changes.ts'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { collect } from './collect.ts'
import { startWatching } from './watchers.ts'
import { Watched } from './watched.ts'

leaveNothing()

describe('watch', () => {
  let manager: Manager

  before(async () => (manager = await Manager.serve()))
  after(() => manager.close())

  it('gives every change of a map since it was asked for, in order', async () => {
    const map = await manager.create(SharedMap<string, number>, [['a', 1]])
    const changes = await map.watch()
    await map.set('a', 2)
    await map.setMany([['b', 1]])
    await map.increment('b')
    await map.compute('b', () => remove)
    await map.delete('none')
    await map.compareAndSet('a', 5, 6)
    await map.compareAndSet('a', 2, 3)
    await map.clear()
    await map.clear()
    await map.getOrSet('c', 1)
    assert.deepEqual(await take(changes, 7), [
      { type: 'set', key: 'a', value: 2, previous: 1 },
      { type: 'set', key: 'b', value: 1 },
      { type: 'set', key: 'b', value: 2, previous: 1 },
      { type: 'delete', key: 'b', previous: 2 },
      { type: 'set', key: 'a', value: 3, previous: 2 },
      { type: 'clear' },
      { type: 'set', key: 'c', value: 1 },
    ])
  })

  it('gives changes of a list by which a copy stays the same', async () => {
    const list = await manager.create(SharedList<number>, [3, 1, 2])
    const [changes, copy] = [await list.watch(), await list.toArray()]
    await list.push(5, 4)
    await list.sort()
    await list.increment(0, 10)
    await list.pop()
    await list.shift()
    await list.splice(1, 1, 7, 8)
    await list.reverse()
    await list.fill(0, 2)
    await list.unshift(6)
    await list.remove(8)
    await list.computeAll((items) => [...items, 1])
    await list.setMany([[0, 9]])
    const end = await list.toArray()
    await list.clear()
    await list.pop()
    for await (const change of changes) {
      if (change.type === 'set') copy[change.index] = change.value
      else assert.deepEqual(copy.splice(change.index, change.removed.length, ...change.added), change.removed)
      if (copy.length === 0) break
      if (copy.join() === end.join()) end.length = 0
    }
    assert.deepEqual([copy, end], [[], []])
  })

  it('gives the changes of sets, values and arrays', async () => {
    const set = await manager.create(SharedSet<string>, ['a'])
    const ofSet = await set.watch()
    await set.addMany(['a', 'b'])
    await set.delete('a')
    await set.clear()
    assert.deepEqual(await take(ofSet, 3), [
      { type: 'add', value: 'b' },
      { type: 'delete', value: 'a' },
      { type: 'clear' },
    ])
    const value = await manager.create(SharedValue<number>, 1)
    const ofValue = await value.watch()
    await value.set(2)
    await assign(value, { value: 3 })
    assert.deepEqual(await take(ofValue, 2), [
      { type: 'set', value: 2, previous: 1 },
      { type: 'set', value: 3, previous: 2 },
    ])
    const array = await manager.create(SharedArray<'Uint8Array'>, 'Uint8Array', 4)
    const ofArray = await array.watch()
    await array.set([1, 2], 1)
    await array.increment(0)
    await array.fill(9, 3)
    assert.deepEqual(await take(ofArray, 3), [
      { type: 'set', index: 1, values: Uint8Array.of(1, 2) },
      { type: 'set', index: 0, values: Uint8Array.of(1) },
      { type: 'set', index: 3, values: Uint8Array.of(9) },
    ])
  })

  it('ends when the container goes', async () => {
    const map = await manager.create(SharedMap<string, number>)
    const changes = await map.watch()
    await map.set('a', 1)
    release(map)
    assert.deepEqual(await within('it ends', collect(changes)), [{ type: 'set', key: 'a', value: 1 }])
  })
})

describe('a watch', () => {
  let manager: Manager
  let watched: Remote<Watched>

  before(async () => (manager = await Manager.serve()))
  after(() => manager.close())
  beforeEach(async () => (watched = await manager.create(Watched)))

  const untilUnwatched = () => eventually('nobody watches', async () => ((await watched.areWatched) ? undefined : true))

  it('fails with OVERLOADED where its reader is too slow, and holds nobody up', async () => {
    const [slow, patient] = [
      await watched.watch({ maxBuffered: 3, maxLagMs: 0 }),
      await watched.watch({ maxBuffered: 1000 }),
    ]
    const numbers = Array.from({ length: 1000 }, (_, index) => index)
    await watched.tell(...numbers)
    const failure = {
      code: 'OVERLOADED',
      message:
        /more than 3 changes waited for it, the first of them for more than 0 ms \(maxBuffered, maxLagMs\); read/,
    }
    await assert.rejects(within('it fails', collect(slow)), failure)
    assert.deepEqual(await slow.next(), { done: true, value: undefined })
    assert.deepEqual(await take(patient, 1000), numbers)
    await untilUnwatched()
  })

  it('gives a reader that keeps reading all of a burst, however many they are', async () => {
    const map = await manager.create(SharedMap<number, number>)
    const reading = take(await map.watch({ maxLagMs: 60_000 }), 9000)
    await map.setMany(Array.from({ length: 3000 }, (_, key) => [key, 0]))
    for (let round = 1; round <= 4; round++)
      await Promise.all(Array.from({ length: 1500 }, (_, key) => map.set(key, round)))
    const values = (await within('all are read', reading)).map((change) => (change.type === 'set' ? change.value : -1))
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((round) => values.filter((value) => value === round).length),
      [3000, 1500, 1500, 1500, 1500],
    )
  })

  it('fails where its reader stands still, also after a burst', async () => {
    const stuck = await watched.watch({ maxLagMs: 20 })
    await watched.tell(...Array.from({ length: 5000 }, (_, index) => index))
    await eventually('it fails', async () => {
      await watched.tell(0)
      return (await watched.areWatched) ? undefined : true
    })
    await stuck.return()
  })

  it('keeps 64 MiB for its reader, whatever that allows', async () => {
    const map = await manager.create(SharedMap<string, unknown>)
    const greedy = { maxBuffered: 1e12, maxLagMs: 1e9 }
    const watches = [await map.watch(greedy), await map.watch(greedy)]
    const overloaded = { code: 'OVERLOADED', message: /more than 67108864 bytes of changes waited for it/ }
    for (let count = 0; count < 20; count++) await map.set('text', 'x'.repeat(2_000_000))
    for (const watch of watches) await assert.rejects(within('it fails', collect(watch)), overloaded)
    const list = await manager.create(SharedList<number>, Array(100_000).fill(0))
    const ofList = await list.watch(greedy)
    for (let count = 0; count < 20; count++) await list.reverse()
    await assert.rejects(within('it fails', collect(ofList)), overloaded)
  })

  it('keeps one change, however large it is', async () => {
    const map = await manager.create(SharedMap<string, unknown>)
    const changes = await map.watch({ maxLagMs: 60_000 })
    await map.set('bytes', new Uint8Array(70_000_000))
    const [change] = await take(changes, 1)
    assert.ok(change?.type === 'set' && change.value instanceof Uint8Array && change.value.length === 70_000_000)
  })

  it('is no more than one of 10,000', async () => {
    const changes = new Changes<number>()
    for (let count = 0; count < 10_000; count++) changes.watch()
    assert.throws(() => changes.watch(), { code: 'OVERLOADED', message: /10000 watch this already/ })
    changes[Symbol.dispose]()
    changes.watch()
  })

  it('refuses a bound that is none', async () => {
    for (const maxLagMs of [-1, Number.NaN])
      await assert.rejects(watched.watch({ maxLagMs }), { name: 'RangeError', message: /maxLagMs is/ })
    for (const maxBuffered of [0, -1, 1.5, Number.NaN])
      await assert.rejects(watched.watch({ maxBuffered }), { name: 'RangeError', message: /maxBuffered is/ })
    const refused: [options: unknown, message: RegExp][] = [
      [5, /the options of watch are 5; they must be an object: \{ maxBuffered, maxLagMs \}/],
      [{ maxLag: 5 }, /watch has no option 'maxLag': did you mean maxLagMs\?/],
      [{ maxBuffered: '5' }, /maxBuffered is '5'/],
    ]
    for (const [options, message] of refused)
      await assert.rejects(watched.watch(options as never), { name: 'TypeError', message })
    assert.equal(await watched.areWatched, false)
  })

  it('is over when its reader leaves, also one that waits, and one that never read', async () => {
    const [left, waiting, unread] = [await watched.watch(), await watched.watch(), await watched.watch()]
    const next = waiting.next()
    await watched.tell(1)
    for await (const number of left) if (number === 1) break
    await next
    const later = waiting.next()
    await waiting.return()
    assert.deepEqual(await within('the reader that waits', later), { done: true, value: undefined })
    assert.ok(await watched.areWatched)
    await unread.return()
    await untilUnwatched()
  })

  it('is over when its reader is killed', async () => {
    await using child = startWatching(watched)
    await eventually('the child watches', async () => (await watched.areWatched) || undefined)
    child.kill()
    await untilUnwatched()
  })
})

/** So many of them; then it leaves. */
async function take<T>(items: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = []
  for await (const item of items) if (taken.push(item) === count) break
  return taken
}
