import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { Manager, type Remote, SharedMap, SharedSet } from 'referent'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { collect } from './collect.ts'

leaveNothing()

interface User {
  readonly name: string
  readonly age?: number
}

describe('a shared map', () => {
  let manager: Manager
  let map: Remote<SharedMap<string, number>>
  let users: Remote<SharedMap<number, User>>

  before(async () => (manager = await Manager.serve()))
  after(() => manager.close())
  beforeEach(async () => {
    map = await manager.create(SharedMap<string, number>, [
      ['one', 1],
      ['two', 2],
    ])
    users = await manager.create(SharedMap<number, User>, new Map([[1, { name: 'Ada', age: 36 }]]))
  })

  it('has the methods of a Map', async () => {
    assert.deepEqual(
      [await map.get('one'), await map.get('none'), await map.has('two'), await map.size],
      [1, undefined, true, 2],
    )
    assert.equal(await map.set('three', 3), undefined)
    assert.deepEqual([await map.delete('one'), await map.delete('one')], [true, false])
    assert.deepEqual(await collect(map.keys()), ['two', 'three'])
    assert.deepEqual(await collect(map.values()), [2, 3])
    assert.deepEqual(await collect(map.entries()), [
      ['two', 2],
      ['three', 3],
    ])
    assert.deepEqual(await collect(map), [
      ['two', 2],
      ['three', 3],
    ])
    const seen: [number, string][] = []
    await map.forEach((value, key) => seen.push([value, key]))
    assert.deepEqual(seen, [
      [2, 'two'],
      [3, 'three'],
    ])
    await map.clear()
    assert.equal(await map.size, 0)
  })

  it('does much in one call', async () => {
    assert.deepEqual(await map.getMany(['two', 'none', 'one']), [2, undefined, 1])
    await map.setMany([
      ['three', 3],
      ['one', 10],
    ])
    await map.setMany(new Map([['four', 4]]))
    assert.equal(await map.deleteMany(['two', 'none', 'two']), 1)
    assert.deepEqual(
      await map.toMap(),
      new Map([
        ['one', 10],
        ['three', 3],
        ['four', 4],
      ]),
    )
    assert.deepEqual(await map.toObject(), { one: 10, three: 3, four: 4 })
    await assert.rejects(users.toObject(), { name: 'TypeError', message: /1 can't be the name of a property/ })
  })

  it('gives a key that is no property by nature as one', async () => {
    await map.clear()
    await map.set('__proto__', 1)
    assert.deepEqual(Object.entries(await map.toObject()), [['__proto__', 1]])
  })

  it('takes each entry once', async () => {
    assert.deepEqual(await Promise.all([map.take('one'), map.take('one')]), [1, undefined])
    assert.equal(await map.has('one'), false)
  })

  it('sets what is not there yet', async () => {
    assert.deepEqual([await map.getOrSet('one', 5), await map.getOrSet('new', 5), await map.get('new')], [1, 5, 5])
  })

  it('increments numbers and bigints, from where it is told', async () => {
    assert.deepEqual(
      [await map.increment('one'), await map.increment('one', -3), await map.increment('one', 0.5)],
      [2, -1, -0.5],
    )
    assert.deepEqual([await map.increment('new'), await map.increment('from', 2, 10)], [1, 12])
    const big = await manager.create(SharedMap<string, bigint>, [['big', 2n ** 64n]])
    assert.deepEqual([await big.increment('big'), await big.increment('new', 5n)], [2n ** 64n + 1n, 5n])
  })

  it('refuses to increment what is no number, naming it', async () => {
    const mixed = await manager.create(SharedMap<string, unknown>, [
      ['text', '5'],
      ['null', null],
      ['nothing', Number.NaN],
      ['list', [1]],
      ['big', 1n],
      ['number', 1],
    ])
    const refused = async (key: string, message: RegExp, by?: number | bigint) =>
      assert.rejects(mixed.increment(key, by), { name: 'TypeError', message })
    await refused('text', /the value of 'text' is a string/)
    await refused('null', /the value of 'null' is null/)
    await refused('nothing', /the value of 'nothing' is NaN/)
    await refused('list', /the value of 'list' is an array/)
    await refused('big', /'big' is a bigint: it can't be incremented by a number/, 1)
    await refused('number', /'number' is a number: it can't be incremented by a bigint/, 1n)
    await refused('number', /'number' is a number: it can't be incremented by NaN/, Number.NaN)
    assert.equal(await mixed.get('number'), 1)
  })

  it('refuses a sum that a number does not count exactly', async () => {
    await map.set('many', Number.MAX_SAFE_INTEGER)
    await assert.rejects(map.increment('many'), { name: 'RangeError', message: /keep a bigint there/ })
    assert.equal(await map.get('many'), Number.MAX_SAFE_INTEGER)
    await map.set('vast', 1e300)
    assert.equal(await map.increment('vast', 1e300), 2e300)
  })

  it('sets what is as expected: primitives, plain values by what they hold, no entry', async () => {
    assert.deepEqual([await map.compareAndSet('one', 2, 5), await map.compareAndSet('one', 1, 5)], [false, true])
    assert.deepEqual(
      [await map.compareAndSet('new', undefined, 1), await map.compareAndSet('new', undefined, 2)],
      [true, false],
    )
    assert.deepEqual([await map.compareAndSet('new', 1, undefined), await map.has('new')], [true, false])
    assert.equal(await users.compareAndSet(1, { age: 36, name: 'Ada' }, { name: 'Ada', age: 37 }), true)
    assert.equal(await users.compareAndSet(1, { age: 36, name: 'Ada' }, { name: 'Ada', age: 0 }), false)
    assert.deepEqual(await users.get(1), { name: 'Ada', age: 37 })
  })

  it('updates some properties of a plain object', async () => {
    await Promise.all([users.update(1, { age: 37 }), users.update(1, { name: 'Lady Ada' })])
    assert.deepEqual(await users.get(1), { name: 'Lady Ada', age: 37 })
    await assert.rejects(users.update(2, { age: 1 }), {
      name: 'TypeError',
      message: /value of 2 is undefined, not a plain/,
    })
    await assert.rejects(users.update(1, [] as never), {
      name: 'TypeError',
      message: /value of 1 is an array, not a plain/,
    })
  })

  it('takes any key that is found again: primitives, shared objects and functions', async () => {
    const [one, other] = [await manager.create(SharedSet), await manager.create(SharedSet)]
    const listener = () => undefined
    const keys: unknown[] = [1, '1', 1n, null, undefined, true, Number.NaN, one, other, listener]
    const any = await manager.create(
      SharedMap<unknown, number>,
      keys.map((key, index) => [key, index] as const),
    )
    assert.deepEqual(await any.getMany(keys), [...keys.keys()])
    assert.deepEqual(await collect(any.keys()), keys)
    assert.equal(await any.get(-0), undefined)
  })

  it('refuses a key that crosses by copy, as Python does one that it can not hash', async () => {
    const any = await manager.create(SharedMap<unknown, number>)
    for (const key of [{ a: 1 }, [1], new Date(), new Map(), new Uint8Array(1), new URL('data:,'), new Error('e')]) {
      const refused = { name: 'TypeError', message: /can't be a key: it crosses by copy/ }
      for (const call of [
        any.get(key),
        any.set(key, 1),
        any.setMany([
          ['a', 1],
          [key, 1],
        ]),
        any.compute(key, () => 1),
      ])
        await assert.rejects(call, refused)
      await assert.rejects(manager.create(SharedMap<unknown, number>, [[key, 1]]), refused)
    }
    assert.equal(await any.size, 0)
  })

  it('gives each reader a copy of what it holds', async () => {
    const read = await users.get(1)
    Object.assign(read ?? {}, { name: 'changed' })
    assert.deepEqual(await users.get(1), { name: 'Ada', age: 36 })
  })

  it('throws where it is cleared while it is iterated over, and shows what is added meanwhile', async () => {
    await map.clear()
    await map.setMany(Array.from({ length: 100 }, (_, index) => [`key ${index}`, index] as const))
    const reading = map.keys()
    await reading.next()
    await map.set('later', 1)
    assert.deepEqual((await collect(reading)).at(-1), 'later')

    const iterations: (() => AsyncGenerator)[] = [map.keys, map.values, map.entries]
    for (const iterate of iterations) {
      await map.setMany(Array.from({ length: 100 }, (_, index) => [`key ${index}`, index] as const))
      const cleared = iterate()
      await cleared.next()
      await map.clear()
      await assert.rejects(collect(cleared), {
        name: 'Error',
        message: 'the map was cleared while it was iterated over',
      })
    }
  })
})
