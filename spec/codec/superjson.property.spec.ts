import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { SuperJSON } from 'superjson'
import { createCodec } from '../../lib/codec/codec.ts'
import { isManagerError } from '../../lib/errors.ts'
import { tag } from '../../lib/wire/tags.ts'
import { Box, build, Foo, leaf, recipesOf, refused, Wrap } from './any-value.ts'
import { CountingPort, decode, encode } from './crossing.ts'
import { foreignSuperjson } from './foreign-superjson.ts'
import { assertSameGraph } from './same-graph.ts'

const superjson = createCodec({ serializer: 'superjson' })
const [port, runs] = [new CountingPort(), { numRuns: 300 }]
const foreign = foreignSuperjson()
const all = { binary: true, superjson: true, clone: true }
const none = { binary: false, superjson: false, clone: false }

/** What all three keep: no errors, no objects of other classes than these. */
const commonKinds = ['object', 'array', 'sparse', 'map', 'set'] as const
const commonLeaf = leaf.filter((value) => !(value instanceof URL || Buffer.isBuffer(value)))
const anyKind = [...commonKinds, 'bare', 'error', 'aggregate', 'instance', 'custom'] as const
const anyLeaf = fc.oneof({ weight: 6, arbitrary: leaf }, { weight: 1, arbitrary: refused })

describe('any value, in binary, as superjson and by structuredClone', () => {
  it('arrives as it was by all three where it is of the language alone, and nothing lies where superjson loses it', () => {
    fc.assert(
      fc.property(recipesOf(commonLeaf, [...commonKinds]), (recipes) => {
        const value = build(recipes)
        assertSameGraph(value, binary(value))
        assertSameGraph(value, structuredClone(value))
        if (lossesOf(value).length === 0) assertSameGraph(value, text(value))
      }),
      runs,
    )
  })

  it('arrives as it was or is refused, in binary for its kind alone, as superjson for that and what superjson loses', () => {
    fc.assert(
      fc.property(recipesOf(anyLeaf, [...anyKind]), (recipes) => {
        const value = build(recipes)
        const [kinds, losses] = [[...refusedIn(value), ...customCycles(value)], lossesOf(value)]
        assertKept(value, binary, kinds)
        assertKept(value, text, [...kinds, ...losses])
      }),
      runs,
    )
  })

  it('is read as it was by a client that has superjson and nothing else of ours than the transformers', () => {
    fc.assert(
      fc.property(recipesOf(leaf, [...anyKind]), (recipes) => {
        const value = build(recipes)
        if (lossesOf(value).length > 0 || customCycles(value).length > 0) return
        assertSameGraph(value, foreign.parse(textOf(value)))
      }),
      runs,
    )
  })

  for (const dedupe of [true, false]) {
    it(`is read as it was where such a client wrote it, dedupe ${dedupe}`, () => {
      const client = new SuperJSON({ dedupe })
      client.registerClass(Box, 'Box')
      const kept = commonLeaf.filter((each) => !ArrayBuffer.isView(each) && !isInvalidDate(each) && !isLong(each))
      fc.assert(
        fc.property(recipesOf(kept, ['object', 'array', 'map', 'set', 'instance']), (recipes) => {
          const value = build(recipes)
          if (value === undefined || lossesOf(value).length > 0 || hasBuffer(value)) return
          const body = Buffer.concat([Buffer.of(tag.json), Buffer.from(client.stringify(value))])
          // Without dedupe, superjson leaves out of a copy what leads back to the whole.
          if (dedupe || isKept(value, (each) => client.parse(client.stringify(each))))
            assertSameGraph(value, decode(body, [], port, superjson))
        }),
        runs,
      )
    })
  }
})

describe('a value of each kind', () => {
  const shared = { a: 1 }
  let reads = 0
  const kinds: [name: string, value: unknown, arrives: Readonly<Record<'binary' | 'superjson' | 'clone', boolean>>][] =
    [
      ['odd numbers', [-0, NaN, Infinity, undefined], all],
      ['a bigint of 5,000 digits', 10n ** 5_000n, all],
      ['an invalid date', new Date(Number.NaN), all],
      ['holes', Object.assign([], { 1: 1, length: 3 }), all],
      ['typed arrays', [new Float64Array([NaN, -0]), new BigInt64Array([1n]), new DataView(new ArrayBuffer(1))], all],
      ['a regular expression', /a/g, all],
      ['an object met twice in plain ones', [shared, { shared }, new Map([[1, shared]])], all],
      ['a Buffer', Buffer.from('a'), { ...all, clone: false }],
      ['a URL', new URL('http://a/'), { ...all, clone: false }],
      ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), { ...all, clone: false }],
      ['an error with fields', Object.assign(new RangeError('e'), { code: 'E' }), { ...all, clone: false }],
      ['several errors in one', new AggregateError([1], 'e'), { ...all, clone: false }],
      ['an instance of a registered class', Object.assign(new Box(), { a: 1 }), { ...all, clone: false }],
      ["a transformer's value", Wrap.of([1n]), { ...all, clone: false }],
      ['an object met again in a set', [shared, new Set([shared])], { ...all, superjson: false }],
      ['an object met again as a key', [shared, new Map([[shared, 1]])], { ...all, superjson: false }],
      ['an object met again in an instance', [shared, Object.assign(new Box(), { shared })], { ...none, binary: true }],
      ['an object met again in an error', [shared, new Error('e', { cause: shared })], { ...all, superjson: false }],
      ['a field named constructor', { constructor: 1 }, { ...all, superjson: false }],
      ['a field named prototype', { prototype: 1 }, { ...all, superjson: false }],
      ['a field named __proto__', JSON.parse('{"__proto__":1}'), { ...all, superjson: false }],
      ['101 levels', Array.from({ length: 101 }).reduce((inner) => [inner], 1), { ...all, superjson: false }],
      ['an instance of another class', new Foo(), none],
      ['a function', () => 1, none],
      ['a symbol', Symbol('s'), none],
      ['a promise', Promise.resolve(), none],
      ['a getter', Object.defineProperty({}, 'a', { get: () => ++reads, enumerable: true }), none],
      ['a hidden field', Object.defineProperty({}, 'a', { value: 1 }), none],
      ['a field named by a symbol', { [Symbol('s')]: 1 }, none],
      ['a boxed number', Object(1), { ...none, clone: true }],
    ]
  for (const [name, value, arrives] of kinds) {
    it(`arrives as it was where it is said to, and nowhere else: ${name}`, () => {
      assert.deepEqual(
        { binary: isKept(value, binary), superjson: isKept(value, text), clone: isKept(value, structuredClone) },
        arrives,
      )
    })
  }
})

function isKept(value: unknown, cross: (value: unknown) => unknown): boolean {
  try {
    assertSameGraph(value, cross(value))
    return true
  } catch {
    return false
  }
}

function binary(value: unknown): unknown {
  const { body, attachments } = encode(value, port)
  return decode(body, attachments, port)
}

function text(value: unknown): unknown {
  const { body, attachments } = encode(value, port, 'result', superjson)
  assert.equal(attachments.length, 0)
  return decode(body, [], port, superjson)
}

function textOf(value: unknown): string {
  return Buffer.from(encode(value, port, 'result', superjson).body).toString('utf8', 1)
}

/** Fails unless `value` arrives as it was where there is no reason against it, and is refused where there is. */
function assertKept(value: unknown, cross: (value: unknown) => unknown, reasons: readonly string[]): void {
  if (reasons.length === 0) return assertSameGraph(value, cross(value))
  assert.throws(
    () => cross(value),
    (error) => isManagerError(error, 'UNSERIALIZABLE') && error.message.startsWith('result'),
    reasons.join(', '),
  )
}

/** What is no value: functions, symbols, and objects of classes that nobody has registered. */
function refusedIn(value: unknown): string[] {
  return [...met(value)].flatMap(({ value: each }) => {
    if (typeof each === 'function' || typeof each === 'symbol') return [typeof each]
    return each instanceof Promise || each instanceof WeakMap || each instanceof Foo ? [each.constructor.name] : []
  })
}

/** Values of transformers that hold themselves. */
function customCycles(value: unknown): string[] {
  const wraps = met(value).flatMap(({ value: each }) => (each instanceof Wrap ? [each] : []))
  return wraps.some((wrap) => met(wrap.parts).some(({ value: each }) => each === wrap)) ? ['a cycle'] : []
}

/**
 * What superjson's reader loses: fields of three names, and objects that are met again but in fields of plain objects,
 * items of arrays and values of maps, or that are met first in what a transformer makes.
 */
function lossesOf(value: unknown): string[] {
  const first = new Map<unknown, Meeting>()
  return [...met(value)].flatMap((meeting) => {
    const { value: each, names } = meeting
    const reserved = names.filter((name) => ['__proto__', 'constructor', 'prototype'].includes(name))
    const known = first.get(each)
    if (typeof each !== 'object' || each === null) return reserved
    if (known === undefined) first.set(each, meeting)
    return known === undefined || (known.isFound && meeting.isAssigned) ? reserved : ['met twice']
  })
}

/** Where a value is met: whether superjson finds it there, puts it there, and goes on into it to put others there. */
interface Meeting {
  readonly value: unknown
  readonly names: readonly string[]
  readonly isFound: boolean
  readonly isAssigned: boolean
  readonly isPassed: boolean
}

/** All that is in a value, each as often as it is met, what holds it before it. */
function met(value: unknown): Meeting[] {
  const meetings: Meeting[] = []
  const seen = new Set<unknown>()
  const visit = (meeting: Meeting): void => {
    meetings.push(meeting)
    const { value: each, isFound, isPassed } = meeting
    if (typeof each !== 'object' || each === null || seen.has(each)) return
    seen.add(each)
    const child = (part: unknown, isPlace: boolean, isOpen = true, names: readonly string[] = []): void =>
      visit({
        value: part,
        names,
        isFound: isFound && isOpen,
        isAssigned: isPassed && isPlace,
        isPassed: isPassed && (isPlace || each instanceof Map || each instanceof Set),
      })
    if (each instanceof Map) {
      for (const [key, item] of each) {
        child(key, false)
        child(item, true)
      }
    } else if (each instanceof Set) {
      for (const member of each) child(member, false)
    } else if (each instanceof Wrap) {
      for (const part of each.parts) child(part, false, false)
    } else if (each instanceof Error) {
      for (const key of Object.getOwnPropertyNames(each)) child(Reflect.get(each, key), false, false, [key])
    } else if (each instanceof Box || Array.isArray(each) || isRecord(each)) {
      const isSparse = Array.isArray(each) && Object.keys(each).length < each.length
      const isBare = Object.getPrototypeOf(each) === null
      const isOpen = !isSparse && !isBare
      for (const key of Object.keys(each))
        child(Reflect.get(each, key), isOpen && !(each instanceof Box), isOpen, Array.isArray(each) ? [] : [key])
    }
  }
  visit({ value, names: [], isFound: true, isAssigned: false, isPassed: true })
  return meetings
}

function isRecord(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function isInvalidDate(value: unknown): boolean {
  return value instanceof Date && Number.isNaN(value.getTime())
}

function isLong(value: unknown): boolean {
  return typeof value === 'bigint' && value.toString().length > 1_000
}

function hasBuffer(value: unknown): boolean {
  return met(value).some(({ value: each }) => each instanceof ArrayBuffer)
}
