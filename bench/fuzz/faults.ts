import { frameOf, framed, word } from './frame.ts'
import { niceFields } from './messages.ts'
import { type Attack, messageShot, messagesShot, type Situation, targetOf, text } from './shot.ts'
import { objectOf, plain } from './fields.ts'
import { oddNames, oddText, repeat } from './values.ts'

/** What breaks the protocol by docs/protocol.md, or ends the connection otherwise. */
export const faultAttacks: readonly Attack[] = [
  { name: 'an unknown kind', weight: 3, make: (at) => breaking(messageShot([['kind', oddKind(at)]])) },
  { name: 'a field of another type', weight: 8, make: wrongField },
  { name: 'a missing field', weight: 4, make: missingField },
  {
    name: 'what is no object',
    weight: 3,
    make: (at) => breaking({ bytes: frameOf(at.dice.of(['[null]', '[1]', '["call"]', '[[]]', '[true]'])) }),
  },
  {
    name: 'what is no array',
    weight: 3,
    make: (at) =>
      breaking({ bytes: frameOf(at.dice.of(['{}', 'null', '1', '"[]"', '{"length":1,"0":{"kind":"ping"}}'])) }),
  },
  {
    name: 'what is no JSON',
    weight: 3,
    make: (at) =>
      breaking({
        bytes: frameOf(at.dice.of(['', '[', '[{"kind":"ping"},]', '[{}]x', "[{'kind':'ping'}]", '\uFEFF[]x'])),
      }),
  },
  {
    name: 'random bytes',
    weight: 3,
    make: (at) =>
      breaking({ bytes: frameOf(Buffer.from(repeat(at.dice.between(1, 300), () => 128 + at.dice.below(128)))) }),
  },
  {
    name: 'UTF-8 that is none',
    weight: 3,
    make: (at) => ({
      bytes: frameOf(
        Buffer.concat([
          Buffer.from('[{"kind":"ping","x":"'),
          Buffer.from([0xff, 0xc0, at.dice.below(256) | 128]),
          Buffer.from('"}]'),
        ]),
      ),
    }),
  },
  { name: 'no message', weight: 4, make: () => ({ bytes: frameOf('[]') }) },
  {
    name: 'more given back than given',
    weight: 3,
    make: (at) => breaking(release(at, at.dice.of([1000, 2 ** 31, 2 ** 53 - 1]))),
  },
  {
    name: 'given back what never was',
    weight: 2,
    make: () =>
      breaking(
        messageShot([
          ['kind', '"release"'],
          ['to', '987654321'],
          ['count', '1'],
        ]),
      ),
  },
  { name: 'nothing given back', weight: 2, make: (at) => breaking(release(at, 0)) },
  {
    name: 'two messages with bytes',
    weight: 2,
    make: () => breaking({ bytes: frameOf('[{"kind":"ping"},{"kind":"ping"}]', [new Uint8Array(3)]) }),
  },
  { name: 'sizes that lie', weight: 3, make: sizesThatLie },
  {
    name: 'a count that lies',
    weight: 2,
    make: (at) => breaking({ bytes: framed(at.dice.of([1, 3, 65_536, 65_537, 0xffff_ffff]), [], '[]', []) }),
  },
  {
    name: 'a frame too short',
    weight: 2,
    make: (at) => breaking({ bytes: Buffer.concat([word(at.dice.below(4)), word(0)]) }),
  },
  {
    name: 'a frame too long',
    weight: 2,
    make: (at) =>
      breaking({ bytes: Buffer.concat([word(at.dice.of([0xffff_ffff, 0x8000_0000, 0x7fff_ffff])), word(0)]) }),
  },
  { name: 'half a frame, then the end', weight: 2, make: halfAFrame },
  {
    name: 'a frame that is never complete',
    weight: 1,
    make: () => ({ bytes: Buffer.concat([word(1_000_000), word(0), Buffer.from('[{"kind":')]), isLast: true }),
  },
  { name: 'a byte at a time', weight: 2, make: (at) => ({ ...messageShot(niceFields(at)), isSlow: true }) },
  { name: 'goodbye', weight: 1, make: () => ({ ...messageShot([['kind', '"goodbye"']]), isLast: true }) },
]

function breaking(shot: ReturnType<Attack['make']>): ReturnType<Attack['make']> {
  return { ...shot, breaks: true }
}

function oddKind({ dice }: Situation): string {
  return dice.make([
    () => text(dice.of(oddNames)),
    () => '"CALL"',
    () => '"call "',
    () => '["call"]',
    () => 'null',
    () => '7',
  ])
}

const typeOfField: Readonly<Record<string, 'whole' | 'text' | 'wholes'>> = {
  id: 'whole',
  to: 'whole',
  stream: 'whole',
  credit: 'whole',
  method: 'text',
  property: 'text',
  ids: 'wholes',
}

/** By the type that a field must have, what is of another one. */
const otherTypes = {
  whole: ['-1', '0.5', '"1"', 'null', '9007199254740992', '1e999', '[]', '[1]', 'true', '{}', '-1e999'],
  text: ['1', 'null', '["a"]', '{}', 'true', '{"toString":"a"}'],
  wholes: ['1', '{"0":1,"length":1}', '[-1]', '["1"]', '[1,null]', '[0.5]', 'null', '"1"'],
} as const

function wrongField(situation: Situation): ReturnType<Attack['make']> {
  const { dice } = situation
  const fields = niceFields(situation)
  const index = fields.findIndex(([name]) => name in typeOfField)
  const at = dice.oneIn(2) ? index : fields.findLastIndex(([name]) => name in typeOfField)
  const [name, old] = fields[at] ?? ['', '']
  const type = typeOfField[name]
  if (type === undefined) return messageShot([...fields, ['x', oddText(dice)]])
  const wrong = dice.of(otherTypes[type])
  return breaking(messageShot(fields.map(([each, value]) => [each, each === name && value === old ? wrong : value])))
}

function missingField(situation: Situation): ReturnType<Attack['make']> {
  const fields = niceFields(situation)
  const needed = fields.filter(([name]) => name in typeOfField).map(([name]) => name)
  if (needed.length === 0) return messageShot(fields)
  const missing = needed[situation.dice.below(needed.length)]
  return breaking(messageShot(fields.filter(([name]) => name !== missing)))
}

function release(situation: Situation, count: number): ReturnType<Attack['make']> {
  return messagesShot([
    [
      ['kind', '"release"'],
      ['to', text(targetOf(situation).id)],
      ['count', text(count)],
    ],
  ])
}

function sizesThatLie({ dice }: Situation): ReturnType<Attack['make']> {
  const message = objectOf([['kind', '"result"'], ['id', '1'], ...plain('1').fields])
  const size = dice.of([10_000, 0xffff_ffff, 0x7fff_ffff])
  return breaking({
    bytes: framed(dice.of([1, 2]), [size, size].slice(0, dice.of([1, 2])), `[${message}]`, [new Uint8Array(3)]),
  })
}

function halfAFrame(situation: Situation): ReturnType<Attack['make']> {
  const { bytes } = messageShot(niceFields(situation))
  return { bytes: bytes.subarray(0, situation.dice.between(1, bytes.length - 1)), isLast: true }
}
