import {
  array,
  arrayOf,
  double,
  join,
  number,
  object,
  oddVarints,
  type Part,
  pointer,
  shape,
  table,
  tag,
  text,
  varint,
  word,
} from './bytes.ts'
import type { Dice } from './dice.ts'
import { type Body, bodyOf } from './fields.ts'
import { nested, oddNames, oddText, repeat } from './values.ts'

const oddNumbers = [-1, 0.5, -0, 1e308, Infinity, -Infinity, Number.NaN, 2 ** 32, 2 ** 53, -(2 ** 53), 2 ** 31] as const

const oddTexts = [
  '',
  '\u0000',
  '\uD800',
  '\uDC00\uD800',
  '👩‍👩‍👧‍👦',
  '\u2028\u2029',
  'ﷺ',
  'İ',
  'a\nb\u001B[2J',
  '__proto__',
  'NaN',
  'é'.repeat(31),
  'ab'.repeat(300),
] as const

/** What any program may send. */
export function plainValue(dice: Dice, depth = 0): Buffer {
  switch (dice.below(depth > 3 ? 5 : 7)) {
    case 0:
      return number(dice.below(1000))
    case 1:
      return text(`text ${dice.below(1000)}`)
    case 2:
      return Buffer.of(dice.of([tag.true, tag.false, tag.null, tag.undefined]))
    case 3:
      return number(dice.below(1_000_000) / 7)
    case 4:
      return text(dice.of(oddTexts))
    case 5:
      return array(...repeat(dice.below(5), () => plainValue(dice, depth + 1)))
    default:
      return object(repeat(dice.below(5), (index) => [`k${index}`, plainValue(dice, depth + 1)]))
  }
}

/** A list of arguments as any program may send it. */
export function niceBody(dice: Dice): Body {
  return dice.oneIn(3) ? richBody(dice) : bodyOf(array(...repeat(dice.below(4), () => plainValue(dice))))
}

/** A list of arguments, or what should be one, that is not as the page has it; or that is odd. */
export function oddBody(dice: Dice): Body {
  switch (dice.below(8)) {
    case 0:
      return bodyOf(oddValue(dice))
    case 1:
      return bodyOf(Buffer.alloc(0))
    case 2:
      return { ...richBody(dice), tail: Buffer.alloc(dice.below(20)) }
    case 3:
      return sharedPairs(dice.between(2, 40))
    case 4:
    case 5:
      return mutated(dice, niceBody(dice))
    case 6:
      return badBody(dice)
    default:
      return bodyOf(array(oddValue(dice)), dice.oneIn(4) ? Buffer.alloc(dice.below(20)) : Buffer.alloc(0))
  }
}

/** With some bytes of it changed, left out, or there twice. */
export function mutated(dice: Dice, { bytes, tail }: Body): Body {
  return bodyOf(mutatedBytes(dice, bytes), tail)
}

export function mutatedBytes(dice: Dice, bytes: Buffer): Buffer {
  let made = bytes
  for (let turn = dice.between(1, 4); turn > 0; turn--) {
    const at = dice.below(made.length + 1)
    const end = Math.min(made.length, at + dice.between(1, 6))
    const [before, part, after] = [made.subarray(0, at), made.subarray(at, end), made.subarray(end)]
    made = dice.make<Buffer>([
      () => join(before, ...[...part].map((byte) => byte ^ (1 << dice.below(8))), after),
      () => join(before, dice.below(256), part.subarray(1), after),
      () => join(before, dice.of(Object.values(tag) as [number, ...number[]]), part.subarray(1), after),
      () => join(before, part, part, after),
      () => join(before, after),
      () => before,
      () => join(before, dice.of(oddVarints), after),
      () => join(before, varint(dice.of([127, 128, 65_536, 2 ** 31, 2 ** 32, 2 ** 53 - 1])), after),
    ])
  }
  return made
}

function richBody(dice: Dice): Body {
  const value = text(`v${dice.below(9)}`)
  switch (dice.below(9)) {
    case 0:
      return bodyOf(table([node(array(pointer(1))), fields(['self', 'a'], [pointer(1), value])]))
    case 1:
      return bodyOf(
        table([
          node(array(pointer(1), pointer(2))),
          [join(tag.map, varint(2)), join('k', pointer(1), pointer(2), value)],
          [join(tag.set, varint(3)), join(pointer(1), value, 1)],
        ]),
      )
    case 2:
      return bodyOf(array(join(tag.sparse, varint(dice.between(6, 900)), 2, 0, value, 5, tag.null)))
    case 3: {
      const length = dice.below(3000)
      return bodyOf(array(join(tag.attachment, 3, varint(length))), Buffer.alloc(length))
    }
    case 4: {
      const [doubles, view] = [8 * dice.below(9), dice.below(9)]
      return bodyOf(
        array(
          join(tag.attachment, 11, varint(doubles)),
          join(tag.attachment, 1, varint(view)),
          join(tag.bytes, 3, 1, 7),
        ),
        Buffer.alloc(doubles + view),
      )
    }
    case 5:
      return bodyOf(array(error('RangeError', ['message', 'more'], [value, array()])))
    case 6:
      return bodyOf(
        array(
          join(tag.date, double(0)),
          leaf('/a+b/giu', 'regexp'),
          leaf('https://example.com/a', 'URL'),
          join(tag.bigint, varint(2 * 13 + 1), Buffer.alloc(13, 7)),
        ),
      )
    case 7:
      return bodyOf(
        array(
          join(tag.integers, varint(9), ...repeat(9, (index) => word(index))),
          join(tag.doubles, varint(9), ...repeat(9, (index) => double(index / 2))),
          join(tag.date, double(Number.NaN)),
        ),
      )
    default:
      return bodyOf(
        array(
          ...repeat(dice.between(1, 9), (index) =>
            index === 0
              ? object([
                  ['id', 1],
                  ['name', value],
                ])
              : join(tag.object, 1, index, value),
          ),
        ),
      )
  }
}

/** An object of a table, from how it is written alone: its head is all up to what it holds. */
function node(made: Buffer): readonly [head: Part, contents: Part] {
  return [made.subarray(0, 2), made.subarray(2)]
}

function fields(names: readonly string[], values: readonly Part[]): readonly [head: Part, contents: Part] {
  return [join(tag.object, shape(names)), join(values)]
}

/** What no receiver can read. */
export function badBody(dice: Dice): Body {
  const odd = dice.of(oddVarints)
  const n = varint(dice.of([2, 128, 65_537, 2 ** 32, 2 ** 53 - 1]))
  return bodyOf(
    dice.make<Buffer>([
      () => Buffer.of(dice.between(0xe2, 0xff)),
      () => array(Buffer.of(dice.between(0xa0, 0xbf))),
      () => join(array(), array()),
      () => join(tag.array, n, 1),
      () => join(tag.array, odd, 1),
      () => array(join(tag.text, n, 65)),
      () => array(join(tag.wideText, n, 65, 0)),
      () => array(join(tag.integers, n, 1, 2, 3, 4)),
      () => array(join(tag.doubles, n, double(1))),
      () => array(join(tag.map, n, 1, 2, 3)),
      () => array(join(tag.set, n, 1)),
      () => array(join(tag.object, n, 1)),
      () => array(join(tag.object, 0, '', n, 'a')),
      () => array(join(tag.object, 0, '', 1, 5, 5)),
      () => array(join(tag.sparse, varint(3), 2, 1, 1, 0, 1)),
      () => array(join(tag.sparse, varint(2 ** 32), 0)),
      () => array(join(tag.sparse, varint(1_000_001), 0)),
      () => array(join(tag.bigint, varint(2 * 8_388_609), 1)),
      () => array(join(tag.date, double(dice.of([0.5, 1e300, Infinity])))),
      () => array(join(tag.bytes, 99, 0)),
      () => array(join(tag.bytes, 11, 4, 1, 2, 3, 4)),
      () => array(join(tag.bytes, 3, n, 1)),
      () => array(join(tag.attachment, 3, n)),
      () => array(join(tag.error, 5)),
      () => array(join(tag.error, 'Error', '', 2, shape([]))),
      () => array(error('Error', ['toString'], [1])),
      () => array(join(tag.superjson, '{')),
      () => array(leaf('/(/', 'regexp')),
      () => array(leaf('http://', 'URL')),
      () => array(pointer(0)),
      () => table([]),
      () => join(tag.table, n, array()),
      () => join(tag.table, 1, 5),
      () => join(tag.table, 1, tag.array, 1, pointer(1)),
      () => join(tag.orderedTable, 2, array(), array(), 0, 0),
      () => join(tag.orderedTable, 1, array(), n),
      () => join(tag.table, 1, tag.table, 1, array()),
      () => array(join(tag.table, 1, array())),
      () => nestedLists(101),
      () => array(Buffer.of(tag.reference)),
      () => join(tag.references, word(2), array(), Buffer.from('{}')),
      () => join(tag.references, word(2), array(), Buffer.from('[1]')),
      () => join(tag.references, word(2), array(), Buffer.from('[{')),
      () => join(tag.references, word(0xffff_ffff), array(), Buffer.from('[]')),
      () => join(tag.references, word(2), array(), Buffer.from('[{"kind":"home","id":1}]')),
      () => join(tag.references, 0),
    ]),
  )
}

export function nestedLists(depth: number): Buffer {
  const bytes = Buffer.alloc(2 * depth, Buffer.of(tag.array, 1))
  bytes[bytes.length - 1] = 0
  return bytes
}

function error(base: string, names: readonly string[], values: readonly Part[], className = ''): Buffer {
  return join(tag.error, base, className, Math.min(1, names.length), shape(names), values)
}

export function leaf(json: string, kind: string): Buffer {
  return join(tag.superjson, JSON.stringify({ json, meta: { values: [kind], v: 1 } }))
}

/** A list of arguments: plain ones, then those that cross by reference. */
export function withReferences(plain: readonly Part[], references: readonly string[]): Body {
  const value = arrayOf([...plain, ...references.map(() => tag.reference)])
  return bodyOf(join(tag.references, word(value.length), value, Buffer.from(`[${references.join()}]`)))
}

/** A value by reference. */
export function byReference(descriptor: string): Body {
  return bodyOf(join(tag.references, word(1), tag.reference, Buffer.from(`[${descriptor}]`)))
}

/** So many levels that each hold the next one twice: as a tree it would have 2 ** levels leaves. */
export function sharedPairs(levels: number, copies = 2): Body {
  const nodes: (readonly [head: Part, contents: Part])[] = [
    [join(tag.array, varint(copies)), join(repeat(copies, (copy) => pointer(1 + copy * levels)))],
  ]
  for (let copy = 0; copy < copies; copy++) {
    for (let level = 0; level < levels; level++) {
      const next = nodes.length + 1
      nodes.push(level === levels - 1 ? [array(), Buffer.alloc(0)] : fields(['l', 'r'], [pointer(next), pointer(next)]))
    }
  }
  return bodyOf(table(nodes))
}

/** Of any kind, often malformed. */
export function oddValue(dice: Dice, depth = 0): Buffer {
  const name = dice.of(oddNames)
  const inner = (): Buffer => (depth > 2 ? number(1) : oddValue(dice, depth + 1))
  return dice.make<Buffer>([
    () => plainValue(dice),
    () => join(tag.double, double(dice.of(oddNumbers))),
    () => text(dice.of(oddTexts)),
    () => text(name),
    () => nestedLists(dice.between(1, 130)),
    () =>
      object([
        [name, inner()],
        ['a', 1],
        ['a', 2],
      ]),
    () => object([[name, inner()]], tag.bare),
    () =>
      object([
        ['__proto__', object([['polluted', Buffer.of(tag.true)]])],
        ['constructor', inner()],
      ]),
    () => join(tag.object, shape([name], dice.of(oddNames)), inner()),
    () => join(tag.object, shape([name, 'plus'], 'Point'), 1, inner()),
    () => join(tag.sparse, varint(dice.of([4_294_967_295, 999_999, 3])), 1, 2, inner()),
    () => join(tag.map, 2, inner(), inner(), 1, inner()),
    () => join(tag.set, 3, inner(), 1, 1),
    () => join(tag.custom, name, inner()),
    () => error(name, ['message', name], ['m', inner()]),
    () => error('ManagerError', ['code', 'message'], [inner(), inner()]),
    () => error('Error', ['message', name], ['m', inner()], dice.of(oddNames)),
    () => error('AggregateError', ['message', 'errors', 'cause', 'stack'], ['m', inner(), inner(), inner()]),
    () => join(tag.error, 'DOMException', '', name, name, 0, shape(['name']), inner()),
    () => join(tag.bytes, dice.below(20), 8, double(1)),
    () => join(tag.attachment, dice.below(20), varint(dice.below(20))),
    () => join(tag.bigint, varint(dice.below(40)), Buffer.alloc(dice.below(20), 0xff)),
    () => join(tag.superjson, oddText(dice)),
    () => leaf(dice.of(oddLeafTexts), dice.of(leafKinds)),
    () => join(tag.superjson, `{"json":${oddText(dice)},"meta":{"values":${oddText(dice)},"v":1}}`),
    () => join(tag.superjson, nested(dice.between(1, 4000), '1')),
    () => Buffer.of(tag.reference),
    () => pointer(dice.below(4)),
  ])
}

const oddLeafTexts = [
  '',
  '/(/',
  '/a/zz',
  '/(a+)+$/',
  'a/b',
  '/[/',
  'http://',
  'http://[::1',
  'javascript:alert(1)',
  'data:,x',
  'https://user:secret@host:99999/',
] as const

const leafKinds = ['regexp', 'URL', 'Date', 'bigint', 'map', 'set', 'Error', 'undefined', '__proto__'] as const
