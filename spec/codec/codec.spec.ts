import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCodec } from '../../lib/codec/codec.ts'
import { ManagerError } from '../../lib/errors.ts'
import { CountingPort, cross, encode, thenable } from './crossing.ts'
import { Reader } from '../../lib/wire/reader.ts'
import { tag } from '../../lib/wire/tags.ts'
import { assertSameGraph } from './same-graph.ts'

describe('plain values', () => {
  const records = Array.from({ length: 10 }, (_, id) => ({ id, name: `n${id}`, tags: ['a', 'b'], score: id / 2 }))
  const plain: [name: string, value: unknown][] = [
    ['the arguments of a call', [2]],
    ['records', records],
    ['null', null],
    ['false', false],
    ['a text with a lone surrogate', 'a\ud800'],
    ['empty containers', [[], {}]],
    ['keys that objects inherit', { constructor: 1, toString: 2, hasOwnProperty: 3 }],
    ['a toJSON that is no function', { toJSON: 1 }],
  ]
  for (const [name, value] of plain) {
    it(`${name} arrive unchanged`, () => assertSameGraph(value, cross(value)))
  }

  it('are written in each other, and deeper ones in a table', () => {
    assert.equal(encode(nested(100)).body[0], tag.array)
    assert.equal(encode(nested(200)).body[0], tag.table)
    assertSameGraph(nested(200), cross(nested(200)))
  })

  it('undefined travels as an empty body', () => {
    assert.equal(encode(undefined).body.byteLength, 0)
    assert.equal(cross(undefined), undefined)
  })

  it('take few bytes', () => {
    const alike = Array.from({ length: 100 }, (_, id) => ({ id, name: 'abc', ok: true }))
    assert.ok(encode(alike).body.byteLength < 100 * 9 + 40)
  })

  it('arrive unchanged while everything inherits a toJSON', () => {
    for (const prototype of [Object.prototype, Array.prototype]) {
      Object.defineProperty(prototype, 'toJSON', { value: () => 'replaced', configurable: true })
      try {
        assert.deepEqual(cross([{ a: 1 }]), [{ a: 1 }])
      } finally {
        Reflect.deleteProperty(prototype, 'toJSON')
      }
    }
  })
})

describe('values that JSON or superjson would change', () => {
  const shared = { a: 1 }
  const root: Record<string, unknown> = {}
  root['inner'] = { root }
  const kept: [name: string, value: unknown][] = [
    ['undefined, NaN, -0 and the infinities', [undefined, Number.NaN, -0, Infinity, -Infinity]],
    ['-0 alone', -0],
    ['a Date', new Date(1e12)],
    ['a Date far away', new Date(8.64e15)],
    ['an invalid Date', new Date(Number.NaN)],
    ['a RegExp', /a\/b[/]\n/giu],
    ['a URL', new URL('https://user@host:1/path?q#h')],
    ['a BigInt', [0n, -12n, 10n ** 999n]],
    [
      'BigInts about each number of bytes',
      Array.from({ length: 400 }, (_, bits) => 2n ** BigInt(bits) - BigInt(bits % 3)),
    ],
    ['a BigInt of 5,000 digits', [10n ** 5000n, -(10n ** 5000n)]],
    [
      'a Map and a Set',
      new Map<unknown, unknown>([
        [new Set([shared]), shared],
        [Number.NaN, undefined],
      ]),
    ],
    ['a Float64Array with NaN, infinities and -0', new Float64Array([Number.NaN, Infinity, -Infinity, -0, 1.5])],
    ['a BigInt64Array', new BigInt64Array([-1n, 2n])],
    ['an ArrayBuffer', new Uint8Array([1, 2, 3]).buffer],
    ['a DataView', new DataView(new Uint8Array([1, 2, 3]).buffer)],
    ['a Buffer', Buffer.from('bytes')],
    ['holes', Object.assign([], { 1: 'a', length: 4 })],
    [
      'an array of a length that nothing could hold, nearly empty',
      Object.assign([], { 5: undefined, length: 900_000 }),
    ],
    ['a field named then that is no function', thenable(new Date(0))],
    ['a __proto__ key', JSON.parse('{"__proto__": {"polluted": true}}')],
    ['a constructor key beside a Date', { constructor: new Date(0), prototype: 1, 'a.b': [] }],
    ['an object without a prototype', Object.assign(Object.create(null), { a: { b: 1 } })],
    ['an object met twice', [shared, shared]],
    ['an object that leads back to the root', root],
    ['an error with its class, code, cause and stack', codedError()],
    ['an AggregateError', new AggregateError([new RangeError('a'), 1], 'several')],
    ['an AbortError', new DOMException('stopped', 'AbortError')],
    ['a ManagerError', new ManagerError('TIMEOUT', 'late', { delivery: 'unknown', cause: new Error('why') })],
  ]
  for (const [name, value] of kept) {
    it(`${name} arrives unchanged`, () => assertSameGraph(value, cross(value)))
  }

  it('a nested value of 100,000 levels arrives', () => {
    let value: unknown = 'bottom'
    for (let level = 0; level < 100_000; level++) value = level % 2 === 0 ? [value] : { value }
    let copy = cross(value)
    for (let level = 0; level < 100_000; level++) copy = Object.values(copy as object)[0]
    assert.equal(copy, 'bottom')
  })

  for (const count of [2, 5_000]) {
    it(`a view of a bigger buffer sends its window only, of ${count} elements`, () => {
      const view = new Uint16Array(new ArrayBuffer(100_000), 10, count)
      const { body, attachments } = encode({ view })
      assert.ok(body.byteLength + attachments.reduce((sum, bytes) => sum + bytes.byteLength, 0) < 2 * count + 20)
      assertSameGraph({ view: new Uint16Array(count) }, cross({ view }))
    })

    it(`bytes arrive in a buffer of their own, ${count} of them`, () => {
      const bytes = new Uint8Array(count).fill(1)
      const copy = cross(bytes)
      bytes[0] = 2
      assert.deepEqual(copy, new Uint8Array(count).fill(1))
      assert.equal(copy.buffer.byteLength, count)
    })
  }

  it('long bytes become the buffer of their array, where they come alone; else each has one of its own', () => {
    const [one, other] = [new Uint8Array(5_000).fill(1), new Float64Array(1_000).fill(2)]
    const alone = encode([one])
    const tail = new Uint8Array(alone.attachments[0] ?? [])
    const [copy] = createCodec().decode(new Reader(alone.body), tail, new CountingPort()) as Uint8Array[]
    assert.equal(copy?.buffer, tail.buffer)
    assertSameGraph([one, other, one], cross([one, other, one]))
    assertSameGraph([one, other], cross([one, other]))
  })

  it('typed arrays of every class arrive', () => {
    for (const name of [
      'Int8',
      'Uint8',
      'Uint8Clamped',
      'Int16',
      'Uint16',
      'Int32',
      'Uint32',
      'Float16',
      'Float32',
      'Float64',
    ]) {
      const View: unknown = Reflect.get(globalThis, `${name}Array`)
      if (typeof View === 'function') assertSameGraph(...twice(() => Reflect.construct(View, [[1, 2, 3]])))
    }
  })

  it('items that are not enumerable arrive, as ordinary ones', () => {
    const hidden = (item: unknown, rest: unknown[] = []) => Object.defineProperty(rest, 1, { value: item })
    assertSameGraph([1, 2], cross(hidden(2, [1])))
    assertSameGraph([new Date(0), 2], cross(hidden(2, [new Date(0)])))
    assertSameGraph(Object.assign([], { 1: 2 }), cross(hidden(2)))
  })

  it('fields of an error that are not enumerable arrive so; its own functions stay', () => {
    const error = Object.defineProperties(new Error('e'), { status: { value: 404 }, toString: { value: () => 'e' } })
    const copy = cross(error) as Error
    const status = { value: 404, enumerable: false, writable: true, configurable: true }
    assert.deepEqual(Object.getOwnPropertyDescriptor(copy, 'status'), status)
    assert.equal(Object.hasOwn(copy, 'toString'), false)
  })

  it('a plain value next to a rich one keeps its own form', () => {
    assertSameGraph({ ok: true, none: undefined }, cross({ ok: true, none: undefined }))
  })

  it('an error of a class that is not registered is one of the nearest built-in class', () => {
    class Unregistered extends RangeError {
      override name = 'Unregistered'
      readonly detail = new Map([[1, 2]])
    }
    const copy = cross(new Unregistered('no'))
    assert.ok(copy instanceof RangeError)
    assert.equal(Object.getPrototypeOf(copy), RangeError.prototype)
    assert.deepEqual([copy.name, copy.message, Reflect.get(copy, 'detail')], ['Unregistered', 'no', new Map([[1, 2]])])
  })

  function twice(make: () => unknown): [unknown, unknown] {
    const value = make()
    return [value, cross(value)]
  }

  function codedError(): Error {
    return Object.assign(new TypeError('bad', { cause: new SyntaxError('inner') }), { code: 'E_BAD', at: new Date(0) })
  }
})

describe('a codec', () => {
  it('is not moved by what others register with the global superjson', async () => {
    const { default: SuperJSON } = await import('superjson')
    SuperJSON.registerCustom(
      { isApplicable: (v): v is RegExp => v instanceof RegExp, serialize: () => 'x', deserialize: () => /x/ },
      'greedy',
    )
    assertSameGraph([new Date(5), /a/g], cross([new Date(5), /a/g]))
  })
})

function nested(levels: number): unknown {
  return levels === 0 ? 'bottom' : [nested(levels - 1)]
}
