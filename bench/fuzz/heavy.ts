import {
  array,
  arrayOf,
  double,
  join,
  number,
  object,
  type Part,
  pointer,
  shape,
  table,
  tag,
  text,
  varint,
  word,
} from './bytes.ts'
import { leaf, nestedLists, plainValue, sharedPairs, withReferences } from './bodies.ts'
import { callback } from './descriptors.ts'
import { type Body, bodyOf, type Fields, flagOf, flags, kind, messageOf, textField, whole } from './fields.ts'
import { frameOf } from './frame.ts'
import { type Attack, messageShot, type Situation } from './shot.ts'
import { nested, repeat } from './values.ts'

/** Much of one thing: what takes a receiver long if anything does. A mebibyte is what it takes of these peers. */
export const heavyAttacks: readonly Attack[] = [
  heavy('deep nesting', ({ dice }) => echo(bodyOf(nestedLists(dice.of([100, 101, 500_000, 2_000_000]))))),
  heavy('deep nesting in a table', ({ dice }) => echo(deepTable(dice.of([2000, 60_000, 200_000])))),
  heavy('many lists', ({ dice }) => echo(manyLists(dice.of([1000, 65_000, 500_000])))),
  heavy('many objects of a table', ({ dice }) => echo(manyNodes(dice.of([1000, 65_000, 200_000])))),
  heavy('many keys', ({ dice }) => echo(manyKeys(dice.of([1000, 80_000]), dice.of([1, 7, 4_000_000])))),
  heavy('many objects of many keys', ({ dice }) => echo(manyRecords(dice.of([128, 1000, 20_000, 100_000])))),
  heavy('many shapes', ({ dice }) => echo(manyShapes(dice.of([1000, 60_000])))),
  heavy('many entries', ({ dice }) => echo(manyEntries(dice.of([1000, 50_000, 90_000])))),
  heavy('many small numbers in a map', ({ dice }) => echo(smallEntries(dice.of([1000, 200_000, 500_000])))),
  heavy('numbers of one hash', ({ dice }) => echo(ofOneHash(dice.of([60, 5000, 100_000])))),
  heavy('many integers', ({ dice }) =>
    echo(bodyOf(array(join(tag.integers, varint(260_000), Buffer.alloc(4 * 260_000, dice.below(256)))))),
  ),
  heavy('many doubles', ({ dice }) =>
    echo(bodyOf(array(join(tag.doubles, varint(130_000), Buffer.alloc(8 * 130_000, dice.below(256)))))),
  ),
  heavy('many short texts', ({ dice }) => echo(manyOf(dice.of([1000, 300_000]), () => text('ab')))),
  heavy('many wide texts', ({ dice }) => echo(manyOf(dice.of([1000, 200_000]), () => text('ﷺ')))),
  heavy('many dates', ({ dice }) => echo(manyOf(dice.of([1000, 60_000]), (index) => join(tag.date, double(index))))),
  heavy('a long text', ({ dice }) =>
    echo(bodyOf(array(text(dice.of(['a', '\u0001', 'ﷺ']).repeat(dice.of([100_000, 500_000, 1_000_000])))))),
  ),
  heavy('a long URL', ({ dice }) =>
    echo(
      bodyOf(array(leaf(`https://a/${dice.of(['x', '%', '../']).repeat(dice.of([1000, 60_000, 300_000]))}`, 'URL'))),
    ),
  ),
  heavy('a long host', ({ dice }) =>
    echo(bodyOf(array(leaf(`https://${dice.of(['x.', 'ü', '1.']).repeat(dice.of([1000, 60_000, 300_000]))}/`, 'URL')))),
  ),
  heavy('many URLs', ({ dice }) =>
    echo(manyOf(dice.of([100, 12_000]), (index) => leaf(`https://h${index}.example/a`, 'URL'))),
  ),
  heavy('a long regular expression', ({ dice }) =>
    echo(
      bodyOf(
        array(
          leaf(
            `/${dice.of(['(', '(?:a|', '[', 'a{1000}', '\\\\'] as const).repeat(dice.of([100, 8000, 30_000]))}/`,
            'regexp',
          ),
        ),
      ),
    ),
  ),
  heavy('many regular expressions', ({ dice }) =>
    echo(manyOf(dice.of([100, 480]), () => leaf(`/(?:${'a|'.repeat(1000)})/u`, 'regexp'))),
  ),
  heavy('nested JSON of a leaf', ({ dice }) =>
    echo(bodyOf(array(join(tag.superjson, nested(dice.of([1000, 500_000]), '1'))))),
  ),
  heavy('much JSON of a leaf', ({ dice }) =>
    echo(bodyOf(array(join(tag.superjson, `{"json":[${'[],'.repeat(dice.of([1000, 340_000]))}1]}`)))),
  ),
  heavy('nested JSON of references', ({ dice }) =>
    echo(withReferences([], [`{"kind":"home","id":${nested(dice.of([1000, 500_000]), '1')}}`])),
  ),
  heavy('much JSON of references', ({ dice }) =>
    echo(
      withReferences(
        [],
        repeat(dice.of([1000, 65_000, 300_000]), () => '{}'),
      ),
    ),
  ),
  heavy('many names in JSON of references', ({ dice }) =>
    echo(withReferences([], [`{${repeat(dice.of([1000, 80_000]), (index) => `"${index * 7}":1`).join()}}`])),
  ),
  heavy('a long bigint', ({ dice }) => echo(bigint(dice.of([100, 100_000, 1_000_000])))),
  heavy('many bigints', ({ dice }) =>
    echo(manyOf(dice.of([100, 80_000]), () => join(tag.bigint, varint(20), Buffer.alloc(10, 0x55)))),
  ),
  heavy('holes', ({ dice }) => {
    const [more, less] = [dice.of([500_000, 999_000]), dice.of([900, 900_000])]
    return echo(bodyOf(array(...[more, less].map((length) => join(tag.sparse, varint(length), 0)))))
  }),
  heavy('many byte arrays', ({ dice }) => echo(manyBytes(dice.of([100, 60_000, 70_000])))),
  heavy('many short byte arrays', ({ dice }) =>
    echo(manyOf(dice.of([100, 60_000]), () => join(tag.bytes, 3, 2, 1, 2))),
  ),
  heavy('many shared pairs', (at) => [...sharedComparison(at)]),
  heavy('sets of objects', (at) => [...setComparison(at, at.dice.of([100, 3000, 8000]))]),
  heavy('many messages', ({ dice }) => {
    const messages = repeat(dice.of([1000, 20_000]), () => dice.of([join(16), join(17), join(15, 1)]))
    return [{ bytes: frameOf(messages) }]
  }),
  heavy('many empty frames', ({ dice }) => [{ bytes: Buffer.alloc(8 * dice.of([100, 100_000]), frameOf([])) }]),
  heavy('many requests', (at) => requests(at, at.dice.of([500, 4000]), () => callFields(at, 'echo'))),
  heavy('many requests that are malformed', (at) =>
    requests(at, at.dice.of([500, 4000]), () => callFields(at, 'echo'), Buffer.of(0xff)),
  ),
  heavy('many confirmations', ({ dice }) => {
    const count = dice.of([1000, 8192, 500_000])
    return [messageShot([kind('confirm'), ['ids', join(varint(count), Buffer.alloc(count, 1))]])]
  }),
  heavy('a long chain', (at) => {
    const chain = text(repeat(at.dice.of([100, 60_000]), (index) => `w${index}`).join(' '))
    return [messageShot(withField(callFields(at, 'echo'), flagOf.chain, textField('chain', chain)), bodyOf(array(1)))]
  }),
  heavy('a long trace', (at) => {
    const parent = text('x'.repeat(at.dice.of([129, 900_000])))
    const fields = withField(callFields(at, 'echo'), flagOf.traceparent, textField('traceparent', parent))
    return [messageShot(fields, bodyOf(array(1)))]
  }),
  heavy('a long name', (at) => [
    messageShot(callFields(at, 'x'.repeat(at.dice.of([10_000, 900_000]))), bodyOf(array(1))),
  ]),
  heavy('many members', ({ dice }) => echo(withReferences([], [manyMembers(dice.of([1000, 50_000]))]))),
  heavy('many callbacks', ({ dice }) =>
    echo(
      withReferences(
        [],
        repeat(dice.of([100, 8000]), () => callback),
      ),
    ),
  ),
  heavy('many errors', ({ dice }) => echo(manyErrors(dice.of([100, 20_000])))),
  heavy('many DOMExceptions', ({ dice }) =>
    echo(manyOf(dice.of([100, 30_000]), () => join(tag.error, 'DOMException', '', 'n', 'm', 0, shape([])))),
  ),
  heavy('a long list', (at) => {
    const items = repeat(at.dice.of([100, 10_000]), () => plainValue(at.dice))
    return [messageShot(callFields(at, 'extend'), bodyOf(array(arrayOf(items))))]
  }),
]

type Made = readonly (ReturnType<Attack['make']> | ((situation: Situation) => ReturnType<Attack['make']>))[]

function heavy(name: string, make: (situation: Situation) => Made): Attack {
  return {
    name,
    weight: 1,
    make: (situation) => {
      const shots = make(situation).map((each) => (typeof each === 'function' ? each(situation) : each))
      return { bytes: Buffer.concat(shots.map(({ bytes }) => bytes)), isHeavy: true, mayBreak: true }
    },
  }
}

function echo(body: Body): Made {
  return [
    (situation) =>
      messageShot(callFields(situation, situation.dice.of(['echo', 'echo', 'keep', 'append', 'put'])), body),
  ]
}

function callFields(situation: Situation, method: string): Fields {
  const { granted, dice } = situation
  const able =
    granted.find(({ members }) => members.some(([name]) => name === method)) ?? granted[dice.below(granted.length)]
  return [
    kind('call'),
    flags(0),
    whole('id', situation.nextRequest()),
    whole('to', able?.id ?? 1),
    textField('name', text(method)),
  ]
}

function withField([first, , ...fields]: Fields, flag: number, field: Fields[number]): Fields {
  return [...(first === undefined ? [] : [first]), flags(flag), ...fields, field]
}

/** In frames of at most 65,536 message bytes. */
function requests(_: Situation, count: number, fields: () => Fields, body = array(1)): Made {
  return repeat(Math.ceil(count / 1000), () => ({
    bytes: frameOf(repeat(Math.min(count, 1000), () => messageOf(fields(), bodyOf(body)))),
  }))
}

function manyOf(count: number, make: (index: number) => Part): Body {
  return bodyOf(array(arrayOf(repeat(count, make))))
}

function manyLists(count: number): Body {
  return manyOf(count, () => array())
}

function deepTable(depth: number): Body {
  return bodyOf(table(repeat(depth, (index) => [join(tag.array, 1), index === depth - 1 ? 1 : pointer(index + 1)])))
}

function manyNodes(count: number): Body {
  return bodyOf(
    table([
      [join(tag.array, varint(count)), join(repeat(count, (index) => pointer(index + 1)))],
      ...repeat(count, () => [array(), Buffer.alloc(0)] as const),
    ]),
  )
}

function manyKeys(count: number, step: number): Body {
  return bodyOf(array(object(repeat(count, (index) => [String(index * step), 1]))))
}

/** Objects of one shape, so that each of their fields is a byte: as many as fit. */
function manyRecords(keys: number): Body {
  const names = repeat(keys, (index) => `k${index.toString(36)}`)
  const first = object(names.map((name) => [name, 1]))
  const count = Math.max(1, Math.min(60_000, Math.floor((1_000_000 - first.length) / (keys + 2))))
  return bodyOf(array(arrayOf([first, ...repeat(count, () => join(tag.object, 1, Buffer.alloc(keys, 1)))])))
}

function manyShapes(count: number): Body {
  return manyOf(count, (index) => join(tag.object, shape([`k${index.toString(36)}`]), 1))
}

function manyEntries(count: number): Body {
  const numbers = repeat(count, (index) => join(tag.integer, word(index)))
  return bodyOf(
    array(
      join(
        tag.map,
        varint(count),
        numbers.map((each) => join(each, 1)),
      ),
      join(tag.set, varint(Math.min(count, 90_000)), numbers.slice(0, 90_000)),
    ),
  )
}

/** The same few keys again and again. */
function smallEntries(count: number): Body {
  return bodyOf(
    array(
      join(
        tag.map,
        varint(count),
        repeat(count, (index) => Buffer.of(index % 128, 1)),
      ),
    ),
  )
}

/** The lowest bits of V8's hash of a number decide where it is in a map: these have them in common. */
function ofOneHash(count: number): Body {
  const members = numbersOfOneHash(count).map((each) => join(tag.integer, word(each)))
  return bodyOf(array(join(tag.set, varint(members.length), members)))
}

function numbersOfOneHash(count: number): number[] {
  const found: number[] = []
  for (let key = 0; found.length < count && key < 30_000_000; key++) if ((hashOf(key) & 4095) === 0) found.push(key)
  return found
}

/** As V8 hashes an integer. */
function hashOf(key: number): number {
  let hash = ~key + (key << 15)
  hash ^= hash >>> 12
  hash += hash << 2
  hash ^= hash >>> 4
  hash = Math.imul(hash, 2057)
  return hash ^ (hash >>> 16)
}

function bigint(bytes: number): Body {
  return bodyOf(array(join(tag.bigint, varint(2 * bytes), Buffer.alloc(bytes, 0xfe))))
}

function manyBytes(count: number): Body {
  const { bytes } = manyOf(count, () => join(tag.attachment, 3, 1))
  return bodyOf(bytes, Buffer.alloc(count))
}

function manyErrors(count: number): Body {
  const head = join(tag.error, 'Error', '', 1)
  const first: Part = join(head, shape(['message', 'cause']))
  return bodyOf(
    table([
      [join(tag.array, 1), pointer(1)],
      ...repeat(
        count,
        (index) => [index === 0 ? first : join(head, 1), join('m', pointer((index + 2) % (count + 1)))] as const,
      ),
    ]),
  )
}

function manyMembers(count: number): string {
  const members = repeat(count, (index) => `["m${index}","method"]`).join()
  return `{"kind":"referent","id":7,"type":7,"secret":"","shape":{"kind":"object","typeid":"X","members":[${members}]}}`
}

/** Two equal graphs that are compared: as trees they would be without end. */
function sharedComparison(situation: Situation): Made {
  const pairs = sharedPairs(situation.dice.of([12, 24, 2000]), 1)
  const methods = [
    'append',
    'add',
    situation.dice.of(['indexOf', 'includes', 'remove', 'count', 'compareAndSet', 'has']),
  ]
  return methods.map((method) => messageShot(callFields(situation, method), pairs))
}

function setComparison(situation: Situation, size: number): Made {
  const members = repeat(size, (index) => (index === 0 ? object([['a', 0]]) : join(tag.object, 1, number(index))))
  const body = bodyOf(array(join(tag.set, varint(size), members)))
  return ['append', situation.dice.of(['indexOf', 'includes', 'remove'])].map((method) =>
    messageShot(callFields(situation, method), body),
  )
}
