import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { registerClass, SharedList } from 'referent'
import { isSame } from '../../../lib/shared/containers/equality.ts'

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
