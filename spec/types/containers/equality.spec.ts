import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { registerClass, SharedList } from 'referent'
import { Comparison, isSame } from '../../../lib/types/containers/equality.ts'

class Point {
  constructor(
    readonly x: number,
    readonly y: unknown = 0,
  ) {}
}
registerClass(Point)

class Unregistered {
  readonly x = 1
}

function circle(label: string): object {
  const made: Record<string, unknown> = { label }
  return Object.assign(made, { made, list: [made] })
}

/** So many objects, of which each has the next one, and the last the first. */
function ring(length: number): object {
  const all: { next?: object }[] = Array.from({ length }, () => ({}))
  all.forEach((each, index) => (each.next = all[(index + 1) % length] ?? each))
  return all[0] ?? {}
}

function setOf(ids: readonly number[]): Set<object> {
  return new Set(ids.map((id) => ({ id })))
}

function mapOf(ids: readonly number[]): Map<object, number> {
  return new Map(ids.map((id) => [{ id }, 0]))
}

/** Objects that share their parts: written out, it would be 2 ** depth of them. */
function nested(depth: number, end: unknown): unknown {
  return depth === 0 ? end : twice(nested(depth - 1, end))
}

function twice(part: unknown): object {
  return { left: part, right: part }
}

describe('two values are the same', () => {
  const key = [1]
  const same: [string, unknown, unknown][] = [
    ['NaN', Number.NaN, Number.NaN],
    ['0 and -0', 0, -0],
    ['bigints', 2n ** 70n, 2n ** 70n],
    ['plain objects, in whatever order', { a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1 }],
    ['objects without a prototype', Object.create(null), Object.create(null)],
    ['dates', new Date(5), new Date(5)],
    ['invalid dates', new Date(Number.NaN), new Date(Number.NaN)],
    ['URLs', new URL('http://a/b'), new URL('http://a/b')],
    ['regular expressions', /a/g, /a/g],
    ['bytes', Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
    ['buffers', new ArrayBuffer(2), new ArrayBuffer(2)],
    [
      'maps, in whatever order',
      new Map<unknown, unknown>([
        ['a', {}],
        [key, 1],
      ]),
      new Map<unknown, unknown>([
        [[1], 1],
        ['a', {}],
      ]),
    ],
    ['sets, in whatever order', new Set([1, { a: 1 }]), new Set([{ a: 1 }, 1])],
    ['sets whose objects come in another order', new Set([{ a: 1 }, { a: 2 }]), new Set([{ a: 2 }, { a: 1 }])],
    ['circles of other lengths', ring(2), ring(3)],
    ['errors', new RangeError('a', { cause: { b: 1 } }), new RangeError('a', { cause: { b: 1 } })],
    ['instances of a registered class', new Point(1, { z: 1 }), new Point(1, { z: 1 })],
    ['circles', circle('a'), circle('a')],
  ]
  for (const [what, one, other] of same) it(what, () => assert.ok(isSame(one, other) && isSame(other, one)))
})

describe('two values are not the same', () => {
  const different: [string, unknown, unknown][] = [
    ['of two kinds', 1, '1'],
    ['a number and a bigint', 1, 1n],
    ['null and undefined', null, undefined],
    ['with and without a property', { a: undefined }, {}],
    ['an array and an object', [], {}],
    ['arrays of other lengths', [1], [1, 2]],
    ['holes and undefined', Array(1), [undefined]],
    ['of two prototypes', Object.create(null), {}],
    ['dates', new Date(5), new Date(6)],
    ['URLs', new URL('http://a/b'), new URL('http://a/c')],
    ['bytes of other types', Uint8Array.of(1), Int8Array.of(1)],
    ['maps', new Map([['a', 1]]), new Map([['a', 2]])],
    ['sets that have the same ones, but not as often', setOf([1, 1, 2]), setOf([1, 2, 2])],
    ['maps that have the same keys, but not as often', mapOf([1, 1, 2]), mapOf([1, 2, 2])],
    ['sets', new Set([{ a: 1 }]), new Set([{ a: 2 }])],
    ['errors by message', new Error('a'), new Error('b')],
    ['errors by class', new Error('a'), new TypeError('a')],
    ['errors by cause', new Error('a', { cause: 1 }), new Error('a', { cause: 2 })],
    ['instances of a registered class', new Point(1), new Point(2)],
    ['an instance and a plain object', new Point(1), { x: 1, y: 0 }],
    ['shared objects, whatever they hold', new SharedList([1]), new SharedList([1])],
    ['shared objects inside', [new SharedList([1])], [new SharedList([1])]],
    ['instances of classes that do not cross', new Unregistered(), new Unregistered()],
    ['functions', () => 1, () => 1],
    ['circles', circle('a'), circle('b')],
  ]
  for (const [what, one, other] of different) it(what, () => assert.ok(!isSame(one, other) && !isSame(other, one)))
})

describe('to compare', () => {
  const many = Array.from({ length: 8000 }, (_, index) => index)
  const tooMany = { name: 'RangeError', message: /^more than 200000 parts of values would be compared/ }

  it('takes no longer for parts that are shared', () => {
    assert.ok(isSame(nested(60, 1), nested(60, 1)))
    assert.ok(!isSame(nested(60, 1), nested(60, 2)))
    assert.ok(isSame(new Set([nested(60, 1), {}]), new Set([nested(60, 1), {}])))
    assert.ok(!isSame(new Set([nested(60, 1), {}]), new Set([nested(60, 2), {}])))
  })

  it('takes no longer for sets and maps of objects in the same order', () => {
    assert.ok(isSame(setOf(many), setOf(many)))
    assert.ok(isSame(mapOf(many), mapOf(many)))
  })

  it('goes as deep as values go', () => {
    const deep = (end: number): unknown => many.reduce<unknown>((inner) => [[[[inner]]]], end)
    assert.ok(isSame(deep(1), deep(1)))
    assert.ok(!isSame(deep(1), deep(2)))
  })

  it('is refused where it takes long: objects in another order', () => {
    assert.throws(() => isSame(setOf(many), setOf(many.toReversed())), tooMany)
    assert.throws(() => isSame(mapOf(many), mapOf(many.toReversed())), tooMany)
  })

  it('is refused where it takes long: one value with many that are nearly the same', () => {
    const chain = (end: number): object[] => {
      const all: object[] = [{ end }]
      for (let length = 1; length < 2000; length++) all.push({ next: all.at(-1) })
      return all
    }
    const bytes = new Uint8Array(1_000_001)
    const numbers = [...Array<number>(99_999).fill(0), 1]
    const cases: [unknown, unknown[]][] = [
      [chain(1).at(-1), chain(2)],
      [`${'x'.repeat(1_000_000)}a`, Array(1000).fill(`${'x'.repeat(1_000_000)}b`)],
      [2n ** 1_000_000n, Array(1000).fill(2n ** 1_000_000n + 2n ** 999_999n)],
      [new Uint8Array(1_000_000), Array.from({ length: 1000 }, () => bytes)],
      [Array(100_000).fill(0), Array.from({ length: 1000 }, () => numbers)],
    ]
    for (const [value, all] of cases) {
      const comparison = new Comparison()
      assert.throws(() => all.some((each) => comparison.isSame(each, value)), tooMany)
    }
  })
})
