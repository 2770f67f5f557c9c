import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager, type NumberType, type Remote, SharedArray } from 'referent'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { collect } from './collect.ts'

leaveNothing()

describe('a shared array', () => {
  let manager: Manager

  before(async () => (manager = await Manager.serve()))
  after(() => manager.close())

  const bytes = (values: readonly number[]): Promise<Remote<SharedArray<'Uint8Array'>>> =>
    manager.create(SharedArray<'Uint8Array'>, 'Uint8Array', values)

  it('is a typed array of each kind, of zeros or of given numbers', async () => {
    const types = 'Int8 Uint8 Uint8Clamped Int16 Uint16 Int32 Uint32 Float32 Float64'.split(' ')
    for (const type of types.map((name) => `${name}Array` as NumberType)) {
      const array = await manager.create(SharedArray, type, [1, 2])
      const Numbers = globalThis[type] as Uint8ArrayConstructor
      assert.deepEqual([await array.type, await array.toArray()], [type, Numbers.of(1, 2)])
    }
    const big = await manager.create(SharedArray<'BigInt64Array'>, 'BigInt64Array', BigInt64Array.of(1n, -1n))
    assert.deepEqual([await big.increment(0), await big.toArray()], [2n, BigInt64Array.of(2n, -1n)])
    const zeros = await manager.create(SharedArray<'Float64Array'>, 'Float64Array', 3)
    assert.deepEqual([await zeros.length, await zeros.toArray()], [3, new Float64Array(3)])
  })

  it('has the methods of a typed array', async () => {
    const array = await bytes([1, 2, 3, 4])
    assert.deepEqual([await array.get(0), await array.at(-1), await array.at(9)], [1, 4, undefined])
    await array.set(0, 10)
    await array.set([20, 30], 1)
    await array.set(Uint8Array.of(9))
    assert.deepEqual(
      [await array.slice(1, -1), await array.toArray()],
      [Uint8Array.of(20, 30), Uint8Array.of(9, 20, 30, 4)],
    )
    await array.fill(7, -2)
    assert.deepEqual(
      [await collect(array), await collect(array.keys())],
      [
        [9, 20, 7, 7],
        [0, 1, 2, 3],
      ],
    )
    assert.deepEqual((await collect(array.entries())).at(1), [1, 20])
    const seen: number[][] = []
    await array.forEach((...args) => void seen.push(args))
    assert.deepEqual(seen, [
      [9, 0],
      [20, 1],
      [7, 2],
      [7, 3],
    ])
  })

  it('increments as a typed array does where it has no more room, and compares', async () => {
    const array = await bytes([255, 1])
    assert.deepEqual(
      [await array.increment(0), await array.increment(1, -2), await array.increment(0, 513)],
      [0, 255, 1],
    )
    const long = await manager.create(SharedArray<'BigUint64Array'>, 'BigUint64Array', 1)
    assert.equal(await long.increment(0, -1n), 2n ** 64n - 1n)
    const clamped = await manager.create(SharedArray<'Uint8ClampedArray'>, 'Uint8ClampedArray', [250])
    assert.equal(await clamped.increment(0, 10), 255)
    const floats = await manager.create(SharedArray<'Float64Array'>, 'Float64Array', [0.5, Number.NaN])
    assert.equal(await floats.increment(0, 0.25), 0.75)
    assert.deepEqual(
      [
        await floats.compareAndSet(1, Number.NaN, -0),
        await floats.compareAndSet(1, 0, 1),
        await floats.compareAndSet(1, 0, 2),
      ],
      [true, true, false],
    )
  })

  it('refuses what it would alter, and then writes nothing', async () => {
    const array = await bytes([1, 2])
    for (const wrong of [256, -1, 1.5, Number.NaN]) {
      for (const call of [
        array.set(0, wrong),
        array.set([5, wrong]),
        array.fill(wrong),
        array.compareAndSet(0, 1, wrong),
      ])
        await assert.rejects(call, { name: 'RangeError', message: `${wrong} doesn't fit an Uint8Array` })
    }
    for (const wrong of ['1', 1n, null]) {
      const refused = { name: 'TypeError', message: /an Uint8Array holds numbers, not (a string|a bigint|null)/ }
      await assert.rejects(array.set(0, wrong as unknown as number), refused)
      await assert.rejects(array.increment(0, (wrong ?? '') as unknown as number), refused)
    }
    await assert.rejects(array.increment(0, 0.5), { name: 'RangeError', message: /no whole number/ })
    assert.deepEqual(await array.toArray(), Uint8Array.of(1, 2))
  })

  it('has no number but at its places', async () => {
    const array = await bytes([1, 2])
    for (const index of [2, -1, 0.5]) {
      for (const call of [
        array.get(index),
        array.set(index, 1),
        array.increment(index),
        array.compareAndSet(index, 1, 2),
      ])
        await assert.rejects(call, { name: 'RangeError', message: `there is no number ${index} in an array of 2` })
    }
    await assert.rejects(array.set([1, 2], 1), { name: 'RangeError' })
  })

  it('tells those who watch of where it wrote, also for an offset that is a fraction', async () => {
    const array = await bytes([1, 2, 3, 4])
    const changes = await array.watch()
    await array.set([9], 1.7)
    const { value } = await changes.next()
    assert.deepEqual(
      [value, await array.toArray()],
      [{ type: 'set', index: 1, values: Uint8Array.of(9) }, Uint8Array.of(1, 9, 3, 4)],
    )
    await changes.return()
  })

  it('is not made of what it can not be', async () => {
    await assert.rejects(manager.create(SharedArray, 'Text' as NumberType, 1), {
      name: 'TypeError',
      message: /Text is no typed array; take one of Int8Array/,
    })
    for (const length of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
      await assert.rejects(manager.create(SharedArray, 'Int8Array', length), { name: 'RangeError' })
    await assert.rejects(manager.create(SharedArray, 'Int8Array', [128]), {
      name: 'RangeError',
      message: /128 doesn't fit/,
    })
    await assert.rejects(manager.create(SharedArray, 'BigInt64Array', [1]), {
      name: 'TypeError',
      message: /bigints, not a number/,
    })
  })
})
