import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertSameGraph } from './same-graph.ts'

describe('assertSameGraph', () => {
  const shared = { a: 1 }
  const different: [name: string, left: unknown, right: unknown][] = [
    ['-0 and 0', [-0], [0]],
    ['a hole and undefined', Array.from({ length: 1 }), Object.assign([], { length: 1 })],
    ['one object met twice and two equal ones', [shared, shared], [{ a: 1 }, { a: 1 }]],
    ['two equal objects and one met twice', [{ a: 1 }, { a: 1 }], [shared, shared]],
    ['an object and one without a prototype', {}, Object.create(null)],
    ['a Buffer and a Uint8Array', Buffer.from('a'), new Uint8Array([97])],
    [
      'maps in another order',
      new Map([
        [1, 1],
        [2, 2],
      ]),
      new Map([
        [2, 2],
        [1, 1],
      ]),
    ],
    ['errors of other classes', new TypeError('a'), new RangeError('a')],
    ['an invalid date and another', new Date(Number.NaN), new Date(0)],
    ['NaN and Infinity in typed arrays', new Float64Array([Number.NaN]), new Float64Array([Infinity])],
    ['a property that is not enumerable', { a: 1 }, Object.defineProperty({}, 'a', { value: 1 })],
    ['the same object', shared, shared],
  ]
  for (const [name, left, right] of different) {
    it(`tells apart ${name}`, () => assert.throws(() => assertSameGraph(left, right), assert.AssertionError))
  }

  it('takes a cycle and its copy for the same', () => {
    const [left, right] = [0, 1].map(() => {
      const list: unknown[] = []
      list.push(list, new Map([[list, list]]))
      return list
    })
    assertSameGraph(left, right)
  })
})
