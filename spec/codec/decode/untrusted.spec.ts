import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { registerClass } from '../../../lib/codec/classes.ts'
import { createCodec } from '../../../lib/codec/codec.ts'
import { isManagerError, ManagerError } from '../../../lib/errors.ts'
import { bodyOf, CountingPort } from '../crossing.ts'

class Registered {
  readonly field = 1
}
class RegisteredError extends Error {}
registerClass(Registered)
registerClass(RegisteredError)

const nodes = (...list: unknown[]) => ({ root: [0], nodes: list })
const leaves = (json: unknown, values: unknown, more: object = {}) => ({
  ...nodes(['leaf', 0]),
  leaves: { json, meta: { values, v: 1, ...more } },
})
const leaf = (text: unknown, annotation: unknown) => leaves([text], { 0: [annotation] })

const hostile: [name: string, graph: unknown, attachments?: Uint8Array[]][] = [
  ['no graph', 5],
  ['null', null],
  ['a list', []],
  ['no nodes', { root: 1 }],
  ['a root out of range', { root: [1], nodes: [['array', []]] }],
  ['a root before the start', { root: [-1], nodes: [['array', []]] }],
  ['a root that is no slot', { root: {}, nodes: [] }],
  ['no root', { nodes: [] }],
  ['a pointer at a fraction', nodes(['array', [[0.5]]])],
  ['a pointer of two', nodes(['array', [[0, 0]]])],
  ['a number out of range', nodes(['array', [Infinity]])],
  ['a nested value', nodes(['array', [{ a: 1 }]])],
  ['a node that is no list', nodes({})],
  ['an unknown tag', nodes(['function', 'alert(1)'])],
  ['the tag of an inherited name', nodes(['constructor'])],
  ['names and values that differ in number', nodes(['object', ['a'], []])],
  ['names that are no texts', nodes(['object', [1], [1]])],
  ['names that are no list', nodes(['object', 'a', ['b']])],
  ['a map with a key too many', nodes(['map', [1], []])],
  ['a sparse array of an endless length', nodes(['sparse', 4_294_967_295, [], []])],
  ['a sparse array of no length', nodes(['sparse', -1, [], []])],
  ['a sparse array longer than any', nodes(['sparse', 2 ** 53, [], []])],
  ['a sparse array out of order', nodes(['sparse', 3, [1, 0], [1, 1]])],
  ['a sparse array with an index behind its end', nodes(['sparse', 1, [1], [1]])],
  ['sparse arrays of too many holes together', nodes(['sparse', 600_000, [], []], ['sparse', 600_000, [], []])],
  ['an error of no base', nodes(['error', 1, null, 0, [], []])],
  ['an error with more hidden fields than fields', nodes(['error', 'Error', null, 1, [], []])],
  ['an error of a class that is none of errors', nodes(['error', 'Error', 'Registered', 0, [], []])],
  ['an instance of an error class that is no error', nodes(['instance', 'RegisteredError', [], []])],
  ['an integer that is none', nodes(['bigint', '0x'])],
  ['an integer of no digits', nodes(['bigint', '-'])],
  ['an integer of too many digits', nodes(['bigint', 'f'.repeat(20_000_000)])],
  ['bytes without an attachment', nodes(['bytes', 'Uint8Array', 0])],
  ['bytes of an unknown form', nodes(['bytes', 'Function', 0]), [new Uint8Array(1)]],
  ['bytes of an inherited form', nodes(['bytes', '__proto__', 0]), [new Uint8Array(1)]],
  ['half an element', nodes(['bytes', 'Float64Array', 0]), [new Uint8Array(12)]],
  ['one attachment copied often', nodes(['bytes', 'Uint8Array', 0], ['bytes', 'Uint8Array', 0]), [new Uint8Array(1)]],
  ['an attachment under another index', nodes(['bytes', 'Uint8Array', 1]), [new Uint8Array(1)]],
  ['an attachment that nothing uses', nodes(['array', []]), [new Uint8Array(1)]],
  [
    'an object that awaits for ever',
    { ...nodes(['object', ['then'], [[1]]], ['reference', 0]), references: [{ shared: 0 }] },
  ],
  [
    'an error that awaits for ever',
    { ...nodes(['reference', 0], ['error', 'Error', null, 0, ['a', 'then'], [1, [0]]]), references: [{ shared: 0 }] },
  ],
  [
    'an object of two fields of the name `then`',
    { ...nodes(['bare', ['then', 'then'], [1, [1]]], ['reference', 0]), references: [{ shared: 0 }] },
  ],
  ['a reference that is not there', nodes(['reference', 0])],
  ['a reference counted twice', { ...nodes(['reference', 0], ['reference', 0]), references: [{ shared: 0 }] }],
  ['a reference that nothing uses', { ...nodes(['array', []]), references: [{}] }],
  ['a reference that is no object', { ...nodes(['reference', 0]), references: [1] }],
  ['references that are no list', { ...nodes(['array', []]), references: {} }],
  ['a leaf that is not there', nodes(['leaf', 0])],
  ['leaves without annotations', { ...nodes(['leaf', 0]), leaves: { json: [1] } }],
  ['leaves that are no list', leaves(300_000_000, [['typed-array', 'Float64Array']])],
  ['a typed array of a declared length', leaf(300_000_000, ['typed-array', 'Float64Array'])],
  ['an annotation for the list of leaves', leaves([], [['typed-array', 'Float64Array']])],
  ['a nested annotation', leaves([[1]], { 0: ['set', { 0: ['bigint'] }] })],
  ['an annotation with a path', leaves([null], { '0.a': ['undefined'] })],
  ['an annotation of a prototype', leaves([null], { __proto__: ['undefined'], constructor: ['undefined'] })],
  ['an annotation with parts', leaves([null], { 0: ['undefined', { 1: ['undefined'] }] })],
  ['equalities', leaves([null], { 0: ['undefined'] }, { referentialEqualities: { 0: ['1'] } })],
  ['the old paths of superjson', leaves([null], { 0: ['undefined'] }, { v: 0 })],
  ['a class', leaf({}, ['class', 'Registered'])],
  ['a custom value', leaf({}, ['custom', 'Registered'])],
  ['a symbol', leaf('a', ['symbol', 'a'])],
  ['an error as a leaf', leaf({ message: 'a' }, 'Error')],
  ['a map as a leaf', leaf([[1, 2]], 'map')],
  ['a bigint of a million digits', leaf('1'.repeat(1_000_000), 'bigint')],
  ['a bigint of another base', leaf('0xff', 'bigint')],
  ['a bigint that is none', leaf('a', 'bigint')],
  ['a bigint that is a number', leaf(1, 'bigint')],
  ['a number that is none', leaf('1e400', 'number')],
  ['a date that is none', leaf('tomorrow', 'Date')],
  ['a date that no calendar has', leaf('2020-13-45T99:00:00.000Z', 'Date')],
  ['a RegExp that can not be compiled', leaf('/(/', 'regexp')],
  ['a RegExp with unknown flags', leaf('/a/zz', 'regexp')],
  ['a RegExp that is endless', leaf(`/${'a'.repeat(1_000_000)}/`, 'regexp')],
  ['a RegExp that is no text', leaf({ slice: 1 }, 'regexp')],
  ['a URL that is none', leaf('http://', 'URL')],
  ['something for undefined', leaf({}, 'undefined')],
]

describe('a graph from a peer', () => {
  for (const [name, graph, attachments] of hostile) {
    it(`is refused: ${name}`, () => {
      const before = process.memoryUsage().rss
      assert.throws(
        () => decode(graph, attachments),
        (error) => isManagerError(error, 'PROTOCOL'),
      )
      assert.ok(process.memoryUsage().rss - before < 64 * 2 ** 20, 'allocated for a value that was refused')
    })
  }

  it('can not reach a prototype', () => {
    const keys = ['__proto__', 'constructor', 'prototype']
    const graph = nodes(['object', keys, [[1], [1], [1]]], ['object', ['polluted'], [true]])
    const value = decode(graph) as object
    assert.deepEqual([Object.keys(value), Object.getPrototypeOf(value)], [keys, Object.prototype])
    assert.equal(Reflect.get({}, 'polluted'), undefined)
    const named = nodes(['instance', '__proto__', [], []])
    assert.throws(() => decode(named), { code: 'UNSERIALIZABLE' })
    const error = decode(nodes(['error', '__proto__', null, 0, [], []]))
    assert.equal(Object.getPrototypeOf(error), Error.prototype)
    assert.throws(() => decode(nodes(['error', 'Error', null, 0, ['__proto__'], [[0]]])), { code: 'PROTOCOL' })
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
        assert.throws(() => decode(nodes(['instance', name, ['fine', key], [1, 'plain']])), {
          code: 'PROTOCOL',
          message: new RegExp(`a ${name} whose field ${key} hides a member`),
        })
      }
    }
    const holding = { ...nodes(['instance', 'Guarded', ['plus'], [[1]]], ['reference', 0]), references: [{}] }
    assert.throws(() => decode(holding), { code: 'PROTOCOL' })
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
      [null, 'toString'],
      [null, 'constructor'],
    ]) {
      assert.throws(() => decode(nodes(['error', 'Error', name, 0, [key], [1]])), {
        code: 'PROTOCOL',
        message: new RegExp(`${name ?? 'Error'}, whose field ${key} hides`),
      })
    }
    const error = decode(nodes(['error', 'Error', 'Refusal', 1, ['message', 'name', 'more'], ['m', 'n', 1]])) as Error
    assert.deepEqual([error.message, error.name, error instanceof Refusal], ['m', 'n', true])
  })

  it('holds no remote function where the engine calls one by its name', () => {
    for (const key of ['then', 'toJSON']) {
      const graph = { ...nodes(['object', [key], [[1]]], ['reference', 0]), references: [{}] }
      assert.throws(() => decode(graph), { code: 'PROTOCOL', message: /remote function/ })
    }
  })

  it('is checked before a reference is counted', () => {
    const port = new CountingPort()
    const graph = { ...nodes(['array', [[1]]], ['reference', 0], ['nothing']), references: [{ shared: 0 }] }
    assert.throws(() => createCodec().decode({ graph }, [], port), { code: 'PROTOCOL' })
    assert.deepEqual(port.imported, [])
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
    const graph = { ...nodes(['reference', 0]), references: [{}] }
    assert.throws(() => createCodec().decode({ graph }, [], port), gone)
  })

  it('gives a value or a ManagerError, whatever JSON it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(fc.uint8Array(), { maxLength: 3 }), (graph, attachments) => {
        assertDecodesOrRefuses(graph, attachments)
      }),
      { numRuns: 300 },
    )
  })

  it('gives a value or a ManagerError, whatever part of a good one was changed', () => {
    const part = fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom([0], [1], 'custom', 'leaf', -1, 2 ** 32, 0.5, {}),
    )
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 6 }), part, (path, replacement) => {
        const { graph, attachments } = good()
        assertDecodesOrRefuses(replaced(graph, path, replacement), attachments)
      }),
      { numRuns: 1_000 },
    )
  })
})

function decode(graph: unknown, attachments: readonly Uint8Array[] = []): unknown {
  return createCodec().decode({ graph }, attachments, new CountingPort())
}

function assertDecodesOrRefuses(graph: unknown, attachments: readonly Uint8Array[]): void {
  try {
    decode(graph, attachments)
  } catch (error) {
    assert.ok(isManagerError(error, 'PROTOCOL') || isManagerError(error, 'UNSERIALIZABLE'), String(error))
  }
}

/** One of each kind of node. */
function good(): { graph: unknown; attachments: readonly Uint8Array[] } {
  const proxy = () => 1
  const bare: unknown = Object.assign(Object.create(null), { key: undefined })
  const leavesOfAll = [new Date(0), /a/, new URL('a:b'), 1n, -0, new Date(Number.NaN), 10n ** 2_000n]
  const value = { bare, proxy, leavesOfAll, map: new Map([[bare, new Set([1])]]), sparse: Object.assign([], { 3: 1 }) }
  const rich = [
    value,
    new Registered(),
    new RegisteredError('e', { cause: value }),
    new Float64Array(1),
    Buffer.from('a'),
  ]
  const encoded = createCodec().encode(rich, new CountingPort(proxy), 'result')
  return { graph: bodyOf(encoded).graph, attachments: encoded.attachments }
}

/** `json` with the part at `path` replaced; each step picks one of the parts there are. */
function replaced(json: unknown, [step, ...rest]: number[], replacement: unknown): unknown {
  if (step === undefined || typeof json !== 'object' || json === null) return replacement
  const keys = Object.keys(json)
  const key = keys[step % keys.length]
  if (key === undefined) return replacement
  const part = replaced(Reflect.get(json, key), rest, replacement)
  return Array.isArray(json) ? json.with(Number(key), part) : { ...json, [key]: part }
}
