import { join, oddVarints, tag, text, varint, word } from './bytes.ts'
import { kind, type Fields, flags, messageOf, whole } from './fields.ts'
import { frameOf, framed } from './frame.ts'
import { niceFields } from './messages.ts'
import { type Attack, messageShot, type Situation, targetOf } from './shot.ts'
import { repeat } from './values.ts'

/** What breaks the protocol by docs/protocol.md, or ends the connection otherwise. */
export const faultAttacks: readonly Attack[] = [
  {
    name: 'an unknown kind',
    weight: 3,
    make: (at) => breaking(oneMessage(join(at.dice.of([0, 19, 20, 127, 128, 255]), 0, 1))),
  },
  { name: 'an unknown flag', weight: 4, make: unknownFlag },
  { name: 'a field of another form', weight: 8, make: wrongField },
  { name: 'a missing field', weight: 4, make: missingField },
  { name: 'a cut message', weight: 4, make: cutMessage },
  { name: 'more than its fields', weight: 4, make: moreFields },
  { name: 'an empty message', weight: 2, make: () => breaking(oneMessage(Buffer.alloc(0))) },
  { name: 'JSON', weight: 2, make: () => breaking(oneMessage(Buffer.from('{"kind":"ping"}'))) },
  {
    name: 'random bytes',
    weight: 3,
    make: (at) => breaking(oneMessage(Buffer.from(repeat(at.dice.between(1, 300), () => 128 + at.dice.below(128))))),
  },
  { name: 'no message', weight: 4, make: () => ({ bytes: frameOf([]) }) },
  {
    name: 'more given back than given',
    weight: 3,
    make: (at) => breaking(release(targetOf(at).id, at.dice.of([1000, 2 ** 31, 2 ** 53 - 1]))),
  },
  { name: 'given back what never was', weight: 2, make: () => breaking(release(987_654_321, 1)) },
  { name: 'nothing given back', weight: 2, make: (at) => breaking(release(targetOf(at).id, 0)) },
  {
    name: 'two messages with a tail',
    weight: 2,
    make: () => breaking({ bytes: frameOf([Buffer.of(16), Buffer.of(16)], Buffer.alloc(3)) }),
  },
  { name: 'a tail without a message', weight: 2, make: () => breaking({ bytes: framed(0, Buffer.alloc(3)) }) },
  { name: 'lengths of messages that lie', weight: 4, make: lengthsThatLie },
  { name: 'message bytes that lie', weight: 3, make: messageBytesThatLie },
  {
    name: 'a frame too short',
    weight: 2,
    make: (at) => breaking({ bytes: join(word(at.dice.below(4)), word(0)) }),
  },
  {
    name: 'a frame too long',
    weight: 2,
    make: (at) => breaking({ bytes: join(word(at.dice.of([0xffff_ffff, 0x8000_0000, 0x7fff_ffff])), word(0)) }),
  },
  {
    name: 'too much beside the tail',
    weight: 2,
    make: (at) => breaking({ bytes: join(word(200_000_004), word(at.dice.of([17_000_000, 199_999_999]))) }),
  },
  {
    name: 'several messages that are too long together',
    weight: 1,
    make: () => breaking(oneFrame([join(16), join(1, Buffer.alloc(66_000, 0x81))])),
  },
  { name: 'half a frame, then the end', weight: 2, make: halfAFrame },
  { name: 'a frame with changed bytes, then the end', weight: 4, make: changedFrame },
  {
    name: 'a frame that is never complete',
    weight: 1,
    make: () => ({ bytes: join(word(1_000_000), word(999_996), 0x80), isLast: true }),
  },
  {
    name: 'a tail that is never complete',
    weight: 1,
    make: () => ({ bytes: join(word(1_000_006), word(2), 1, 16, Buffer.alloc(100)), isLast: true }),
  },
  {
    name: 'a byte at a time',
    weight: 2,
    make: (at) => ({ ...messageShot(niceFields(at)), isSlow: true, mayBreak: true }),
  },
  { name: 'goodbye', weight: 1, make: () => ({ ...messageShot([kind('goodbye')]), isLast: true }) },
]

type Made = ReturnType<Attack['make']>

function breaking(shot: Made): Made {
  return { ...shot, breaks: true }
}

function oneMessage(bytes: Buffer): Made {
  return oneFrame([bytes])
}

function oneFrame(messages: readonly Buffer[]): Made {
  return { bytes: frameOf(messages) }
}

function unknownFlag(situation: Situation): Made {
  const fields = niceFields(situation)
  // One without flags may be an item that nobody has asked for.
  if (!fields.some(([name]) => name === 'flags')) return { ...messageShot(fields), mayBreak: true }
  const flagged = fields.map(([name, bytes]): Fields[number] => (name === 'flags' ? flags(0x80) : [name, bytes]))
  return breaking(messageShot(flagged))
}

/** Whatever comes after it, a number has no such form, and a text no such tag. */
function wrongField(situation: Situation): Made {
  const { dice } = situation
  const fields = niceFields(situation)
  const at = dice.between(1, fields.length - 1)
  const [name] = fields[at] ?? []
  if (name === undefined || name === 'flags' || name === 'ids') return { ...messageShot(fields), mayBreak: true }
  const wrong =
    name === 'name'
      ? dice.of([join(5), join(tag.null), join(tag.array, 0), join(tag.text, varint(2 ** 40)), join(0x9f)])
      : dice.of(oddVarints)
  return breaking(messageShot([...fields.slice(0, at), [name, wrong]]))
}

function missingField(situation: Situation): Made {
  return breaking(messageShot(niceFields(situation).slice(0, -1)))
}

function cutMessage(situation: Situation): Made {
  const message = messageOf(niceFields(situation))
  return breaking(oneMessage(message.subarray(0, situation.dice.below(message.length))))
}

const bodyless = new Set([2, 4, 7, 8, 9, 10, 11, 15, 16, 17])

function moreFields(situation: Situation): Made {
  const message = messageOf(niceFields(situation))
  const isWhole = bodyless.has(message[0] ?? 0)
  return { ...oneMessage(join(message, 0)), ...(isWhole ? { breaks: true } : { mayBreak: true }) }
}

function release(to: number, count: number): Made {
  return messageShot([kind('release'), whole('to', to), whole('count', count)])
}

function lengthsThatLie({ dice }: Situation): Made {
  const counted = dice.make<Buffer>([
    () => join(varint(2), 16),
    () => join(varint(2 ** 53 - 1), 16),
    () => join(1, 16, 5, 16),
    () => join(dice.of(oddVarints), 16),
    () => join(0x80),
  ])
  return breaking({ bytes: framed(counted.length, counted) })
}

function messageBytesThatLie({ dice }: Situation): Made {
  return breaking({ bytes: framed(dice.of([3, 100, 0x7fff_ffff, 0xffff_ffff]), join(1, 16)) })
}

function halfAFrame(situation: Situation): Made {
  const { bytes } = messageShot(niceFields(situation))
  return { bytes: bytes.subarray(0, situation.dice.between(1, bytes.length - 1)), isLast: true }
}

function changedFrame({ dice, sent }: Situation): Made {
  const frame = sent[dice.below(sent.length)] ?? frameOf([text('a')])
  const bytes = Buffer.from(frame)
  for (let turn = dice.between(1, 3); turn > 0; turn--) bytes[dice.below(bytes.length)] = dice.below(256)
  return { bytes, isLast: true }
}
