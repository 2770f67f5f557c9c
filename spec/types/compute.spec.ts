import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { assign, Manager, type Remote, remove, SharedList, SharedMap, SharedValue, withOptions } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Hold } from './hold.ts'
import { startHolding } from './work.ts'

leaveNothing()

type Numbers = SharedMap<string, number>

describe('compute', () => {
  let manager: Manager
  let map: Remote<Numbers>

  before(async () => (manager = await Manager.start()))
  after(() => manager.close())
  beforeEach(async () => {
    map = await manager.create(SharedMap<string, number>, [
      ['k', 1],
      ['other', 1],
    ])
  })

  it('sets what a function of the caller makes of the value, and gives it', async () => {
    assert.equal(await map.compute('k', (value = 0, key) => value + key.length), 2)
    assert.equal(await map.compute('new', async (value) => (value === undefined ? 5 : 0)), 5)
    assert.deepEqual(await map.getMany(['k', 'new']), [2, 5])
  })

  it('deletes the entry where the function gives remove', async () => {
    assert.equal(await map.compute('k', async () => remove), undefined)
    assert.equal(await map.compute('new', () => remove), undefined)
    assert.deepEqual(await map.toObject(), { other: 1 })
  })

  it('refuses a function that gives undefined, and leaves the value', async () => {
    const users = await manager.create(SharedMap<string, { age: number }>, [['ada', { age: 36 }]])
    const forgets = (user?: { age: number }) => {
      if (user !== undefined) user.age++
    }
    const refused = (message: RegExp) => ({ name: 'TypeError', message })
    const inMap = /compute of a map gave undefined: return the new value, or `remove` to delete the entry/
    await assert.rejects(users.compute('ada', forgets as never), refused(inMap))
    await assert.rejects(
      users.getOrCompute('grace', (() => undefined) as never),
      refused(/of getOrCompute gave undefined/),
    )
    assert.deepEqual(await users.toObject(), { ada: { age: 36 } })
    const list = await manager.create(SharedList<{ age: number }>, [{ age: 36 }])
    await assert.rejects(list.compute(0, forgets as never), refused(/of compute gave undefined: return the new value$/))
    await assert.rejects(list.computeAll(forgets as never), refused(/must give an array/))
    assert.deepEqual(await list.toArray(), [{ age: 36 }])
    const value = await manager.create(SharedValue<{ age: number }>, { age: 36 })
    await assert.rejects(value.compute(forgets as never), refused(/of compute gave undefined/))
    assert.deepEqual(await value.get(), { age: 36 })
  })

  it('refuses remove where nothing can be removed', async () => {
    const refused = { name: 'TypeError', message: /gave remove, which is for SharedMap\.compute/ }
    const [list, value] = [await manager.create(SharedList<number>, [1]), await manager.create(SharedValue<number>, 1)]
    await assert.rejects(
      list.compute(0, () => remove as never),
      refused,
    )
    await assert.rejects(
      value.compute(() => remove as never),
      refused,
    )
    await assert.rejects(
      map.getOrCompute('new', () => remove as never),
      refused,
    )
    assert.deepEqual([await list.toArray(), await value.get(), await map.has('new')], [[1], 1, false])
  })

  it('holds the key: those who write it wait, in the order of their coming, those who read do not', async () => {
    const hold = new Hold<number>()
    const computed = map.compute('k', hold.compute)
    assert.equal(await within('the function is called', hold.begun), 1)
    const later = [
      map.set('k', 20),
      map.increment('k'),
      map.compute('k', (value = 0) => value * 2),
      map.compareAndSet('k', 42, 43),
      map.take('k'),
      map.update('k', 0).catch((error: Error) => error.message),
      map.set('k', 7),
      map.deleteMany(['k', 'nothing']),
    ]
    assert.equal(await within('a read', map.get('k')), 1)
    assert.equal(await within('a write of another key', map.increment('other')), 2)
    hold.end(10)
    assert.equal(await computed, 10)
    assert.deepEqual(await within('the others', Promise.all(later)), [
      ...[undefined, 21, 42, true, 43],
      ...["the value of 'k' is undefined, not a plain object: it can't be updated", undefined, 1],
    ])
  })

  it('is waited for by who writes several keys, and by who clears the map; those behind wait for them', async () => {
    const hold = new Hold<number>()
    const computed = map.compute('k', hold.compute)
    await hold.begun
    const done: string[] = []
    const note = (what: string) => () => done.push(what)
    const later = [
      map
        .setMany([
          ['k', 5],
          ['other', 5],
        ])
        .then(note('both')),
      map.increment('other').then(note('other')),
      map.clear().then(note('clear')),
      map.set('third', 3).then(note('third')),
    ]
    assert.deepEqual([await map.toObject(), done], [{ k: 1, other: 1 }, []])
    hold.end(2)
    await within('the others', Promise.all([computed, ...later]))
    assert.deepEqual([await map.toObject(), done], [{ third: 3 }, ['both', 'other', 'clear', 'third']])
  })

  it('leaves the value where the function throws, whose error its caller gets; the next one goes on', async () => {
    const failing = map.compute('k', () => {
      throw new RangeError('no')
    })
    const next = map.increment('k')
    await assert.rejects(failing, (error) => error instanceof RangeError && error.message === 'no')
    assert.equal(await within('the next one', next), 2)
  })

  it('leaves the value where its caller gives up, whatever the function gives later', async () => {
    const [abort, hold] = [new AbortController(), new Hold<number>()]
    const aborted = withOptions(map, { signal: abort.signal }).compute('k', hold.compute)
    await hold.begun
    const timedOut = withOptions(map, { timeoutMs: 20 }).compute('other', hold.compute)
    const next = [map.increment('k'), map.increment('other')]
    abort.abort()
    await assert.rejects(aborted, { code: 'ABORTED' })
    await assert.rejects(timedOut, { code: 'TIMEOUT' })
    assert.deepEqual(await within('the next ones', Promise.all(next)), [2, 2])
    hold.end(100)
    assert.deepEqual(await map.getMany(['k', 'other']), [2, 2])
  })

  it('lets nobody write later who gave up waiting', async () => {
    const [abort, hold] = [new AbortController(), new Hold<number>()]
    const computed = map.compute('k', hold.compute)
    await hold.begun
    const impatient = withOptions(map, { signal: abort.signal })
    const waiting = [impatient.set('k', 50), impatient.compute('k', () => 60), impatient.clear()]
    const patient = map.increment('k')
    await map.get('k')
    abort.abort()
    for (const call of waiting) await assert.rejects(call, { code: 'ABORTED' })
    hold.end(2)
    assert.deepEqual(await within('the others', Promise.all([computed, patient])), [2, 3])
  })

  it('is over with the session of its caller', async () => {
    const client = await Manager.connect(manager.address, { authkey: manager.authkey })
    await manager.named('over', SharedMap<string, number>, [['k', 1]])
    const [mine, its] = [await manager.lookup<Numbers>('over'), await client.lookup<Numbers>('over')]
    const hold = new Hold<number>()
    const computed = its.compute('k', hold.compute)
    await hold.begun
    const next = mine.increment('k')
    await client.close()
    await assert.rejects(computed, { code: 'SESSION_LOST' })
    assert.equal(await within('the next one', next), 2)
    await manager.forget('over')
  })

  it('leaves the value where its caller is killed, and who is killed waiting never writes', async () => {
    const [changes, hold] = [await map.watch(), new Hold<number>()]
    const computed = map.compute('wanted', hold.compute)
    await hold.begun
    await map.set('held', 7)
    await using child = startHolding(map)
    for await (const change of changes) if (change.type === 'set' && change.key === 'holder') break
    const next = map.increment('held')
    assert.equal(await map.get('held'), 7)
    child.kill()
    assert.equal(await within('the next one', next), 8)
    hold.end(1)
    await computed
    assert.equal(await map.increment('wanted'), 2)
  })
})

describe('the function of compute', () => {
  let manager: Manager
  let map: Remote<Numbers>

  // In a process of its own: what is called within a function is told by the chain of its calls alone.
  before(async () => (manager = await Manager.start()))
  after(() => manager.close())
  beforeEach(
    async () =>
      (map = await manager.create(SharedMap<string, number>, [
        ['k', 1],
        ['l', 1],
      ])),
  )

  it('may read the key, and write others', async () => {
    const computed = map.compute('k', async () => {
      await map.compute('l', (value = 0) => value + 1)
      return ((await map.get('k')) ?? 0) + ((await map.get('l')) ?? 0)
    })
    assert.equal(await within('it ends', computed), 3)
  })

  it('is refused what it would have to wait for itself for, and can go on', async () => {
    for (const write of [
      () => map.set('k', 5),
      () => map.compute('k', () => 5),
      () =>
        map.setMany([
          ['l', 5],
          ['k', 5],
        ]),
      () => map.clear(),
    ]) {
      const computed = map.compute('k', async (value = 0) => {
        await assert.rejects(write(), { code: 'DEADLOCK', message: /'k'|SharedMap/ })
        return value + 1
      })
      await within('it ends', computed)
    }
    assert.deepEqual(await map.toObject(), { k: 5, l: 1 })
  })

  it('is refused what waits for another one that waits for it, also in another container', async () => {
    const other = await manager.create(SharedList<number>, [1])
    const [first, second] = [new Hold<void>(), new Hold<void>()]
    const one = map.compute('k', async (value = 0) => {
      await first.compute()
      return value + (await other.increment(0))
    })
    const two = other.compute(0, async (value) => {
      await second.compute()
      return value + (await map.increment('k'))
    })
    await Promise.all([first.begun, second.begun])
    first.end()
    second.end()
    const [ofOne, ofTwo] = await within('both end', Promise.allSettled([one, two]))
    const failed = [ofOne, ofTwo].filter((each) => each.status === 'rejected')
    assert.deepEqual(
      failed.map(({ reason }) => (reason as { code: string }).code),
      ['DEADLOCK'],
    )
  })

  it('is refused it too where the map is one of its own process', async () => {
    const local = new SharedMap<string, number>([['k', 1]])
    const computed = local.compute('k', async (value = 0) => {
      await assert.rejects(async () => local.set('k', 5), { code: 'DEADLOCK' })
      return value + 1
    })
    assert.equal(await within('it ends', computed), 2)
  })

  it('is not taken for what is called at the same time in the same process', async () => {
    await using here = await Manager.serve()
    const local = await here.create(SharedMap<string, number>, [['k', 1]])
    const hold = new Hold<number>()
    const other = hold.begun.then(() => local.increment('k'))
    const computed = local.compute('k', async (value) => {
      void hold.compute(value)
      return ((await local.get('k')) ?? 0) + 1
    })
    assert.deepEqual(await within('both end', Promise.all([computed, other])), [2, 3])
  })

  it('must be a function', async () => {
    const wrong = 5 as unknown as () => number
    await assert.rejects(map.compute('k', wrong), {
      name: 'TypeError',
      message: /^compute: fn is .*; it must be a function$/,
    })
    assert.equal(await map.increment('k'), 2)
  })
})

describe('getOrCompute', () => {
  let manager: Manager

  before(async () => (manager = await Manager.serve()))
  after(() => manager.close())

  it('computes once what many ask for, and again where that failed', async () => {
    const map = await manager.create(SharedMap<string, number>)
    let computed = 0
    const compute = async (key: string) => {
      computed++
      if (computed === 1) throw new Error('not yet')
      await map.get(key)
      return key.length
    }
    const asked = await Promise.allSettled(Array.from({ length: 5 }, () => map.getOrCompute('four', compute)))
    assert.deepEqual(
      asked.map((each) => (each.status === 'fulfilled' ? each.value : 'failed')),
      ['failed', 4, 4, 4, 4],
    )
    assert.deepEqual([await map.getOrCompute('four', () => 0), computed], [4, 2])
  })
})

describe('compute of a list', () => {
  let manager: Manager
  let list: Remote<SharedList<number>>

  before(async () => (manager = await Manager.serve()))
  after(() => manager.close())
  beforeEach(async () => (list = await manager.create(SharedList<number>, [1, 2, 3])))

  it('holds the item: who writes or moves it waits, who writes another one or adds at the end does not', async () => {
    const hold = new Hold<number>()
    const computed = list.compute(1, hold.compute)
    assert.equal(await hold.begun, 2)
    assert.equal(await within('another item', list.increment(0)), 2)
    assert.equal(await within('one more', list.push(4)), 4)
    const later = [list.set(1, 7), list.shift(), list.set(1, 8), list.push(5)]
    assert.deepEqual(await list.toArray(), [2, 2, 3, 4])
    hold.end(20)
    assert.deepEqual(await within('the others', Promise.all([computed, ...later])), [20, undefined, 2, undefined, 4])
    assert.deepEqual(await list.toArray(), [7, 8, 4, 5])
  })

  it('counts from the end that is there when its turn comes', async () => {
    const hold = new Hold<number>()
    const computed = list.compute(-1, hold.compute)
    assert.equal(await hold.begun, 3)
    const later = [list.increment(2), list.pop(), list.compute(-1, (value) => value * 10)]
    hold.end(4)
    assert.deepEqual(await within('the others', Promise.all([computed, ...later])), [4, 5, 5, 20])
  })

  it('has no item to compute where there is none', async () => {
    await assert.rejects(
      list.compute(3, (value) => value),
      { name: 'RangeError', message: /no item 3 in a list of 3/ },
    )
    assert.equal(await list.pop(), 3)
  })

  it('computes all items in one call', async () => {
    const sorting = list.computeAll((items) => items.toSorted((one, other) => other - one))
    const later = list.push(9)
    await Promise.all([sorting, later])
    assert.deepEqual(await list.toArray(), [3, 2, 1, 9])
    await assert.rejects(
      list.computeAll(() => 5 as unknown as number[]),
      { name: 'TypeError', message: /an array/ },
    )
    assert.equal(await list.length, 4)
  })
})

describe('compute of a value', () => {
  it('holds it: set waits, an assignment is refused', async () => {
    await using manager = await Manager.serve()
    const value = await manager.create(SharedValue<number>, 1)
    const hold = new Hold<number>()
    const computed = value.compute(hold.compute)
    await hold.begun
    const later = [value.set(5), value.increment()]
    await assert.rejects(assign(value, { value: 9 }), /being computed/)
    assert.equal(await value.value, 1)
    hold.end(2)
    assert.deepEqual(await within('the others', Promise.all([computed, ...later])), [2, undefined, 6])
    await eventually('it is free', async () => assign(value, { value: 9 }).then(() => true))
    assert.equal(await value.get(), 9)
  })
})
