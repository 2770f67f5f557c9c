import * as fc from 'fast-check'
import { registerClass, registerCustom } from '../../lib/codec/classes.ts'
import { anyCharacter } from '../harness/characters.ts'

/** What one container holds: leaves, and other containers by number, so that all sharing and all cycles come up. */
export interface Recipe {
  readonly kind: 'object' | 'array' | 'sparse' | 'map' | 'set' | 'bare' | 'error' | 'aggregate' | 'instance' | 'custom'
  readonly parts: readonly Part[]
}
type Part = { readonly key: string; readonly leaf: unknown } | { readonly key: string; readonly container: number }

const number = fc.oneof(fc.double(), fc.constantFrom(-0, Number.NaN, Infinity, -Infinity, 2 ** 53))
const oddKeys = ['__proto__', 'constructor', 'toString', 'toJSON', 'then', '', '0', '10', 'a.b', '\ud800', 'length']
const keys = fc.oneof(fc.string({ unit: anyCharacter, maxLength: 5 }), fc.constantFrom(...oddKeys))
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
// Of `fc.webUrl`, the path would make a table of all characters.
const url = fc
  .tuple(fc.constantFrom('http', 'https'), fc.webAuthority(), fc.array(fc.string({ unit: anyCharacter })))
  .map(([scheme, authority, path]) => new URL(`${scheme}://${authority}/${path.map(encodeURIComponent).join('/')}`))
const exact = fc.oneof(fc.string({ unit: anyCharacter }), fc.integer(), fc.boolean(), fc.constant(null))
export const leaf: fc.Arbitrary<unknown> = fc.oneof(
  exact,
  fc.oneof(number, bigint, date, regExp, bytes, url, fc.constant(undefined)),
)
/** Nobody has registered it. */
export class Foo {
  readonly bar = 1
}
/** What can't cross. */
export const refused: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  () => 1,
  Symbol('s'),
  Promise.resolve(),
  new WeakMap(),
  new Foo(),
)

/** A registered class; its fields have none of the names that objects inherit. */
export class Box {
  [key: string]: unknown
}
registerClass(Box)

/** A transformer writes the array of its parts. */
export class Wrap {
  parts: unknown[] = []
  static of(parts: unknown[]): Wrap {
    return Object.assign(new Wrap(), { parts })
  }
}
registerCustom<Wrap, unknown[]>({
  name: 'Wrap',
  isApplicable: (value): value is Wrap => value instanceof Wrap,
  serialize: ({ parts }) => parts,
  deserialize: (parts) => Wrap.of(parts),
})

const allKinds: readonly Recipe['kind'][] = ['object', 'array', 'sparse', 'map', 'set', 'bare', 'error', 'aggregate']

/** Containers of these kinds, which hold such leaves and each other. */
export function recipesOf(part: fc.Arbitrary<unknown>, kinds = allKinds): fc.Arbitrary<readonly Recipe[]> {
  const parts = fc.array(
    fc.oneof(fc.record({ key: keys, leaf: part }), fc.record({ key: keys, container: fc.nat(20) })),
    {
      maxLength: 6,
    },
  )
  return fc.array(fc.record({ kind: fc.constantFrom(...kinds), parts }), { minLength: 1, maxLength: 8 })
}

/** The first container, with the others wherever the recipes put them. */
export function build(recipes: readonly Recipe[]): unknown {
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
    case 'instance':
      return new Box()
    case 'custom':
      return new Wrap()
  }
}

function add(container: unknown, key: string, value: unknown): void {
  if (container instanceof Map) container.set(container.size % 2 === 0 ? value : key, value).set(value, key)
  else if (container instanceof Set) container.add(value)
  else if (container instanceof AggregateError) container.errors.push(value)
  else if (container instanceof Error) container.cause = value
  else if (Array.isArray(container)) container.push(value)
  else if (container instanceof Wrap) container.parts.push(value)
  else if (typeof container === 'object' && container !== null) {
    const name = container instanceof Box ? `of box ${key}` : key
    Object.defineProperty(container, name, { value, enumerable: true, writable: true, configurable: true })
  }
}
