import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Random } from '../references/chaos/random.ts'
import { check } from './checker.ts'
import type { Model, Operation } from './history.ts'
import { type LockCall, lockModel } from './lock-model.ts'
import { type MapCall, mapModel } from './map-model.ts'
import { type QueueCall, queueModel } from './queue-model.ts'

/** Something called at a time, and returned at another, if it did. */
type Line<C> = readonly [calledAt: number, returnedAt: number | undefined, call: C]

function isLinearizable<S, C>(model: Model<S, C>, ...lines: Line<C>[]): boolean {
  const operations = lines.map(([calledAt, returnedAt, call]) => operationOf(call, calledAt, returnedAt))
  return check(model, operations).isLinearizable
}

function operationOf<C>(call: C, calledAt: number, returnedAt: number | undefined): Operation<C> {
  return { call, calledAt: BigInt(calledAt), returnedAt: returnedAt === undefined ? undefined : BigInt(returnedAt) }
}

describe('the check of a history of a map', () => {
  const set = (value: number): MapCall => ({ kind: 'set', value })
  const get = (value: number | undefined): MapCall => ({ kind: 'get', value })
  const increment = (sum: number | undefined): MapCall => ({ kind: 'increment', sum })
  const swap = (expected: number, value: number, isSet: boolean | undefined): MapCall => ({
    kind: 'compare and set',
    expected,
    value,
    isSet,
  })

  it('accepts what nothing happened in, and calls one after the other', () => {
    assert.ok(isLinearizable(mapModel))
    assert.ok(isLinearizable(mapModel, [0, 1, get(undefined)], [2, 3, set(1)], [4, 5, get(1)]))
  })

  it('refuses a value that was set before another one', () => {
    assert.ok(!isLinearizable(mapModel, [0, 1, set(1)], [2, 3, set(2)], [4, 5, get(1)]))
    assert.ok(!isLinearizable(mapModel, [0, 1, set(1)], [2, 3, get(undefined)]))
  })

  it('accepts either order of what goes on at once, but one order for all', () => {
    for (const last of [1, 2]) assert.ok(isLinearizable(mapModel, [0, 9, set(1)], [0, 9, set(2)], [10, 11, get(last)]))
    const seen = (...values: number[]): Line<MapCall>[] =>
      values.map((value, at) => [10 + at * 2, 11 + at * 2, get(value)])
    assert.ok(isLinearizable(mapModel, [0, 99, set(1)], [0, 99, set(2)], ...seen(2, 2, 1)))
    assert.ok(!isLinearizable(mapModel, [0, 99, set(1)], [0, 99, set(2)], ...seen(2, 1, 2)))
  })

  it('refuses a value that one has seen and another, later, not yet', () => {
    const both = (second: number | undefined): boolean =>
      isLinearizable(mapModel, [0, 99, set(1)], [1, 5, get(1)], [6, 8, get(second)])
    assert.deepEqual([both(1), both(undefined)], [true, false])
  })

  it('finds lost updates', () => {
    assert.ok(isLinearizable(mapModel, [0, 5, increment(2)], [1, 6, increment(1)]))
    assert.ok(!isLinearizable(mapModel, [0, 5, increment(1)], [1, 6, increment(1)]))
    assert.ok(!isLinearizable(mapModel, [0, 1, set(1)], [2, 9, swap(1, 2, true)], [2, 9, swap(1, 3, true)]))
    assert.ok(isLinearizable(mapModel, [0, 1, set(1)], [2, 9, swap(1, 2, true)], [2, 9, swap(1, 3, false)]))
  })

  it('knows what was there, of deletions', () => {
    const remove = (had: boolean): MapCall => ({ kind: 'delete', had })
    assert.ok(isLinearizable(mapModel, [0, 1, set(1)], [2, 9, remove(true)], [2, 9, remove(false)]))
    assert.ok(!isLinearizable(mapModel, [0, 1, set(1)], [2, 9, remove(true)], [2, 9, remove(true)]))
  })

  it('lets a call without an answer have taken place at any later time, or never, but not before', () => {
    const lines: Line<MapCall>[] = [
      [0, 1, set(1)],
      [2, undefined, increment(undefined)],
    ]
    for (const seen of [[1], [2], [1, 2], [1, 1, 1, 2]]) {
      const gets = seen.map((value, at): Line<MapCall> => [10 + at * 2, 11 + at * 2, get(value)])
      assert.ok(isLinearizable(mapModel, ...lines, ...gets), String(seen))
    }
    assert.ok(!isLinearizable(mapModel, ...lines, [10, 11, get(2)], [12, 13, get(1)]))
    assert.ok(!isLinearizable(mapModel, ...lines, [10, 11, get(3)]))
    assert.ok(!isLinearizable(mapModel, [0, 1, get(1)], [2, undefined, set(1)]))
  })

  it('tells what could not take place, and after what', () => {
    const [one, two, three] = [operationOf(set(1), 0, 1), operationOf(get(1), 2, 3), operationOf(get(2), 4, 5)]
    const verdict = check(mapModel, [three, one, two])
    assert.deepEqual(verdict, { isLinearizable: false, stuck: three, before: [one, two] })
  })
})

describe('the check of a history of a queue', () => {
  const model = queueModel(2)
  const put = (item: string): QueueCall => ({ kind: 'put', item })
  const got = (item: string): QueueCall => ({ kind: 'got', item })
  const [full, empty]: QueueCall[] = [{ kind: 'found full' }, { kind: 'found empty' }]
  assert.ok(full && empty)

  it('accepts first in, first out, and refuses another order', () => {
    assert.ok(isLinearizable(model, [0, 1, put('a')], [2, 3, put('b')], [4, 5, got('a')], [6, 7, got('b')]))
    assert.ok(!isLinearizable(model, [0, 1, put('a')], [2, 3, put('b')], [4, 5, got('b')], [6, 7, got('a')]))
    assert.ok(isLinearizable(model, [0, 9, put('a')], [0, 9, put('b')], [10, 11, got('b')], [12, 13, got('a')]))
  })

  it('refuses items that are got twice, before they are put, or never though they are there', () => {
    assert.ok(!isLinearizable(model, [0, 1, put('a')], [2, 3, got('a')], [4, 5, got('a')]))
    assert.ok(!isLinearizable(model, [0, 1, got('a')], [2, 3, put('a')]))
    assert.ok(!isLinearizable(model, [0, 1, put('a')], [2, 3, empty]))
    assert.ok(isLinearizable(model, [0, 3, put('a')], [2, 5, empty]))
  })

  it('minds how many there is room for', () => {
    const two: Line<QueueCall>[] = [
      [0, 1, put('a')],
      [0, 1, put('b')],
    ]
    assert.ok(isLinearizable(model, ...two, [2, 3, full], [4, 9, put('c')], [5, 6, got('a')]))
    assert.ok(!isLinearizable(model, ...two, [2, 3, put('c')]))
    assert.ok(!isLinearizable(model, [0, 1, put('a')], [2, 3, full]))
    assert.ok(!isLinearizable(model, ...two, [4, 5, put('c')], [6, 7, got('a')]))
  })

  it('lets come back, to its place, what a process that died may have taken', () => {
    const story = (...gets: string[]): boolean =>
      isLinearizable(
        model,
        [0, 1, put('a')],
        [2, 3, put('b')],
        [4, undefined, { kind: 'took', by: 'p' }],
        [4, undefined, { kind: 'gave back', by: 'p' }],
        ...gets.map((item, at): Line<QueueCall> => [10 + at * 2, 11 + at * 2, item === '' ? empty : got(item)]),
      )
    const stories = [
      ['a', 'b', ''],
      ['b', 'a', ''],
      ['b', ''],
      ['a', ''],
      ['b', '', 'a', ''],
    ]
    assert.deepEqual(
      stories.map((gets) => story(...gets)),
      [true, true, true, true, true],
    )
    const lies = [[''], ['a', 'a'], ['b', 'a', 'a'], ['b', 'b'], ['a', 'b', 'a']]
    assert.deepEqual(
      lies.map((gets) => story(...gets)),
      [false, false, false, false, false],
    )
  })
})

describe('the check of a history of a lock', () => {
  const acquired = (by: number): LockCall => ({ kind: 'acquired', by })
  const released = (by: number): LockCall => ({ kind: 'released', by })
  const token = (by: number, seen: number): LockCall => ({ kind: 'saw its token', by, token: seen })

  it('refuses two who hold it at once', () => {
    assert.ok(isLinearizable(lockModel, [0, 1, acquired(1)], [2, 3, released(1)], [1, 9, acquired(2)]))
    assert.ok(!isLinearizable(lockModel, [0, 1, acquired(1)], [2, 3, acquired(2)], [4, 5, released(1)]))
    assert.ok(!isLinearizable(lockModel, [0, 1, acquired(1)], [2, 3, released(2)]))
  })

  it('refuses that a free lock is found held', () => {
    assert.ok(isLinearizable(lockModel, [0, 5, acquired(1)], [2, 3, { kind: 'found held', by: 2 }]))
    assert.ok(!isLinearizable(lockModel, [0, 1, { kind: 'found held', by: 2 }], [2, 3, acquired(1)]))
    assert.ok(
      !isLinearizable(lockModel, [0, 1, acquired(1)], [2, 3, released(1)], [4, 5, { kind: 'found held', by: 2 }]),
    )
  })

  it('refuses tokens that do not grow from hold to hold', () => {
    const tokens = (first: number, second: number): boolean =>
      isLinearizable(
        lockModel,
        ...[acquired(1), token(1, first), token(1, first), released(1), acquired(2), token(2, second)].map(
          (call, at): Line<LockCall> => [at * 2, at * 2 + 1, call],
        ),
      )
    assert.deepEqual([tokens(1, 2), tokens(1, 5), tokens(1, 1), tokens(2, 1)], [true, true, false, false])
  })

  it('has the lock of one that died free, but not before it died', () => {
    const dies: Line<LockCall> = [4, undefined, { kind: 'ended', by: 1 }]
    assert.ok(isLinearizable(lockModel, [0, 1, acquired(1)], dies, [5, 6, acquired(2)]))
    assert.ok(!isLinearizable(lockModel, [0, 1, acquired(1)], dies, [2, 3, acquired(2)]))
    assert.ok(isLinearizable(lockModel, [0, undefined, acquired(1)], dies, [5, 6, { kind: 'found held', by: 2 }]))
  })
})

describe('the check of long histories', () => {
  /** What eight processes see of a queue, each of whose calls takes place at one moment within its time. */
  function record(seed: number, count: number): Operation<QueueCall>[] {
    const random = new Random(seed)
    const items: string[] = []
    const freeAt = Array.from({ length: 8 }, () => 0)
    const operations: Operation<QueueCall>[] = []
    for (let moment = 10; operations.length < count; moment += 10) {
      const process = random.below(8)
      const calledAt = Math.max(freeAt[process] ?? 0, moment - random.below(100))
      const returnedAt = moment + random.below(100)
      if (calledAt >= moment) continue
      freeAt[process] = returnedAt + 1
      operations.push(operationOf(happen(items, `item ${moment}`, random.below(2) === 0), calledAt, returnedAt))
    }
    return operations
  }

  function happen(items: string[], item: string, isPut: boolean): QueueCall {
    if (!isPut) {
      const first = items.shift()
      return first === undefined ? { kind: 'found empty' } : { kind: 'got', item: first }
    }
    if (items.length === 4) return { kind: 'found full' }
    items.push(item)
    return { kind: 'put', item }
  }

  it('accepts what did happen, in little time', () => {
    const since = performance.now()
    for (let seed = 1; seed <= 20; seed++) assert.ok(check(queueModel(4), record(seed, 1600)).isLinearizable)
    assert.ok(performance.now() - since < 10_000)
  })

  it('refuses it where two results are exchanged', () => {
    const refused = Array.from({ length: 20 }, (_, seed) => {
      const operations = record(seed, 400)
      const gets = operations.flatMap(({ call }, at) => (call.kind === 'got' ? [at] : []))
      // Ten items apart: too far for either to have been in the queue at the other's time.
      const [one, other] = [gets[50] ?? 0, gets[60] ?? 0]
      const [first, second] = [operations[one], operations[other]]
      assert.ok(first && second)
      operations[one] = { ...first, call: second.call }
      operations[other] = { ...second, call: first.call }
      return !check(queueModel(4), operations).isLinearizable
    })
    assert.ok(refused.every(Boolean))
  })
})
