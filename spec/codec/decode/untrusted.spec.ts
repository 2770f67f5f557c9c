import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import * as fc from 'fast-check'
import { registerClass, registerCustom } from '../../../lib/codec/classes.ts'
import { createCodec } from '../../../lib/codec/codec.ts'
import { maxDepth, maxHoles, maxReferences } from '../../../lib/codec/limits.ts'
import { isManagerError, ManagerError } from '../../../lib/errors.ts'
import { maxIntegerBytes } from '../../../lib/wire/reader.ts'
import { tag } from '../../../lib/wire/tags.ts'
import { bodyOf, CountingPort, decode, encode, type Part } from '../crossing.ts'

class Registered {
  readonly field = 1
}
class RegisteredError extends Error {}
class Narrow {
  shown = 1
  kept = 2
}
class Wrapped {
  readonly inner: unknown
  constructor(inner: unknown) {
    this.inner = inner
  }
}
registerClass(Registered)
registerClass(RegisteredError)
registerClass(Narrow, { allowProps: ['shown'] })
registerCustom<Wrapped, unknown>({
  name: 'Wrapped',
  isApplicable: (value): value is Wrapped => value instanceof Wrapped,
  serialize: ({ inner }) => [inner],
  deserialize: (parts) => new Wrapped(parts),
})

const megabyte = 2 ** 20
const n = (varint: number): Part => ({ varint })
const empty = [tag.array, n(0)] as const
const oneReference = [{ shared: 0 }]
const hostile: [name: string, body: Uint8Array, attachments?: Uint8Array[]][] = [
  ['an unknown tag', bodyOf(0xff)],
  ['a tag of nothing yet', bodyOf(0xa0)],
  ['two values', bodyOf(1, 1)],
  ['a value and one byte more', bodyOf('text', 0xc0)],
  ['a table and one byte more', bodyOf(tag.table, n(1), ...empty, 1)],
  ['half a number', bodyOf(tag.integer, 0, 0, 0)],
  ['half a double', bodyOf(tag.double, 0, 0, 0, 0)],
  ['a length cut short', bodyOf(tag.array, 0x80)],
  ['a length of over 53 bits', bodyOf(tag.array, ...ffs(8), 0)],
  ['a length without an end', bodyOf(tag.array, ...ffs(5000))],
  ['a length of more bytes than it takes', bodyOf(tag.array, 0x80, 0)],
  ['a text longer than the body', bodyOf(tag.text, n(2 ** 40), 65)],
  ['a wide text longer than the body', bodyOf(tag.wideText, n(2 ** 52), 65, 0)],
  ['a short text longer than the body', bodyOf(tag.shortText + 31, 65)],
  ['an array of more items than bytes', bodyOf(tag.array, n(2 ** 52), 1, 2, 3)],
  ['integers of more than their bytes', bodyOf(tag.integers, n(2 ** 51), ...zeros(16))],
  ['doubles of more than their bytes', bodyOf(tag.doubles, n(2 ** 51), ...zeros(16))],
  ['a map with a key too many', bodyOf(tag.map, n(2), 1, 2, 3)],
  ['a set of more members than bytes', bodyOf(tag.set, n(2 ** 52), 1, 2)],
  ['a shape of more names than bytes', bodyOf(tag.object, n(0), '', n(2 ** 52), 'a')],
  ['a table of more objects than bytes', bodyOf(tag.table, n(2 ** 52), ...empty)],
  ['a shape that is not there', bodyOf(tag.object, n(1), 1)],
  ['a shape that comes later', bodyOf(tag.array, n(2), tag.object, n(1), 1, tag.object, n(0), '', n(1), 'a', 1)],
  ['a shape far out of range', bodyOf(tag.object, n(2 ** 53 - 1))],
  ['names that are no texts', bodyOf(tag.object, n(0), '', n(1), 1, 1)],
  ['a class that is no text', bodyOf(tag.object, n(0), tag.null, n(0))],
  ['fewer values than names', bodyOf(tag.object, n(0), '', n(2), 'a', 'b', 1)],
  ['a sparse array of an endless length', bodyOf(tag.sparse, n(4_294_967_295), n(0))],
  ['a sparse array longer than any', bodyOf(tag.sparse, n(2 ** 32), n(0))],
  ['a sparse array far longer than any', bodyOf(tag.sparse, n(2 ** 53 - 1), n(0))],
  ['a sparse array out of order', bodyOf(tag.sparse, n(3), n(2), n(1), 1, n(0), 1)],
  ['a sparse array with one index twice', bodyOf(tag.sparse, n(3), n(2), n(1), 1, n(1), 1)],
  ['a sparse array with an index behind its end', bodyOf(tag.sparse, n(1), n(1), n(1), 1)],
  ['a sparse array of more items than its length', bodyOf(tag.sparse, n(1), n(2), n(0), 1, n(1), 1)],
  [
    'sparse arrays of too many holes together',
    bodyOf(tag.array, n(2), tag.sparse, n(maxHoles / 2 + 1), n(0), tag.sparse, n(maxHoles / 2), n(0)),
  ],
  ['an error of no base', bodyOf(tag.error, 1, '', n(0), n(0), '', n(0))],
  ['an error with more hidden fields than fields', error('Error', '', 1, [])],
  ['an error of a class that is none of errors', error('Error', 'Registered', 0, [])],
  ['an instance of an error class that is no error', bodyOf(tag.object, n(0), 'RegisteredError', n(0))],
  ['a DOMException without its message', bodyOf(tag.error, 'DOMException', '', 'name')],
  ['an integer of more bytes than there are', bodyOf(tag.bigint, n(2 * 9), ...ffs(8))],
  ['an integer of too many bytes', bodyOf(tag.bigint, n(2 * maxIntegerBytes + 2), new Uint8Array(maxIntegerBytes + 1))],
  ['an integer of a declared length', bodyOf(tag.bigint, n(2 ** 53 - 2))],
  ['a date that no calendar has', bodyOf(tag.date, double(8.64e15 + 1))],
  ['a date between two milliseconds', bodyOf(tag.date, double(0.5))],
  ['a date at no end', bodyOf(tag.date, double(Infinity))],
  ['bytes of an unknown form', bodyOf(tag.bytes, 99, n(1), 0)],
  ['bytes longer than the body', bodyOf(tag.bytes, 3, n(2 ** 50), 0)],
  ['half an element', bodyOf(tag.bytes, 11, n(12), ...zeros(12))],
  ['an attachment without a tail', bodyOf(tag.attachment, 3, n(1))],
  ['an attachment longer than the tail', bodyOf(tag.attachment, 3, n(2)), [new Uint8Array(1)]],
  ['an attachment of a declared length', bodyOf(tag.attachment, 3, n(2 ** 50)), [new Uint8Array(1)]],
  ['an attachment of an unknown form', bodyOf(tag.attachment, 15, n(1)), [new Uint8Array(1)]],
  ['half an element in the tail', bodyOf(tag.attachment, 11, n(12)), [new Uint8Array(12)]],
  [
    'one attachment copied often',
    bodyOf(tag.array, n(2), tag.attachment, 3, n(1), tag.attachment, 3, n(1)),
    [new Uint8Array(1)],
  ],
  ['a tail that nothing uses', bodyOf(...empty), [new Uint8Array(1)]],
  ['a tail that is used but for a byte', bodyOf(tag.attachment, 3, n(1)), [new Uint8Array(2)]],
  ['a tail without a body', bodyOf(), [new Uint8Array(1)]],
  ['a pointer without a table', bodyOf(tag.array, n(1), tag.pointer, n(0))],
  ['a table of nothing', bodyOf(tag.table, n(0))],
  ['a table of less than it says', bodyOf(tag.table, n(2), ...empty)],
  ['a table of numbers', bodyOf(tag.table, n(1), 1)],
  ['a table of texts', bodyOf(tag.table, n(1), 'a')],
  ['a table of pointers', bodyOf(tag.table, n(1), tag.pointer, n(0))],
  ['a table in a table', bodyOf(tag.table, n(1), tag.table, n(1), ...empty)],
  ['a table in an array', bodyOf(tag.array, n(1), tag.table, n(1), ...empty)],
  ['a pointer out of range', bodyOf(tag.table, n(1), tag.array, n(1), tag.pointer, n(1))],
  ['a pointer far out of range', bodyOf(tag.table, n(1), tag.array, n(1), tag.pointer, n(2 ** 53 - 1))],
  ['a table with an object twice', bodyOf(tag.orderedTable, n(2), ...empty, ...empty, n(0), n(0))],
  ['a table with an object too few', bodyOf(tag.orderedTable, n(2), ...empty, ...empty, n(0))],
  ['a table with an object that is not there', bodyOf(tag.orderedTable, n(1), ...empty, n(1))],
  ['a custom value that holds itself', bodyOf(tag.orderedTable, n(1), tag.custom, 'Wrapped', n(0), tag.pointer, n(0))],
  [
    'a pointer to a custom value before it is made',
    bodyOf(tag.table, n(2), tag.array, n(1), tag.custom, 'Wrapped', tag.pointer, n(1), ...empty),
  ],
  [
    'custom values that hold each other',
    bodyOf(tag.orderedTable, n(2), tag.custom, 'Wrapped', tag.custom, 'Wrapped', n(0), tag.pointer, n(1), n(1), 1),
  ],
  ['lists nested too deep', bodyOf(...nestedLists(maxDepth + 1))],
  ['lists nested far too deep', bodyOf(...nestedLists(10_000))],
  ['lists nested too deep in a table', bodyOf(tag.table, n(1), tag.array, n(1), ...nestedLists(maxDepth + 1))],
  ['objects nested too deep', bodyOf(tag.object, n(0), '', n(1), 'a', ...nestedObjects(maxDepth))],
  [
    'custom values nested too deep',
    bodyOf(...Array.from({ length: maxDepth + 1 }, () => [tag.custom, 'Wrapped']).flat(), 1),
  ],
  ['an object that awaits for ever', wrapped([tag.object, n(0), '', n(1), 'then', tag.reference])],
  [
    'an object that awaits for ever, by a pointer',
    wrapped([tag.table, n(2), tag.object, n(0), '', n(1), 'then', tag.reference, tag.pointer, n(1)]),
  ],
  [
    'an error that awaits for ever',
    wrapped([tag.error, 'Error', '', n(0), n(0), '', n(2), 'a', 'then', 1, tag.reference]),
  ],
  ['an object without a prototype that awaits for ever', wrapped([tag.bare, n(0), '', n(1), 'then', tag.reference])],
  ['an object of two fields of the name `then`', wrapped([tag.bare, n(0), '', n(2), 'then', 'then', 1, tag.reference])],
  ['a reference that is not there', bodyOf(tag.reference)],
  ['a reference counted twice', wrapped([tag.array, n(2), tag.reference, tag.reference])],
  ['a reference that nothing uses', wrapped(empty)],
  ['references without a value', wrapped([])],
  ['a reference that is no object', wrapped([tag.reference], [1])],
  ['a reference that is null', wrapped([tag.reference], [null])],
  ['a reference that is a list', wrapped([tag.reference], [[]])],
  ['references that are no list', wrapped([tag.reference], {})],
  ['references that are no JSON', bodyOf(tag.references, word(1), tag.reference, 123)],
  ['references that are no UTF-8', bodyOf(tag.references, word(1), tag.reference, 0xff, 0xff)],
  ['references without a list', bodyOf(tag.references, word(1), tag.reference)],
  ['references without a length', bodyOf(tag.references, 0, 0)],
  ['references with a length beyond the end', bodyOf(tag.references, word(0xffff_ffff), tag.reference, json([{}]))],
  ['references with a length that cuts the value', bodyOf(tag.references, word(2), tag.integer, word(1), json([]))],
  ['references with a length that reaches into them', bodyOf(tag.references, word(2), tag.reference, json([{}]))],
  ['references within references', bodyOf(tag.references, word(8), tag.references, word(1), 1, json([]), json([]))],
  ['references in an array', bodyOf(tag.array, n(1), tag.references, word(1), 1, json([]))],
  [
    'too many references',
    wrapped(
      empty,
      Array.from({ length: maxReferences + 1 }, () => ({})),
    ),
  ],
  ['a leaf that is no text', bodyOf(tag.superjson, 1)],
  ['a leaf that is no JSON', bodyOf(tag.superjson, '{')],
  ['a leaf that is no object', bodyOf(tag.superjson, 'null')],
  ['a leaf without annotations', leaf({ json: '/a/' })],
  [
    'a typed array of a declared length',
    leaf({ json: 300_000_000, meta: { values: [['typed-array', 'Float64Array']] } }),
  ],
  ['a nested annotation', leaf({ json: '/a/', meta: { values: ['regexp', { 0: ['bigint'] }] } })],
  ['an annotation by names', leaf({ json: ['/a/'], meta: { values: { 0: ['regexp'] } } })],
  ['an annotation of a prototype', leaf({ json: {}, meta: { values: { '__proto__.a': ['regexp'] } } })],
  ['a class', leaf({ json: {}, meta: { values: [['class', 'Registered']] } })],
  ['a custom value', leaf({ json: 'a', meta: { values: [['custom', 'Wrapped']] } })],
  ['a symbol', leaf({ json: 'a', meta: { values: [['symbol', 'a']] } })],
  ['an error as a leaf', leaf({ json: { message: 'a' }, meta: { values: ['Error'] } })],
  ['a map as a leaf', leaf({ json: [[1, 2]], meta: { values: ['map'] } })],
  ['a bigint as a leaf', leaf({ json: '1', meta: { values: ['bigint'] } })],
  ['a RegExp that can not be compiled', regexp('/(/')],
  ['a RegExp with unknown flags', regexp('/a/zz')],
  ['a RegExp without slashes', regexp('a')],
  ['a RegExp that is endless', regexp(`/${'a'.repeat(megabyte)}/`)],
  ['a RegExp that is no text', regexp({ slice: 1 })],
  ['a URL that is none', leaf({ json: 'http://', meta: { values: ['URL'] } })],
  ['a URL with a long host', leaf({ json: `http://${'ü'.repeat(1000)}/`, meta: { values: ['URL'] } })],
]

describe('a body from a peer', () => {
  beforeEach(() => (lastBytes = process.memoryUsage.rss()))

  for (const [name, body, attachments] of hostile) {
    it(`is refused: ${name}`, () => {
      const before = process.memoryUsage().rss
      assert.throws(
        () => decode(body, attachments),
        (failure) => isManagerError(failure, 'PROTOCOL'),
      )
      assert.ok(process.memoryUsage().rss - before < 64 * megabyte, 'allocated for a value that was refused')
    })
  }

  it('can not reach a prototype', () => {
    const keys = ['__proto__', 'constructor', 'prototype']
    const polluting = [tag.object, n(0), '', n(1), 'polluted', tag.true]
    const again = [tag.object, n(2), tag.true]
    for (const kind of [tag.object, tag.bare]) {
      const value = decode(bodyOf(kind, n(0), '', n(3), ...keys, ...polluting, ...again, ...again)) as object
      assert.deepEqual(Object.keys(value), keys)
      assert.equal(Object.getPrototypeOf(value), kind === tag.bare ? null : Object.prototype)
      assert.equal(Reflect.get({}, 'polluted'), undefined)
    }
    assert.throws(() => decode(bodyOf(tag.object, n(0), '__proto__', n(0))), { code: 'UNSERIALIZABLE' })
    assert.throws(() => decode(bodyOf(tag.custom, '__proto__', 1)), { code: 'UNSERIALIZABLE' })
    assert.equal(Object.getPrototypeOf(decode(error('__proto__', '', 0, []))), Error.prototype)
    assert.throws(() => decode(error('Error', '', 0, ['__proto__'], [1])), { code: 'PROTOCOL' })
  })

  it('hides no member of a registered class, and calls no setter', () => {
    class Guarded {
      set field(_: unknown) {
        assert.fail('a peer called a setter')
      }
      plus(): number {
        return 1
      }
    }
    class Below extends Guarded {}
    registerClass(Guarded)
    registerClass(Below)
    for (const key of ['field', 'plus', 'constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__']) {
      for (const name of ['Guarded', 'Below']) {
        const body = [tag.object, n(0), name, n(2), 'fine', key, 1, 'plain']
        for (const form of [body, [tag.table, n(1), ...body]]) {
          assert.throws(() => decode(bodyOf(...form)), {
            code: 'PROTOCOL',
            message: new RegExp(`a ${name} whose field ${key} hides a member`),
          })
        }
      }
    }
    assert.throws(() => decode(wrapped([tag.object, n(0), 'Guarded', n(1), 'plus', tag.reference])), {
      code: 'PROTOCOL',
    })
  })

  it('has no field of a registered class that its allowProps leave out', () => {
    assert.deepEqual(Object.keys(decode(bodyOf(tag.object, n(0), 'Narrow', n(1), 'shown', 1)) as object), ['shown'])
    assert.throws(() => decode(bodyOf(tag.object, n(0), 'Narrow', n(1), 'kept', 1)), { code: 'PROTOCOL' })
  })

  it('hides no member of an error, built-in or registered, but for what errors have of their own', () => {
    class Refusal extends Error {
      get status(): number {
        return 1
      }
    }
    registerClass(Refusal)
    for (const [name, key] of [
      ['Refusal', 'status'],
      ['Refusal', 'toString'],
      ['', 'toString'],
      ['', 'constructor'],
    ] as const) {
      assert.throws(() => decode(error('Error', name, 0, [key], [1])), {
        code: 'PROTOCOL',
        message: new RegExp(`${name === '' ? 'Error' : name}, whose field ${key} hides`),
      })
    }
    const refusal = decode(error('Error', 'Refusal', 1, ['message', 'name', 'more'], ['m', 'n', 1])) as Error
    assert.deepEqual([refusal.message, refusal.name, refusal instanceof Refusal], ['m', 'n', true])
  })

  it('holds no remote function where the engine calls one by its name', () => {
    for (const key of ['then', 'toJSON']) {
      for (const body of [
        [tag.object, n(0), '', n(1), key, tag.reference],
        [tag.object, n(0), 'Registered', n(1), key, tag.reference],
        [tag.table, n(2), tag.reference, tag.object, n(0), '', n(1), key, tag.pointer, n(0)],
      ]) {
        assert.throws(() => decode(wrapped(body)), { code: 'PROTOCOL', message: /remote function/ })
      }
    }
  })

  it('has no map or set of numbers that are all looked up among each other', () => {
    const members = numbersOfOneHash(1_000).map((each) => bodyOf(tag.integer, word(each)))
    for (const kind of [tag.set, tag.map]) {
      const parts = members.flatMap((member) => (kind === tag.map ? [member, 1] : [member]))
      assert.throws(() => decode(bodyOf(kind, n(members.length), ...parts)), { code: 'PROTOCOL', message: /one hash/ })
    }
  })

  it('is of no more objects than were allowed, each time', () => {
    const codec = createCodec({ maxParts: 10 })
    const lists = (count: number) => bodyOf(tag.array, n(count), ...Array.from({ length: count }, () => empty).flat())
    const table = (count: number) => bodyOf(tag.table, n(count), ...Array.from({ length: count }, () => empty).flat())
    for (const make of [(count: number) => lists(count - 1), table]) {
      for (let turn = 0; turn < 2; turn++) assert.ok(decode(make(10), [], new CountingPort(), codec))
      assert.throws(() => decode(make(11), [], new CountingPort(), codec), {
        code: 'PROTOCOL',
        message: /more than 10/,
      })
    }
  })

  it('counts wide objects by their fields as well', () => {
    const codec = createCodec({ maxParts: 1_000 })
    const names = Array.from({ length: 1_200 }, (_, index) => `k${index}`)
    const object = (shape: Part[]) => [tag.object, ...shape, ...names.map(() => 1)]
    const first = object([n(0), '', n(names.length), ...names])
    const wide = (count: number) =>
      bodyOf(tag.array, n(count), ...first, ...Array.from({ length: count - 1 }, () => object([n(1)])).flat())
    // The list, and each with 300 more.
    assert.ok(decode(wide(3), [], new CountingPort(), codec))
    assert.throws(() => decode(wide(4), [], new CountingPort(), codec), { code: 'PROTOCOL', message: /more than 1000/ })
  })

  it('counts its references, whatever else is malformed', () => {
    const port = new CountingPort()
    assert.throws(() => decode(wrapped([tag.array, n(2), tag.reference, 0xff]), [], port), { code: 'PROTOCOL' })
    assert.equal(port.imported.length, 1)
  })

  it('passes on what the port throws for a reference', () => {
    const gone = new ManagerError('REFERENT_GONE', 'gone')
    const port = {
      accepts: () => false,
      export: () => ({}),
      import: () => {
        throw gone
      },
    }
    assert.throws(() => decode(wrapped([tag.reference]), [], port), gone)
  })

  it('gives bytes of the tail that are nothing else', () => {
    const [left, right] = decode(
      bodyOf(tag.array, n(2), tag.attachment, 0, n(0), tag.attachment, 0, n(0)),
    ) as ArrayBuffer[]
    assert.notEqual(left, right)
    const views = decode(bodyOf(tag.array, n(2), tag.attachment, 3, n(1), tag.attachment, 3, n(2)), [
      Uint8Array.of(1, 2, 3),
    ]) as Uint8Array[]
    assert.deepEqual(
      views.map((view) => [...new Uint8Array(view.buffer)]),
      [[1], [2, 3]],
    )
  })

  it('gives a value or a ManagerError, whatever bytes it is, soon and in little memory', () => {
    const known = fc.constantFrom(...Object.values(tag), 0, 1, 2, 0x80, 0x81, 0xff)
    const bytes = fc.array(fc.oneof(known, fc.integer({ min: 0, max: 255 })), { maxLength: 60 })
    fc.assert(
      fc.property(bytes, fc.uint8Array({ maxLength: 20 }), (body, tail) => {
        assertDecodesOrRefuses(Uint8Array.from(body), tail)
      }),
      { numRuns: 5_000 },
    )
  })

  for (const [name, make] of [
    ['in each other', () => good()],
    ['in a table', () => good(true)],
  ] as const) {
    it(`gives a value or a ManagerError, whatever one byte of a good one was changed: ${name}`, () => {
      const { body, tail } = make()
      for (let at = 0; at < body.byteLength; at++) {
        for (const value of [0, 1, 0x7f, 0x80, 0xff, (body[at] ?? 0) ^ 1, (body[at] ?? 0) + 1, ...Object.values(tag)])
          assertDecodesOrRefuses(body.with(at, value), tail)
      }
    })

    it(`gives a value or a ManagerError, wherever a good one was cut: ${name}`, () => {
      const { body, tail } = make()
      for (let length = 1; length < body.byteLength; length++) {
        assertDecodesOrRefuses(body.subarray(0, length), tail)
        assertDecodesOrRefuses(body.subarray(length), tail)
      }
    })

    it(`gives a value or a ManagerError, whatever two bytes of a good one were changed: ${name}`, () => {
      const { body, tail } = make()
      const change = fc.tuple(fc.nat({ max: body.byteLength - 1 }), fc.integer({ min: 0, max: 255 }))
      fc.assert(
        fc.property(change, change, ([one, first], [other, second]) => {
          assertDecodesOrRefuses(body.with(one, first).with(other, second), tail)
        }),
        { numRuns: 5_000 },
      )
    })
  }
})

/** What the process took after the last one. */
let lastBytes = 0

/** Time and memory are bounded by the bytes that came, which are few. */
function assertDecodesOrRefuses(body: Uint8Array, tail: Uint8Array): void {
  const startMs = performance.now()
  try {
    decode(body, [tail], new CountingPort(() => 1))
  } catch (failure) {
    if (!isManagerError(failure, 'PROTOCOL') && !isManagerError(failure, 'UNSERIALIZABLE'))
      assert.fail(`${hexOf(body)}: ${String(failure)}`)
  }
  const before = lastBytes
  lastBytes = process.memoryUsage.rss()
  if (lastBytes - before >= 64 * megabyte) assert.fail(`took memory: ${hexOf(body)}`)
  if (performance.now() - startMs >= 2000) assert.fail(`took long: ${hexOf(body)}`)
}

function hexOf(body: Uint8Array): string {
  return Buffer.from(body).toString('hex')
}

/** One of each kind, where it is met. @param isTable with identity, so that all lies in a table */
function good(isTable = false): { body: Uint8Array; tail: Uint8Array } {
  const proxy = () => 1
  const bare: unknown = Object.assign(Object.create(null), { key: undefined })
  const leaves = [new Date(0), /a/, new URL('a:b'), 1n, -0, new Date(Number.NaN), 10n ** 30n, 'é', '€', 0.5, 300]
  const numbers = [Array.from({ length: 9 }, (_, at) => at), Array.from({ length: 9 }, (_, at) => at / 2)]
  const value = {
    bare,
    proxy,
    leaves,
    numbers,
    map: new Map([[{ a: 1 }, new Set([1])]]),
    sparse: Object.assign([], { 3: 1 }),
  }
  const failure = new RegisteredError('e', { cause: new DOMException('m', 'AbortError') })
  for (const each of [failure, failure.cause as Error]) Reflect.deleteProperty(each, 'stack')
  const long = new Uint8Array(5000)
  const rich = [value, new Registered(), failure, new Float64Array(1), Buffer.from('a'), long, { a: 2 }]
  const port = new CountingPort(proxy)
  const { body, attachments } = encode(isTable ? [rich, rich, new Wrapped(bare), bare] : rich, port)
  const first = body[0] === tag.references ? body[5] : body[0]
  assert.equal(first === tag.orderedTable, isTable)
  return { body, tail: Buffer.concat(attachments) }
}

function error(
  base: string,
  className: string,
  hidden: number,
  names: readonly string[],
  values: readonly Part[] = [],
) {
  return bodyOf(tag.error, base, className, n(hidden), n(0), '', n(names.length), ...names, ...values)
}

function leaf(content: unknown): Uint8Array {
  return bodyOf(tag.superjson, JSON.stringify(content))
}

function regexp(text: unknown): Uint8Array {
  return leaf({ json: text, meta: { values: ['regexp'], v: 1 } })
}

function json(content: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(content))
}

/** A body with references. */
function wrapped(value: readonly Part[], references: unknown = oneReference): Uint8Array {
  const bytes = bodyOf(...value)
  return bodyOf(tag.references, word(bytes.byteLength), bytes, json(references))
}

function word(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function double(value: number): Uint8Array {
  return new Uint8Array(new Float64Array([value]).buffer)
}

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0)
}

function ffs(count: number): number[] {
  return Array.from({ length: count }, () => 0xff)
}

/** The lowest bits of V8's hash of a number decide where it is in a map. */
function numbersOfOneHash(count: number): number[] {
  const found: number[] = []
  for (let key = 0; found.length < count; key++) {
    let hash = ~key + (key << 15)
    hash ^= hash >>> 12
    hash += hash << 2
    hash ^= hash >>> 4
    hash = Math.imul(hash, 2057)
    if (((hash ^ (hash >>> 16)) & 4095) === 0) found.push(key)
  }
  return found
}

function nestedLists(depth: number): Part[] {
  return Array.from({ length: depth }, (_, at) => [tag.array, n(at === depth - 1 ? 0 : 1)]).flat()
}

/** Of the shape 1. */
function nestedObjects(depth: number): Part[] {
  return [...Array.from({ length: depth }, () => [tag.object, n(1)]).flat(), 1]
}
