import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager, SharedArray, SharedList, SharedMap, SharedNamespace } from 'referent'
import { leaveNothing } from '../harness/leave-nothing.ts'

leaveNothing()

/** What plain JavaScript may call, with whatever arguments. */
type Loose = Record<string, (...args: unknown[]) => Promise<unknown>>

describe('shared containers, called from plain JavaScript,', () => {
  let manager: Manager

  before(async () => (manager = await Manager.serve()))
  after(() => manager.close())

  const refuse = async (shared: object, calls: readonly [method: string, args: unknown[], message: RegExp][]) => {
    for (const [method, args, message] of calls) {
      const call = async () => (shared as Loose)[method]?.(...args)
      await assert.rejects(call, { name: 'TypeError', message }, `${method}(${String(args)})`)
    }
  }

  it('refuse numbers that are none, where a list takes one', async () => {
    const list = await manager.create(SharedList<number>, [1, 2])
    await refuse(list, [
      ['at', ['0'], /^at: index is '0'; it must be a number$/],
      ['at', [], /^at: index is undefined/],
      ['set', ['0', 5], /^the index is '0'; it must be a number$/],
      ['getMany', ['01'], /^getMany: indices is '01'; it must be an array$/],
      ['getMany', [['0']], /^at: index/],
      [
        'setMany',
        [{ 0: 1 }],
        /^setMany: entries is an object; it must be a Map or an array of \[key, value\] pairs; Object/,
      ],
      ['setMany', [[5]], /^setMany: entries/],
      ['splice', ['1'], /^splice: start is '1'/],
      ['splice', [0, '1'], /^splice: deleteCount/],
      ['fill', [0, '1'], /^fill: start/],
      ['slice', [null], /^slice: start is null/],
      ['indexOf', [1, '1'], /^indexOf: start/],
      ['includes', [1, {}], /^indexOf: start/],
      ['join', [5], /^join: separator is 5; it must be a text$/],
      ['increment', [0, null], /can't be incremented by null/],
      ['sort', [null], /^sort: compare is null; it must be a function$/],
      ['sort', [() => true], /what the function of sort gives is true; it must be a number/],
    ])
    assert.deepEqual(await list.toArray(), [1, 2])
  })

  it('refuse entries that are none, where a map takes them', async () => {
    const map = await manager.create(SharedMap<string, number>, [['a', 1]])
    await refuse(map, [
      ['setMany', ['ab'], /^setMany: entries is 'ab'/],
      ['setMany', [{ a: 1 }], /Object.entries\(\) makes one of an object$/],
      ['setMany', [['ab']], /^setMany: entries/],
      ['getMany', ['a'], /^getMany: keys is 'a'; it must be an array/],
      ['deleteMany', ['a'], /^deleteMany: keys/],
      ['increment', ['a', null], /can't be incremented by null/],
      ['increment', ['b', 1, null], /is null, not a number/],
    ])
    assert.deepEqual(await map.toObject(), { a: 1 })
  })

  it('refuse what they would be made of nothing of', async () => {
    const refused = (message: RegExp) => ({ name: 'TypeError', message })
    const given = [
      [SharedMap, { a: 1 }, /^the argument of a SharedMap is an object; it must be a Map or an array/],
      [SharedList, 'abc', /^the argument of a SharedList is 'abc'; it must be an array$/],
      [SharedNamespace, new Map([['a', 1]]), /^the argument of a SharedNamespace is an object of the class Map/],
      [SharedNamespace, 'ab', /it must be a plain object$/],
    ] as const
    for (const [Class, argument, message] of given)
      await assert.rejects(manager.create(Class, argument as never), refused(message))
    for (const source of [undefined, new Set([1]), '12', { length: 2 }])
      await assert.rejects(
        manager.create(SharedArray, 'Int8Array', source as never),
        refused(/^the numbers of a SharedArray is .*; it must be an array or a typed array$/),
      )
  })

  it('refuse numbers that are none, where an array takes one', async () => {
    const array = await manager.create(SharedArray<'Int8Array'>, 'Int8Array', [1, 2])
    await refuse(array, [
      ['get', ['0'], /^the index is '0'/],
      ['at', ['0'], /^at: index/],
      ['set', ['0', 1], /^set: values is '0'; it must be an array or a typed array$/],
      ['set', [{ length: 0 }], /^set: values/],
      ['set', [[1], '1'], /^set: offset/],
      ['fill', [1, '1'], /^fill: start/],
      ['slice', ['1'], /^slice: start/],
    ])
    assert.deepEqual(await array.toArray(), Int8Array.of(1, 2))
  })
})

describe('what one small message asks of a container', () => {
  let manager: Manager

  before(async () => (manager = await Manager.serve()))
  after(() => manager.close())

  it('is no array of more than 256 MiB', async () => {
    const refused = { name: 'RangeError', message: /^an Float64Array of .* numbers can't be: .*, 33554432 at most$/ }
    for (const length of [1e12, 33_554_433, -1, 0.5])
      await assert.rejects(manager.create(SharedArray<'Float64Array'>, 'Float64Array', length), refused)
    assert.equal(await (await manager.create(SharedArray<'Int8Array'>, 'Int8Array', 2 ** 28)).length, 2 ** 28)
  })

  it('is no text that takes long to make', async () => {
    let shared: unknown = ['a', 'b']
    for (let depth = 0; depth < 40; depth++) shared = [shared, shared]
    const refused = { name: 'RangeError', message: /^the texts of these items would be too long to make/ }
    const list = await manager.create(SharedList<unknown>, [shared, 1])
    await assert.rejects(list.join(), refused)
    await assert.rejects(list.sort(), refused)
    await list.computeAll(() => Array<null>(100).fill(null))
    await list.fill('x'.repeat(1_000_000))
    await assert.rejects(list.join(), refused)
    await list.fill(1)
    await assert.rejects(list.join('x'.repeat(1_000_000)), refused)
    await list.fill(2n ** 100_000n)
    await assert.rejects(list.join(), refused)
    const own = { toString: () => assert.fail('it was called') }
    await list.computeAll(() => [own, own])
    assert.equal(await list.join(), '[object Object],[object Object]')
  })

  it('is no copy of the same items many times', async () => {
    const list = await manager.create(SharedList<number>, [1])
    const many = Array<number>(100_000).fill(0)
    await assert.rejects(list.concat(...Array.from({ length: 11 }, () => many)), {
      name: 'RangeError',
      message: 'concat takes 1000000 items at most, not 1100000',
    })
  })

  it('is sorted as an array is, many items in steps', async () => {
    const items: unknown[] = Array.from({ length: 20_000 }, (_, index) => (index * 7919) % 20_011)
    items.push(undefined, 'b', null, [3, [4, null]], 'a', undefined, -0, new Date(0), 'b')
    const list = await manager.create(SharedList<unknown>, items)
    await list.sort()
    // oxlint-disable-next-line typescript/require-array-sort-compare -- the order of a sort that is given no function is what the list promises
    assert.deepEqual(await list.toArray(), items.toSorted())
    const few = await manager.create(SharedList<unknown>, items.slice(-9))
    await few.sort()
    // oxlint-disable-next-line typescript/require-array-sort-compare -- the order of a sort that is given no function is what the list promises
    assert.deepEqual(await few.toArray(), items.slice(-9).toSorted())
    assert.equal(await few.join('-'), (await few.toArray()).join('-'))
  })

  it('holds a list that is sorted in steps, and nobody who reads it', async () => {
    const list = await manager.create(
      SharedList<number>,
      Array.from({ length: 20_000 }, (_, index) => index),
    )
    const sorted = list.sort()
    const pushed = list.push(-1)
    assert.equal(await list.length, 20_000)
    await Promise.all([sorted, pushed])
    assert.deepEqual(await list.slice(-2), [9999, -1])
  })
})
