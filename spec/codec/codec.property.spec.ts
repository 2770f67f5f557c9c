import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import * as fc from 'fast-check'
import { isManagerError } from '../../lib/errors.ts'
import { cross } from './crossing.ts'
import { assertSameGraph } from './same-graph.ts'

/** What one container holds: leaves, and other containers by number, so that all sharing and all cycles come up. */
interface Recipe {
  readonly kind: 'object' | 'array' | 'sparse' | 'map' | 'set' | 'bare' | 'error' | 'aggregate'
  readonly parts: readonly Part[]
}
type Part = { readonly key: string; readonly leaf: unknown } | { readonly key: string; readonly container: number }

const number = fc.oneof(fc.double(), fc.constantFrom(-0, Number.NaN, Infinity, -Infinity, 2 ** 53))
const oddKeys = ['__proto__', 'constructor', 'toString', 'toJSON', 'then', '', '0', '10', 'a.b', '\ud800', 'length']
const keys = fc.oneof(fc.string({ unit: 'binary', maxLength: 5 }), fc.constantFrom(...oddKeys))
const date = fc.date({ noInvalidDate: false })
const bigint = fc.oneof(
  fc.bigInt(),
  fc.bigInt().map((value) => value ** 50n),
)
const regExp = fc
  .constantFrom(['a', 'imsuy'], ['/', 'g'], ['(?:)', 'dgv'], ['\n', ''], ['[/]', 'i'], ['\\/', 'u'])
  .map(([source = '', flags]) => new RegExp(source, flags))
const bytes = fc.oneof(
  fc.uint8Array(),
  fc.uint8Array().map((array) => array.slice().buffer),
  fc.uint8Array().map((array) => Buffer.from(array)),
  fc.uint8Array({ minLength: 1 }).map((array) => new DataView(array.slice().buffer)),
  fc.float64Array(),
  fc.float32Array(),
  fc.bigInt64Array(),
  fc.uint8ClampedArray(),
)
const exact = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean(), fc.constant(null))
const leaf = fc.oneof(
  exact,
  fc.oneof(
    number,
    bigint,
    date,
    regExp,
    bytes,
    fc.webUrl().map((text) => new URL(text)),
    fc.constant(undefined),
  ),
)
class Foo {
  readonly bar = 1
}
const refused = fc.constantFrom<unknown>(() => 1, Symbol('s'), Promise.resolve(), new WeakMap(), new Foo())

const kinds = fc.constantFrom<Recipe['kind']>('object', 'array', 'sparse', 'map', 'set', 'bare', 'error', 'aggregate')
const recipesOf = (part: fc.Arbitrary<unknown>) => {
  const parts = fc.array(
    fc.oneof(fc.record({ key: keys, leaf: part }), fc.record({ key: keys, container: fc.nat(20) })),
    {
      maxLength: 6,
    },
  )
  return fc.array(fc.record({ kind: kinds, parts }), { minLength: 1, maxLength: 8 })
}

describe('any value', () => {
  it('arrives with the same leaves, classes, properties and identities', () => {
    fc.assert(
      fc.property(recipesOf(leaf), (recipes) => {
        const value = build(recipes)
        assertSameGraph(value, cross(value))
      }),
      { numRuns: 300 },
    )
  })

  it('of plain data arrives the same way, whichever path it takes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => assertSameGraph(value, cross(value))),
      { numRuns: 300 },
    )
  })

  it('that holds something which can not cross is refused with a path, or arrives without it being reached', () => {
    fc.assert(
      fc.property(recipesOf(fc.oneof({ weight: 4, arbitrary: leaf }, { weight: 1, arbitrary: refused })), (recipes) => {
        const value = build(recipes)
        const copy = attempt(() => cross(value))
        if (copy.error === undefined) assertSameGraph(value, copy.value)
        else
          assert.ok(
            isManagerError(copy.error, 'UNSERIALIZABLE') && copy.error.message.startsWith('result'),
            inspect(copy.error),
          )
      }),
      { numRuns: 300 },
    )
  })
})

/** The first container, with the others wherever the recipes put them. */
function build(recipes: readonly Recipe[]): unknown {
  const containers = recipes.map(({ kind }) => empty(kind))
  for (const [index, recipe] of recipes.entries()) {
    for (const part of recipe.parts) {
      add(containers[index], part.key, 'leaf' in part ? part.leaf : containers[part.container % containers.length])
    }
  }
  return containers[0]
}

function empty(kind: Recipe['kind']): unknown {
  switch (kind) {
    case 'object':
      return {}
    case 'array':
      return []
    case 'sparse':
      return Object.assign([], { length: 3 })
    case 'map':
      return new Map()
    case 'set':
      return new Set()
    case 'bare':
      return Object.create(null)
    case 'error':
      return new RangeError('message', { cause: 'none yet' })
    case 'aggregate':
      return new AggregateError([], 'several')
  }
}

function add(container: unknown, key: string, value: unknown): void {
  if (container instanceof Map) container.set(container.size % 2 === 0 ? value : key, value).set(value, key)
  else if (container instanceof Set) container.add(value)
  else if (container instanceof AggregateError) container.errors.push(value)
  else if (container instanceof Error) container.cause = value
  else if (Array.isArray(container)) container.push(value)
  else if (typeof container === 'object' && container !== null) {
    Object.defineProperty(container, key, { value, enumerable: true, writable: true, configurable: true })
  }
}

function attempt(read: () => unknown): { value?: unknown; error?: unknown } {
  try {
    return { value: read() }
  } catch (error) {
    return { error }
  }
}
