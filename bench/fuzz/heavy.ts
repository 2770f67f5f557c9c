import { callback } from './descriptors.ts'
import { type Body, type Fields, graph, plain, withReferences } from './fields.ts'
import { frameOf } from './frame.ts'
import { sharedPairs } from './graphs.ts'
import { type Attack, messageShot, messagesShot, type Situation, text } from './shot.ts'
import { nested, plainText, repeat } from './values.ts'

/** Much of one thing: what takes a receiver long if anything does. */
export const heavyAttacks: readonly Attack[] = [
  heavy('deep nesting', ({ dice }) => echo(plain(nested(dice.of([2000, 20_000, 500_000, 5_000_000]), '1')))),
  heavy('deep nesting in a graph', ({ dice }) => echo(deepGraph(dice.of([2000, 100_000, 400_000])))),
  heavy('many nodes', ({ dice }) => echo(manyNodes(dice.of([1000, 50_000, 1_000_000])))),
  heavy('many keys', ({ dice }) =>
    echo(plain(manyKeys(dice.of([1000, 100_000, 800_000]), dice.of([1, 7, 4_000_000])))),
  ),
  heavy('many entries', ({ dice }) => echo(manyEntries(dice.of([1000, 100_000, 500_000])))),
  heavy('a long text', ({ dice }) =>
    echo(plain(`[${text(dice.of(['a', '\u0001', 'ﷺ']).repeat(dice.of([100_000, 2_000_000])))}]`)),
  ),
  heavy('a long URL', ({ dice }) =>
    echo(leaf(`https://a/${dice.of(['x', '%', 'ü', '../']).repeat(dice.of([1000, 60_000, 600_000]))}`, 'URL')),
  ),
  heavy('a long host', ({ dice }) =>
    echo(leaf(`https://${dice.of(['x.', 'ü', '1.']).repeat(dice.of([1000, 60_000, 300_000]))}/`, 'URL')),
  ),
  heavy('a long regular expression', ({ dice }) =>
    echo(
      leaf(
        `/${dice.of(['(', '(?:a|', '[', 'a{1000}', '\\\\'] as const).repeat(dice.of([100, 8000, 30_000]))}/`,
        'regexp',
      ),
    ),
  ),
  heavy('many regular expressions', ({ dice }) =>
    echo(manyLeaves(dice.of([100, 5000]), `/(?:${'a|'.repeat(1000)})/u`, 'regexp')),
  ),
  heavy('a long bigint', ({ dice }) => echo(leaf('9'.repeat(dice.of([999, 1000, 1001, 300_000])), 'bigint'))),
  heavy('a long hexadecimal bigint', ({ dice }) =>
    echo(graph(['["array",[[1]]]', `["bigint","${'f'.repeat(dice.of([5000, 1_000_000, 17_000_000]))}"]`])),
  ),
  heavy('many bigints', ({ dice }) => echo(manyLeaves(dice.of([100, 5000]), '9'.repeat(1000), 'bigint'))),
  heavy('holes', ({ dice }) =>
    echo(
      graph([
        '["array",[[1],[2]]]',
        `["sparse",${dice.of([500_000, 999_000])},[],[]]`,
        `["sparse",${dice.of([900, 900_000])},[],[]]`,
      ]),
    ),
  ),
  heavy('many byte arrays', ({ dice }) => echo(manyBytes(dice.of([100, 65_000, 70_000])))),
  heavy('many shared pairs', (at) => [...sharedComparison(at)]),
  heavy('sets of objects', (at) => [...setComparison(at, at.dice.of([100, 3000, 8000]))]),
  heavy('many messages', ({ dice }) => [
    {
      bytes: frameOf(
        `[${repeat(dice.of([1000, 20_000]), () => dice.of(['{"kind":"ping"}', '{"kind":"pong"}', '{"kind":"stop","stream":1}'])).join()}]`,
      ),
    },
  ]),
  heavy('many requests', (at) => [
    messagesShot(repeat(at.dice.of([500, 10_000]), () => [...callFields(at, 'echo'), ['value', '[1]']])),
  ]),
  heavy('many confirmations', ({ dice }) => [
    messageShot([
      ['kind', '"confirm"'],
      ['ids', `[${repeat(dice.of([1000, 500_000]), (index) => index).join()}]`],
    ]),
  ]),
  heavy('a long chain', (at) => [
    messageShot(
      [
        ...callFields(at, 'echo'),
        ['chain', text(repeat(at.dice.of([500, 60_000, 500_000]), (index) => `w${index}`).join(' '))],
      ],
      plain('[1]'),
    ),
  ]),
  heavy('a long trace', (at) => [
    messageShot(
      [...callFields(at, 'echo'), ['traceparent', text('x'.repeat(at.dice.of([129, 2_000_000])))]],
      plain('[1]'),
    ),
  ]),
  heavy('a long name', (at) => [
    messageShot(callFields(at, 'x'.repeat(at.dice.of([10_000, 3_000_000]))), plain('[1]')),
  ]),
  heavy('many members', ({ dice }) => echo(withReferences([], [manyMembers(dice.of([1000, 100_000]))]))),
  heavy('many callbacks', ({ dice }) =>
    echo(
      withReferences(
        [],
        repeat(dice.of([100, 20_000]), () => callback),
      ),
    ),
  ),
  heavy('many errors', ({ dice }) => echo(manyErrors(dice.of([100, 20_000])))),
  heavy('a long list', (at) => [
    messageShot(
      callFields(at, 'extend'),
      plain(`[[${repeat(at.dice.of([100, 20_000]), () => plainText(at.dice)).join()}]]`),
    ),
  ]),
]

type Made = readonly (ReturnType<Attack['make']> | ((situation: Situation) => ReturnType<Attack['make']>))[]

function heavy(name: string, make: (situation: Situation) => Made): Attack {
  return {
    name,
    weight: 1,
    make: (situation) => {
      const shots = make(situation).map((each) => (typeof each === 'function' ? each(situation) : each))
      return { bytes: Buffer.concat(shots.map(({ bytes }) => bytes)), isHeavy: true }
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
    ['kind', '"call"'],
    ['id', text(situation.nextRequest())],
    ['to', text(able?.id ?? 1)],
    ['method', text(method)],
  ]
}

function deepGraph(depth: number): Body {
  return graph(repeat(depth, (index) => (index === depth - 1 ? '["array",[]]' : `["array",[[${index + 1}]]]`)))
}

function manyNodes(count: number): Body {
  return graph([
    `["array",[${repeat(count, (index) => `[${index + 1}]`).join()}]]`,
    ...repeat(count, () => '["array",[]]'),
  ])
}

function manyKeys(count: number, step: number): string {
  return `[{${repeat(count, (index) => `"${index * step}":1`).join()}}]`
}

function manyEntries(count: number): Body {
  const numbers = repeat(count, (index) => index).join()
  return graph(['["array",[[1],[2]]]', `["map",[${numbers}],[${numbers}]]`, `["set",[${numbers}]]`])
}

function leaf(value: string, kind: string): Body {
  return manyLeaves(1, value, kind)
}

function manyLeaves(count: number, value: string, kind: string): Body {
  const indexes = repeat(count, (index) => index)
  return graph(
    [`["array",[${indexes.map((index) => `[${index + 1}]`).join()}]]`, ...indexes.map((index) => `["leaf",${index}]`)],
    {
      leaves: `{"json":[${indexes.map(() => text(value)).join()}],"meta":{"values":{${indexes.map((index) => `"${index}":["${kind}"]`).join()}},"v":1}}`,
    },
  )
}

function manyBytes(count: number): Body {
  const indexes = repeat(count, (index) => index)
  const nodes = indexes.map((index) => `["bytes","Uint8Array",${index}]`)
  return graph([`["array",[${indexes.map((index) => `[${index + 1}]`).join()}]]`, ...nodes], {
    byteArrays: indexes.map(() => new Uint8Array(1)),
  })
}

function manyErrors(count: number): Body {
  const nodes = repeat(
    count,
    (index) => `["error","Error",null,1,["message","cause"],["m",[${(index + 2) % (count + 1)}]]]`,
  )
  return graph(['["array",[[1]]]', ...nodes])
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
  const members = repeat(size, (index) => `[${index + 2}]`).join()
  const objects = repeat(size, (index) => `["object",["a"],[${index}]]`)
  const body = graph(['["array",[[1]]]', `["set",[${members}]]`, ...objects])
  return ['append', situation.dice.of(['indexOf', 'includes', 'remove'])].map((method) =>
    messageShot(callFields(situation, method), body),
  )
}
