import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runInThisContext } from 'node:vm'
import { registerClass } from '../../../lib/codec/classes.ts'
import { isManagerError } from '../../../lib/errors.ts'
import { CountingPort, cross, encode, thenable } from '../crossing.ts'
import { assertSameGraph } from '../same-graph.ts'

class Money {
  constructor(readonly amount: number) {}
}
class Cents extends Money {}
class Unknown {
  readonly field = 1
}
class Bound {
  plus = () => 1
}
Object.assign(Bound.prototype, { plus: () => 2, minus: 3 })
class Refusal extends Error {
  get status(): number {
    return 1
  }
}

registerClass(Money)
registerClass(Bound)
registerClass(Refusal)

/** Refused values, each as one of a call's arguments, and how the message starts. */
const refused: [value: unknown, message: string | RegExp][] = [
  [{ items: [1, 2, 3, { fn: () => 1 }] }, "argument 0.items[3].fn: a function can't cross but in calls "],
  [{ 'odd key': { a: [Symbol('s')] } }, 'argument 0["odd key"].a[0]: a symbol can\'t cross'],
  [new Map([['k', { deep: () => 1 }]]), 'argument 0.get("k").deep: a function'],
  [new Map([[{ deep: () => 1 }, 1]]), 'argument 0.keys[0].deep: a function'],
  [new Map([[{}, () => 1]]), 'argument 0.values[0]: a function'],
  [new Set([1, () => 1]), 'argument 0.values[1]: a function'],
  [{ [Symbol('hidden')]: 1 }, 'argument 0[Symbol(hidden)]: a property named by a symbol'],
  [Object.assign([1], { [Symbol('hidden')]: 1 }), 'argument 0[Symbol(hidden)]: a property named by a symbol'],
  [
    {
      get total() {
        throw new Error('was run')
      },
    },
    "argument 0.total: a getter or setter can't cross; send its value",
  ],
  [{ set total(_: number) {} }, 'argument 0.total: a getter or setter'],
  [Object.defineProperty({}, 'hidden', { value: 1 }), "argument 0.hidden: a property that isn't enumerable"],
  [
    { a: new Unknown() },
    "argument 0.a: an instance of Unknown can't cross; register it with registerClass(Unknown), or make it @Shared()",
  ],
  [new Cents(1), "argument 0: an instance of Cents can't cross as the Money it extends; register it too"],
  [[new Bound()], "argument 0[0].plus: a field that hides the member of that name of Bound can't cross; rename one"],
  [
    Object.defineProperty(new Refusal('r'), 'status', { value: 2, enumerable: true }),
    'argument 0.status: a field that hides the member of that name of Refusal',
  ],
  [Object.assign(new Error('e'), { toString: 1 }), 'argument 0.toString: a field that hides'],
  [Promise.resolve(), "argument 0: a promise can't cross; await it first"],
  [new WeakMap(), 'argument 0: a WeakMap'],
  [new WeakSet(), 'argument 0: a WeakSet'],
  [new WeakRef({}), 'argument 0: a WeakRef'],
  [[1].values(), 'argument 0: an iterator'],
  [
    (function* () {
      yield 1
    })(),
    'argument 0: an iterator',
  ],
  [
    (async function* () {
      yield 1
    })(),
    'argument 0: an async iterator',
  ],
  [new ReadableStream(), "argument 0: a stream can't cross but in calls of shared objects"],
  [{ to: new WritableStream() }, "argument 0.to: a stream can't cross but in calls of shared objects"],
  [[new AbortController().signal], "argument 0[0]: an AbortSignal can't cross but as an option of a call: { signal }"],
  [new AbortController(), "argument 0: an AbortController can't cross; give a call { signal: controller.signal }"],
  [new SharedArrayBuffer(8), 'argument 0: shared memory'],
  [new Uint8Array(new SharedArrayBuffer(8)), 'argument 0: shared memory'],
  [Reflect.construct(ArrayBuffer, [1, { maxByteLength: 8 }]), 'argument 0: a resizable buffer'],
  [Object(1), 'argument 0: a boxed number'],
  [Object('text'), 'argument 0: a boxed string'],
  [Object(Symbol('s')), 'argument 0: a boxed symbol'],
  [new URLSearchParams('a=1'), 'argument 0: a URLSearchParams'],
  [argumentsObject(), 'argument 0[Symbol(Symbol.iterator)]: '],
  [Object.assign([1], { extra: 1 }), 'argument 0.extra: a property added to a built-in object'],
  [Object.defineProperty([1], 'hidden', { value: 1 }), 'argument 0.hidden: a property added to a built-in object'],
  [
    [Object.defineProperty([new Date(0)], 'hidden', { value: 1 })],
    'argument 0[0].hidden: a property added to a built-in object',
  ],
  [((strings: TemplateStringsArray) => strings)`text`, 'argument 0.raw: a property added to a built-in object'],
  [
    Object.defineProperty([new Date(0)], 1, { get: () => 1, enumerable: true }),
    "argument 0[1]: a getter or setter can't cross; send its value",
  ],
  [
    Object.defineProperty([], 1, { get: () => 1, enumerable: true }),
    "argument 0[1]: a getter or setter can't cross; send its value",
  ],
  [{ a: thenable(() => 1) }, "argument 0.a.then: an object with a function named 'then' is taken for a promise"],
  [
    Object.assign(
      new Error('e'),
      thenable(() => 1),
    ),
    'argument 0.then: an object with a function',
  ],
  [Object.defineProperty(new Error('e'), 'hidden', { value: { fn: () => 1 } }), 'argument 0.hidden.fn: a function'],
  [/a(?<b>b)/.exec('ab'), 'argument 0.index: a property added to a built-in object'],
  [Object.assign(new Map(), { extra: 1 }), 'argument 0.extra: '],
  [Object.assign(new Set(), { extra: 1 }), 'argument 0.extra: '],
  [Object.assign(new Date(), { extra: 1 }), 'argument 0.extra: '],
  [Object.assign(new Uint8Array(2), { extra: 1 }), 'argument 0.extra: '],
  [Object.assign(new ArrayBuffer(2), { extra: 1 }), 'argument 0.extra: '],
  [Object.assign(/a/g, { lastIndex: 1 }), 'argument 0.lastIndex: '],
  [new RegExp('a'.repeat(70_000)), 'argument 0: a regular expression of over'],
  [[new RegExp('\\p{L}'.repeat(300), 'u')], 'argument 0[0]: more than 256 Unicode escapes'],
  [
    new URL(`http://${'a.'.repeat(200)}de/`),
    'argument 0: a URL of over 1048576 characters, or with a host of over 255',
  ],
  [new (class Names extends Map {})(), 'argument 0: an object of a subclass of Map'],
  [new (class List extends Array {})(), 'argument 0: an object of a subclass of Array'],
  [Object.create(Map.prototype), 'argument 0: an object of a subclass of Map'],
  [Object.create({ inherited: 1 }), 'argument 0: an object with a prototype of its own'],
  [Unknown, "argument 0: a class can't cross"],
  [Object.assign(new Error('e'), { fn: () => 1 }), 'argument 0.fn: a function'],
  [new Error('e', { cause: { fn: () => 1 } }), 'argument 0.cause.fn: a function'],
  [new AggregateError([() => 1], 'several'), 'argument 0.errors[0]: a function'],
  [Object.assign(new Error('e'), { [Symbol('s')]: 1 }), 'argument 0[Symbol(s)]: '],
  [
    new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('trapped')
        },
      },
    ),
    'argument 0: reading this value threw Error: trapped',
  ],
  [Object.assign([], { length: 2_000_000 }), 'argument 0: more than 1000000 holes'],
]

/** Plain items, and items that JSON doesn't keep. */
const fillings: readonly unknown[] = [1, new Date(0)]

const ran = (): never => assert.fail('an accessor was run')

/** What only a look at every property of an array tells, however long that is and however many came before it. */
const inArrays: [what: string, change: (array: unknown[]) => object, message: string][] = [
  ['extra', (array) => Object.assign(array, { extra: 1 }), 'extra: a property added'],
  ['hidden', (array) => Object.defineProperty(array, 'hidden', { value: 1 }), 'hidden: a property added'],
  ['symbol', (array) => Object.assign(array, { [Symbol('s')]: 1 }), 'a property named by a symbol'],
  ['tag', (array) => Object.defineProperty(array, Symbol.toStringTag, { get: ran }), 'a property named by a symbol'],
  ['name', (array) => Object.defineProperty(array, 'name', { get: ran }), 'name: a property added'],
  [
    'constructor',
    (array) => Object.defineProperty(array, 'constructor', { get: ran }),
    'constructor: a property added',
  ],
  [
    'trap',
    (array) => new Proxy(array, { ownKeys: (of) => [...Reflect.ownKeys(of), 'extra'] }),
    'extra: a property added',
  ],
  ['index', (array) => Object.assign(array, { '-1': 1 }), '["-1"]: a property added'],
  ['getter', (array) => Object.defineProperty(array, 7, { get: ran, enumerable: true }), '[7]: a getter'],
  ['setter', (array) => Object.defineProperty(array, 7, { set: ran, enumerable: true }), '[7]: a getter'],
]

describe('an array, whatever its length', () => {
  for (const [what, change, message] of inArrays) {
    for (const filling of fillings) {
      for (const length of [8, 31, 32, 1_025, 5_000]) {
        it(`with ${what} among ${length} of ${typeof filling} is refused`, () => {
          const array = change(Array.from({ length }, () => filling))
          assertRefused(
            [[...Array.from({ length: 150 }, () => ({})), array]],
            new RegExp(`\\[150\\].*${escaped(message)}`),
          )
        })
      }
    }
  }
})

describe('a long array with holes', () => {
  it('keeps them, whatever is at the other indexes', () => {
    for (const filling of [undefined, ...fillings]) {
      for (const hole of [0, 15, 999]) {
        const array = Array.from({ length: 1000 }, () => filling)
        Reflect.deleteProperty(array, hole)
        assertSameGraph(array, cross(array))
      }
    }
  })
})

describe('a value that can not cross', () => {
  for (const [value, message] of refused) {
    it(`is refused: ${String(message)}`, () => assertRefused([value], message))
  }

  it('is refused at the same place of a result', () => {
    assertRefused({ fn: () => 1 }, 'result.fn: a function', 'result')
    assertRefused(() => 1, 'result: a function', 'result')
  })

  it('is refused under the name `then`, though elsewhere it crosses by reference', () => {
    for (const shared of [() => 1, new Unknown()]) {
      for (const value of [thenable(shared), Object.assign(Object.create(null), thenable(shared))]) {
        assert.throws(
          () => encode([shared, value], new CountingPort(shared), 'arguments'),
          (error) => isManagerError(error, 'UNSERIALIZABLE') && error.message.startsWith('argument 1.then: '),
        )
      }
    }
  })

  it('is refused in the second argument', () => assertRefused([1, { a: () => 1 }], 'argument 1.a: '))

  it('keeps its message short at the bottom of a deep value', () => {
    let value: unknown = () => 1
    for (let level = 0; level < 100_000; level++) value = [value]
    assertRefused(value, /^result(\[0\]){20} \.\.\.99960 steps\.\.\. (\[0\]){20}: a function/, 'result')
  })

  it('keeps what a trap threw as the cause', () => {
    const trapped = new Error('trapped')
    const value = new Proxy(
      {},
      {
        ownKeys() {
          throw trapped
        },
      },
    )
    assert.throws(() => encode(value, new CountingPort(), 'result'), { cause: trapped })
  })
})

function assertRefused(value: unknown, message: string | RegExp, root = 'arguments'): void {
  assert.throws(
    () => encode(value, new CountingPort(), root),
    (error) => {
      assert.ok(isManagerError(error, 'UNSERIALIZABLE'))
      if (message instanceof RegExp) assert.match(error.message, message)
      else assert.equal(error.message.slice(0, message.length), message)
      return true
    },
  )
}

function argumentsObject(): unknown {
  return runInThisContext('(function () { return arguments })()')
}

function escaped(text: string): string {
  return text.replace(/[[\]]/g, '\\$&')
}
