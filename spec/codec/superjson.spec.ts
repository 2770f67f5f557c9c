import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { registerClass, registerCustom } from '../../lib/codec/classes.ts'
import { createCodec } from '../../lib/codec/codec.ts'
import { maxDepth, maxReferences } from '../../lib/codec/limits.ts'
import { encodeThrown } from '../../lib/codec/thrown.ts'
import { remove } from '../../lib/codec/removal.ts'
import { isManagerError, ManagerError } from '../../lib/errors.ts'
import { Reader } from '../../lib/wire/reader.ts'
import { tag } from '../../lib/wire/tags.ts'
import { Writer } from '../../lib/wire/writer.ts'
import { withReferences } from '../harness/message.ts'
import { CountingPort, decode, encode } from './crossing.ts'
import { assertSameGraph } from './same-graph.ts'

class Point {
  readonly x: unknown
  constructor(x: unknown) {
    this.x = x
  }
}
class NotFound extends Error {
  code = 'E404'
}
/** What the specs share by reference. */
class Live {
  readonly is = 'live'
}
/** Its transformer makes what it wraps, whatever that is. */
class Wrapped {
  readonly inner: unknown
  constructor(inner: unknown) {
    this.inner = inner
  }
}
/** Its transformer is called as one of this package. */
class Bare extends Wrapped {}
registerClass(Point)
registerClass(NotFound)
for (const [name, Class] of [
  ['Wrapped', Wrapped],
  ['referent.bare', Bare],
] as const)
  registerCustom<Wrapped, unknown>({
    name,
    isApplicable: (value): value is Wrapped => value instanceof Wrapped && value.constructor === Class,
    serialize: ({ inner }) => inner,
    deserialize: (inner) => new Class(inner),
  })

const superjson = createCodec({ serializer: 'superjson', maxParts: 65_536 })
const megabyte = 2 ** 20

describe("a body in superjson's form", () => {
  const shared = { a: 1 }
  const texts: [name: string, value: unknown, text: string][] = [
    ['plain arguments', [1, 'é', null, true], '{"json":[1,"é",null,true]}'],
    ['a text with a lone surrogate', 'a\ud800', String.raw`{"json":"a\ud800"}`],
    [
      'numbers that JSON has not',
      [-0, NaN],
      '{"json":["-0","NaN"],"meta":{"values":{"0":["number"],"1":["number"]},"v":1}}',
    ],
    [
      'a date deep inside',
      { a: { 'b.c': new Date(0) } },
      String.raw`{"json":{"a":{"b.c":"1970-01-01T00:00:00.000Z"}},"meta":{"values":{"a.b\\.c":["Date"]},"v":1}}`,
    ],
    [
      'a map',
      new Map([[1n, /a/g]]),
      '{"json":[["1","/a/g"]],"meta":{"values":["map",{"0.0":["bigint"],"0.1":["regexp"]}],"v":1}}',
    ],
    ['bytes', new Uint8Array([1, 255]), '{"json":[1,255],"meta":{"values":[["typed-array","Uint8Array"]],"v":1}}'],
    [
      'a registered class',
      new Point(1n),
      '{"json":{"x":"1"},"meta":{"values":[["class","Point"],{"x":["bigint"]}],"v":1}}',
    ],
    [
      "a transformer's plain result",
      new Wrapped({ at: new Date(0) }),
      '{"json":{"at":"1970-01-01T00:00:00.000Z"},"meta":{"values":[["custom","Wrapped"],{"at":["Date"]}],"v":1}}',
    ],
    [
      "a transformer's result of another kind",
      new Wrapped(1n),
      '{"json":["Wrapped","1"],"meta":{"values":[["custom","referent.custom"],{"1":["bigint"]}],"v":1}}',
    ],
    [
      'an object met twice',
      { one: shared, two: [shared] },
      '{"json":{"one":{"a":1},"two":[null]},"meta":{"referentialEqualities":{"one":["two.0"]},"v":1}}',
    ],
  ]
  for (const [name, value, text] of texts) {
    it(`is superjson's for ${name}`, () => {
      assert.equal(textOf(value), text)
      assertSameGraph(value, cross(value))
    })
  }

  const kept: [name: string, value: unknown][] = [
    [
      'an error of a registered class',
      Object.assign(new NotFound('no', { cause: [new TypeError('why')] }), { at: new Date(0) }),
    ],
    ['a ManagerError', new ManagerError('TIMEOUT', 'late', { delivery: 'unknown' })],
    ['an AbortError', new DOMException('stopped', 'AbortError')],
    ['a cycle', cyclic()],
    ['an array of holes', Object.assign([], { 3: { a: undefined }, length: 900_000 })],
    ['a BigInt of 5,000 digits', [10n ** 5000n, -(10n ** 5000n), 10n ** 1000n, 10n ** 1000n - 1n]],
    [
      '5,000 bytes and bytes of other classes',
      [new Uint8Array(5_000), Buffer.from('é'), new BigInt64Array([-1n]), new Float32Array([1.1, -0])],
    ],
    [
      'transformers in each other',
      new Wrapped(new Wrapped([new Wrapped(undefined), new Wrapped(-0), new Wrapped('a')])),
    ],
    ['a transformer called as one of ours', new Bare({ a: 1 })],
    ['fields that objects inherit', { toString: 1, hasOwnProperty: new Date(0), toJSON: 2, '': 3, '0': 4 }],
    ['100 levels, that of the arguments included', nested(maxDepth - 1)],
  ]
  for (const [name, value] of kept) it(`keeps ${name}`, () => assertSameGraph(value, cross(value)))

  it('keeps symbols that a transformer takes', () => assert.equal(cross(remove), remove))

  it('is empty for undefined', () => {
    assert.equal(encode(undefined, undefined, 'result', superjson).body.byteLength, 0)
    assert.equal(decode(new Uint8Array(), [], undefined, superjson), undefined)
  })

  it('has references as their numbers, and the list of them behind it', () => {
    const [one, other] = [new Live(), new Live()]
    const port = new CountingPort(one, other)
    const { body, references } = encode({ a: one, b: [other, one] }, port, 'result', superjson)
    const text =
      '{"json":{"a":0,"b":[1,null]},"meta":{"values":{"a":[["custom","referent.reference"]],"b.0":[["custom","referent.reference"]]},"referentialEqualities":{"a":["b.1"]},"v":1}}'
    assert.deepEqual(body, new Uint8Array(withReferences(bodyOf(text), references)))
    const copy = decode(body, [], port, superjson) as { a: unknown; b: unknown[] }
    assert.deepEqual([copy.a, copy.b], [one, [other, one]])
    assert.ok(copy.a === one && copy.b[1] === one)
  })

  it('may have its references in any order', () => {
    const [one, other] = [new Live(), new Live()]
    const port = new CountingPort(one, other)
    const descriptors = [port.export(one), port.export(other)]
    const text =
      '{"json":[1,0],"meta":{"values":{"0":[["custom","referent.reference"]],"1":[["custom","referent.reference"]]},"v":1}}'
    assert.deepEqual(decode(withReferences(bodyOf(text), descriptors), [], port, superjson), [other, one])
  })

  it('runs what reads a value once', () => {
    let count = 0
    const counted = new Wrapped(undefined)
    Object.defineProperty(counted, 'inner', { get: () => ++count })
    assert.deepEqual(cross([counted, { more: [counted] }]), [new Wrapped(1), { more: [new Wrapped(1)] }])
    assert.equal(count, 1)
  })

  it('is written whatever toJSON all objects inherit', () => {
    for (const prototype of [Object.prototype, Array.prototype]) {
      Object.defineProperty(prototype, 'toJSON', { value: () => 'replaced', configurable: true })
      try {
        assert.deepEqual(cross([{ a: new Date(0) }]), [{ a: new Date(0) }])
      } finally {
        Reflect.deleteProperty(prototype, 'toJSON')
      }
    }
  })

  it('reads an error that superjson wrote as superjson does', () => {
    const text =
      '{"json":{"name":"TypeError","message":"no","cause":"1"},"meta":{"values":["Error",{"cause":["bigint"]}],"v":1}}'
    const error = decode(bodyOf(text), [], undefined, superjson) as Error
    assert.ok(error instanceof Error)
    assert.deepEqual([error.name, error.message, error.cause], ['TypeError', 'no', 1n])
  })
})

describe("a value that superjson's reader would change", () => {
  const shared = { a: 1 }
  const refused: [value: unknown, message: string][] = [
    [
      { items: [shared, new Set([shared])] },
      'argument 0.items[1].values[0]: superjson keeps an object that is met twice',
    ],
    [[shared, new Map([[shared, 1]])], 'argument 0[1].keys[0]: superjson keeps an object'],
    [[shared, new Point(shared)], 'argument 0[1].x: superjson keeps an object'],
    [[shared, new Error('e', { cause: shared })], 'argument 0[1].cause: superjson keeps an object'],
    [[new Wrapped([shared]), shared], 'argument 0[1]: superjson keeps an object'],
    [[new Wrapped(shared), shared], 'argument 0[1]: superjson keeps an object'],
    [[shared, new Wrapped(shared)], 'argument 0[1]: superjson keeps an object'],
    [new Map([['k', new Set([new Map([[1, nested(maxDepth)]])])]]), 'argument 0.get("k").values[0].values[0][0]'],
    [{ a: { constructor: 1 } }, 'argument 0.a.constructor: superjson takes no field of that name'],
    [[JSON.parse('{"__proto__": 1}')], 'argument 0[0].__proto__: superjson takes'],
    [nested(maxDepth), 'argument 0'],
    [{ fn: () => 1 }, "argument 0.fn: a function can't cross"],
  ]
  for (const [value, message] of refused) {
    it(`is refused: ${message}`, () => {
      const writer = new Writer()
      writer.byte(1)
      const port = new CountingPort()
      assert.throws(
        () => superjson.encode([value], port, 'arguments', writer),
        (error) => isManagerError(error, 'UNSERIALIZABLE') && error.message.startsWith(message),
      )
      assert.deepEqual([writer.position, port.exported], [1, []])
    })
  }

  it('in an error that is thrown leaves its name and message', () => {
    const writer = new Writer()
    encodeThrown(
      superjson,
      Object.assign(new RangeError('gone'), { one: shared, two: shared }),
      new CountingPort(),
      writer,
    )
    const error = decode(writer.written(0), [], undefined, superjson)
    assert.ok(error instanceof Error)
    assert.match(error.message, /RangeError: gone/)
  })

  it('is found where it is kept all the same: an object in an instance, a set or a key, then in a plain one', () => {
    for (const holder of [new Point(shared), new Set([shared]), new Map([[shared, 1]])]) {
      assertSameGraph([holder, shared, new Map([[1, shared]])], cross([holder, shared, new Map([[1, shared]])]))
    }
  })
})

describe('a body that is too long', () => {
  it('is refused by its sender, whatever makes it so', () => {
    const small = createCodec({ serializer: 'superjson', maxTextBytes: () => 4_096 })
    const long = [
      'x'.repeat(4_096),
      'é'.repeat(2_048),
      new Uint8Array(2_049),
      new Float64Array(3_000),
      Array.from({ length: 4_096 }, () => 1),
      { ['name'.repeat(2_000)]: 1 },
      2n ** 16_384n,
      Array.from({ length: 70_000 }, () => ({})),
    ]
    for (const value of long)
      assert.throws(() => encode(value, undefined, 'result', small), { code: 'FRAME_TOO_LARGE', message: /4096/ })
    assertSameGraph(
      new Uint8Array(1_900),
      decode(encode(new Uint8Array(1_900), undefined, 'result', small).body, [], undefined, small),
    )
  })

  it('is refused by its sender where it has more parts than a receiver takes, as names are parts too', () => {
    const many = createCodec({ serializer: 'superjson', maxTextBytes: () => megabyte })
    const records = (count: number): unknown => Array.from({ length: count }, () => ({ a: 1, b: 2 }))
    assert.throws(() => encode(records(21_846), undefined, 'result', many), {
      code: 'FRAME_TOO_LARGE',
      message: /65536/,
    })
    const { body } = encode(records(21_844), undefined, 'result', many)
    assert.deepEqual(decode(body, [], undefined, superjson), records(21_844))
  })
})

describe("hostile bodies in superjson's form", () => {
  const date = '"1970-01-01T00:00:00.000Z"'
  const reference = '["custom","referent.reference"]'
  const hostile: [name: string, text: string][] = [
    ['no JSON', '{"json":'],
    ['no object', '[1]'],
    ['no value', '{"meta":{"v":1}}'],
    ['more than superjson has', '{"json":1,"more":1}'],
    ['a meta that is more', '{"json":1,"meta":{"v":1,"more":1}}'],
    ['another version', '{"json":1,"meta":{"values":["Date"],"v":2}}'],
    ['no version', '{"json":1,"meta":{}}'],
    ['two values', '{"json":1}{"json":1}'],
    ['a meta that is a list', '{"json":1,"meta":[]}'],
    ['annotations that are none', annotated('1', '5')],
    ['an empty annotation', annotated('1', '[]')],
    ['an annotation of three', annotated('[]', '["set",{},{}]')],
    ['an annotation of a wrong kind', annotated('1', '[{"a":1}]')],
    ['an unknown annotation', annotated('1', '["Symbol"]')],
    ['an unknown annotation of two', annotated('1', '[["symbol","iterator"]]')],
    ['an annotation named as what objects inherit', annotated('1', '["toString"]')],
    ['an annotation that leads nowhere', annotated('{"a":1}', '{"b":["Date"]}')],
    ['an annotation that leads into a text', annotated('"abc"', '{"length":["bigint"]}')],
    ['an annotation of what objects inherit', annotated('{}', '{"toString":["Date"]}')],
    ["an annotation of a list's length", annotated('[1]', '{"length":["Date"]}')],
    ['an annotation of an item that is not there', annotated('[1]', '{"1":["undefined"]}')],
    ['an annotation of an index in another form', annotated('[null]', '{"00":["undefined"]}')],
    ['an annotation of a prototype', annotated('{"a":{}}', `{"a.__proto__.polluted":["Date"]}`)],
    ['two annotations of one value', annotated(`{"a":{"b":${date}}}`, '{"a.b":["Date"],"a":{"b":["Date"]}}')],
    ['a path with a wrong escape', annotated('{"a":1}', String.raw`{"\\a":["Date"]}`)],
    ['a path that ends with an escape', annotated('{"a":1}', String.raw`{"a\\":["Date"]}`)],
    ['a field __proto__', '{"json":{"__proto__":{"polluted":1}}}'],
    ['a field constructor', '{"json":{"a":{"constructor":{"prototype":1}}}}'],
    ['an equality that leads to a prototype', equal('{"a":{},"b":{"polluted":1}}', '{"b":["a.__proto__"]}')],
    ['an equality from a prototype', equal('{"a":{},"b":1}', '{"a.__proto__":["b"]}')],
    ['an equality with what objects inherit', equal('{"a":{},"b":1}', '{"a.constructor":["b"]}')],
    ['an equality that leads nowhere', equal('{"a":{}}', '{"a":["b"]}')],
    ['an equality that leads behind a list', equal('[{}]', '{"0":["1"]}')],
    ['an equality that leads into a text', equal('{"a":"x","b":{}}', '{"b":["a.0"]}')],
    ['an equality of nothing', equal('{}', '5')],
    ['an equality with no list', equal('{"a":{},"b":1}', '{"a":"b"}')],
    ['an equality with no path', equal('{"a":{},"b":1}', '{"a":[5]}')],
    ['an equality of the whole with no list', equal('{"a":1}', '[{"a":["a"]}]')],
    ['an equality of what is none', equal('5', '[["a"]]')],
    [
      'an equality that leads into what a transformer makes',
      `{"json":{"a":{"b":{}},"c":1},"meta":{"values":{"a":[["custom","Wrapped"]]},"referentialEqualities":{"a.b":["c"]},"v":1}}`,
    ],
    ['a wrong undefined', annotated('1', '["undefined"]')],
    ['a wrong number', annotated('"0x10"', '["number"]')],
    ['a number of what objects inherit', annotated('"toString"', '["number"]')],
    ['a bigint that is none', annotated('"1e9"', '["bigint"]')],
    ['a bigint that is a number', annotated('1', '["bigint"]')],
    ['a bigint of 1,001 digits', annotated(`"${'9'.repeat(1_001)}"`, '["bigint"]')],
    ['a bigint of a million digits', annotated(`"${'9'.repeat(1_000_000)}"`, '["bigint"]')],
    ['a bigint of ours without digits', annotated('"0x"', '[["custom","referent.bigint"]]')],
    ['a date that no calendar has', annotated('"2020-13-01T00:00:00Z"', '["Date"]')],
    ['a date in words', annotated('"Tue Mar 01 2022"', '["Date"]')],
    ['a date that is a number', annotated('0', '["Date"]')],
    ['an invalid date that is one', annotated(date, '[["custom","referent.invalidDate"]]')],
    ['a regular expression that is none', annotated('"/(/"', '["regexp"]')],
    ['a regular expression that is too long', annotated(`"/${'a'.repeat(65_537)}/"`, '["regexp"]')],
    [
      'a regular expression with sets of emoji',
      annotated(String.raw`"/${String.raw`\\p{RGI_Emoji}`.repeat(5)}/v"`, '["regexp"]'),
    ],
    ['a URL that is none', annotated('"nowhere"', '["URL"]')],
    ['a URL with an endless host', annotated(`"https://${'ä'.repeat(1_000)}/"`, '["URL"]')],
    ['a map of a number', annotated('300000000', '["map"]')],
    ['a map of fields', annotated('{"a":1}', '["map"]')],
    ['a map with a key too many', annotated('[[1,2,3]]', '["map"]')],
    ['a map of sets', annotated('[[1,2]]', '["map",{"0":["set"]}]')],
    ['a set of a number', annotated('300000000', '["set"]')],
    ['a typed array of a length', annotated('300000000', '[["typed-array","Uint8Array"]]')],
    ['a typed array of a text', annotated('"300000000"', '[["typed-array","Uint8Array"]]')],
    ['a typed array of fields', annotated('{"length":300000000}', '[["typed-array","Uint8Array"]]')],
    ['a typed array of numbers it has not', annotated('[256]', '[["typed-array","Uint8Array"]]')],
    ['a typed array of fractions', annotated('[0.1]', '[["typed-array","Float32Array"]]')],
    ['a typed array of no numbers', annotated('[null]', '[["typed-array","Float64Array"]]')],
    ['a typed array of another class', annotated('[1]', '[["typed-array","Array"]]')],
    ['a typed array of what objects inherit', annotated('[1]', '[["typed-array","constructor"]]')],
    ['bytes of an unknown class', annotated('{"class":"Function","base64":""}', '[["custom","referent.bytes"]]')],
    ['bytes that are no base64', annotated('{"class":"Buffer","base64":"*"}', '[["custom","referent.bytes"]]')],
    ['half a number', annotated('{"class":"Float64Array","base64":"AAAA"}', '[["custom","referent.bytes"]]')],
    ['bytes without a class', annotated('{"base64":""}', '[["custom","referent.bytes"]]')],
    [
      'a sparse array of an endless length',
      annotated('{"length":4294967295,"items":{}}', '[["custom","referent.sparse"]]'),
    ],
    ['a sparse array of half an item', annotated('{"length":0.5,"items":{}}', '[["custom","referent.sparse"]]')],
    [
      'a sparse array with an item behind its end',
      annotated('{"length":1,"items":{"1":1}}', '[["custom","referent.sparse"]]'),
    ],
    ['a sparse array with a name', annotated('{"length":1,"items":{"a":1}}', '[["custom","referent.sparse"]]')],
    ['a sparse array of a list', annotated('{"length":1,"items":[1]}', '[["custom","referent.sparse"]]')],
    ['an object without a prototype that is a list', annotated('[]', '[["custom","referent.bare"]]')],
    ['an error that is a list', annotated('[]', '["Error"]')],
    ['an error that hides a member', annotated('{"name":"Error","toString":"x"}', '["Error"]')],
    ['an error of ours without fields', annotated('{"base":"Error"}', '[["custom","referent.error"]]')],
    [
      'an error of a class that is none',
      annotated('{"base":"Error","class":"Point","hidden":{},"shown":{}}', '[["custom","referent.error"]]'),
    ],
    [
      'an error with one field twice',
      annotated('{"base":"Error","hidden":{"then":1},"shown":{"toString":1}}', '[["custom","referent.error"]]'),
    ],
    [
      'an error of an engine without its name',
      annotated('{"base":"DOMException","hidden":{},"shown":{}}', '[["custom","referent.error"]]'),
    ],
    ['an instance that is a list', annotated('[1]', '[["class","Point"]]')],
    ['an instance that hides a member', annotated('{"constructor":1}', '[["class","Point"]]')],
    ['a custom value without a name', annotated('[1,2]', '[["custom","referent.custom"]]')],
    ['a custom value of three', annotated('["Wrapped",2,3]', '[["custom","referent.custom"]]')],
    ['a reference that is not there', annotated('0', `[${reference}]`)],
    ['a reference of no number', annotated('"0"', `[${reference}]`)],
    ['100,000 lists in each other', `{"json":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['lists one deeper than is taken', `{"json":${'['.repeat(maxDepth + 1)}${']'.repeat(maxDepth + 1)}}`],
    ['an annotation of 100,000 keys', annotated('1', `{"${'.'.repeat(100_000)}":["Date"]}`)],
    ['annotations in each other', annotated('1', `${'{"a":'.repeat(maxDepth + 1)}["Date"]${'}'.repeat(maxDepth + 1)}`)],
    ['more lists than are taken', `{"json":[${Array.from({ length: 65_536 }, () => '[]').join()}]}`],
    ['more names than are taken', `{"json":[${Array.from({ length: 33_000 }, () => '{"a":1}').join()}]}`],
    [
      'more references than are taken',
      annotated(
        `[${Array.from({ length: maxReferences + 1 }, () => 0).join()}]`,
        `{${Array.from({ length: 100 }, (_, at) => `"${at}":[${reference}]`).join()}}`,
      ),
    ],
  ]
  for (const [name, text] of hostile) {
    it(`are refused before anything is made of them: ${name}`, () => {
      const [memory, startedMs] = [process.memoryUsage().rss, performance.now()]
      assert.throws(() => decode(bodyOf(text), [], undefined, superjson), { code: 'PROTOCOL' })
      assert.ok(performance.now() - startedMs < 1_000 && process.memoryUsage().rss - memory < 64 * megabyte)
      assert.equal(Reflect.get({}, 'polluted'), undefined)
    })
  }

  it('are refused where they are no UTF-8', () => {
    const body = Buffer.concat([bodyOf('{"json":"'), Buffer.of(0xff), Buffer.from('"}')])
    assert.throws(() => decode(body, [], undefined, superjson), { code: 'PROTOCOL' })
  })

  it('are refused where a reference is used twice, or not at all', () => {
    for (const [json, notes] of [
      ['[0,0]', `{"0":[${reference}],"1":[${reference}]}`],
      ['[0,1]', `{"0":[${reference}]}`],
    ] as const) {
      const port = new CountingPort({}, {})
      const body = withReferences(bodyOf(annotated(json, notes)), [port.export({}), port.export({})])
      assert.throws(() => decode(body, [], port, superjson), { code: 'PROTOCOL' })
      assert.equal(port.imported.length, 2)
    }
  })

  it('are refused where bytes come beside them', () => {
    assert.throws(() => decode(bodyOf('{"json":1}'), [new Uint8Array(1)], undefined, superjson), { code: 'PROTOCOL' })
    assert.throws(() => decode(new Uint8Array(), [new Uint8Array(1)], undefined, superjson), { code: 'PROTOCOL' })
  })

  it('that equal one thing in a hundred thousand places take no longer than they are long', () => {
    const places = Array.from({ length: 100_000 }, (_, at) => `"${at}"`)
    const text = equal(
      `{"a":{},"m":[${places.map(() => 0).join()}]}`,
      `{"a":[${places.map((place) => place.replace('"', '"m.')).join()}]}`,
    )
    const startedMs = performance.now()
    const { a, m } = decode(bodyOf(text), [], undefined, createCodec({ serializer: 'superjson' })) as {
      a: unknown
      m: unknown[]
    }
    assert.ok(m.every((each) => each === a))
    assert.ok(performance.now() - startedMs < 2_000)
  })

  it('may be of what nobody has registered: that is said', () => {
    for (const text of [annotated('{}', '[["class","Nobody"]]'), annotated('{}', '[["custom","Nobody"]]')])
      assert.throws(() => decode(bodyOf(text), [], undefined, superjson), { code: 'UNSERIALIZABLE', message: /Nobody/ })
  })
})

describe('a session of one form', () => {
  it('takes no body of the other', () => {
    assert.throws(() => decode(bodyOf('{"json":1}')), { code: 'PROTOCOL', message: /superjson/ })
    assert.throws(() => decode(encode(1).body, [], undefined, superjson), { code: 'PROTOCOL', message: /superjson/ })
  })
})

function bodyOf(text: string): Uint8Array {
  return Buffer.concat([Buffer.of(tag.json), Buffer.from(text)])
}

function textOf(value: unknown): string {
  const { body } = encode(value, undefined, 'result', superjson)
  assert.equal(body[0], tag.json)
  return Buffer.from(body).toString('utf8', 1)
}

function cross(value: unknown): unknown {
  const writer = new Writer()
  const { attachments } = superjson.encode([value], new CountingPort(), 'arguments', writer)
  assert.equal(attachments.length, 0)
  const [copy] = superjson.decode(new Reader(writer.written(0)), new Uint8Array(), new CountingPort()) as [unknown]
  return copy
}

function annotated(json: string, values: string): string {
  return `{"json":${json},"meta":{"values":${values},"v":1}}`
}

function equal(json: string, equalities: string): string {
  return `{"json":${json},"meta":{"referentialEqualities":${equalities},"v":1}}`
}

function cyclic(): unknown {
  const [root, inner]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}]
  Object.assign(root, { inner, list: [root, inner], map: new Map([['k', root]]) })
  inner['root'] = root
  return root
}

/** An array of so many levels. */
function nested(depth: number): unknown {
  let value: unknown = []
  for (let level = 1; level < depth; level++) value = [value]
  return value
}
