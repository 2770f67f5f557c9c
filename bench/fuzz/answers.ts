import { byReference, niceBody, oddBody, plainValue, withReferences } from './bodies.ts'
import { callback, home, oddDescriptor, sink, stream as streamOf } from './descriptors.ts'
import type { Dice } from './dice.ts'
import { type Body, bodyOf, type Fields, flags, kind, whole } from './fields.ts'
import type { Message } from './frame.ts'
import { messageShot, type Shot } from './shot.ts'
import { repeat } from './values.ts'

/** What a hostile server says to a message of its client: often what it should say, so that the client goes on. */
export function answerTo(message: Message, dice: Dice, hosts: readonly string[]): Shot[] {
  switch (message['kind']) {
    case 'call':
    case 'get':
    case 'assign':
    case 'snapshot':
      return answersTo(message, dice, hosts)
    case 'pull':
      return items(message, dice)
    case 'stop':
      return [shot('the end of a stream', [kind('end'), whole('stream', Number(message['stream']))])]
    default:
      return []
  }
}

function answersTo(message: Message, dice: Dice, hosts: readonly string[]): Shot[] {
  const id = whole('id', Number(message['id']))
  const result = (name: string, body: Body): Shot => shot(name, [kind('result'), flags(0), id], body)
  switch (dice.below(10)) {
    case 0:
      return [result('an odd result', oddBody(dice))]
    case 1:
      return [
        result(
          'a result with odd references',
          withReferences(
            [],
            repeat(dice.between(1, 3), () => oddDescriptor(dice, 1, hosts)),
          ),
        ),
      ]
    case 2:
      return [shot('an odd error', [kind('error'), flags(dice.of([1, 2, 4])), id], oddBody(dice))]
    case 3:
      return repeat(2, () => result('a result twice', niceResult(message, dice)))
    case 4:
      return [shot('a result to confirm', [kind('result'), flags(1), id], niceResult(message, dice))]
    case 5:
      return dice.oneIn(3)
        ? []
        : [result('what was not asked for', byReference(dice.of([callback, sink, streamOf(1), home(1)])))]
    default:
      return [result('a result', niceResult(message, dice))]
  }
}

function niceResult({ name, to }: Message, dice: Dice): Body {
  if (to === 0) return byReference(target(dice.between(1, 9)))
  if (name === 'upTo') return byReference(streamOf(dice.between(1, 6)))
  return dice.oneIn(2) ? bodyOf(plainValue(dice)) : niceBody(dice)
}

/** As the client knows the class of that name. */
function target(id: number): string {
  const methods = ['echo', 'keep', 'callBack', 'ring', 'drain', 'pour'].map((name) => `["${name}","method"]`)
  const members = [...methods, '["value","get set"]', '["upTo","generator"]']
  return `{"kind":"referent","id":${id},"type":1,"secret":"Zm9yIHRoaXMgb25seSBhIA","shape":{"kind":"object","typeid":"FuzzTarget","members":[${members.join()}]}}`
}

/** Often as many as were asked for, sometimes one too many. */
function items({ stream: id, credit }: Message, dice: Dice): Shot[] {
  const stream = whole('stream', Number(id))
  const count = dice.oneIn(10) ? Math.min(Number(credit) + 1, 100) : dice.below(Math.min(Number(credit), 20) + 1)
  const sent = repeat(count, () =>
    shot('an item', [kind('item'), stream], dice.oneIn(8) ? oddBody(dice) : bodyOf(plainValue(dice))),
  )
  return dice.oneIn(3) ? [...sent, shot('the end of a stream', [kind('end'), stream])] : sent
}

function shot(name: string, fields: Fields, body?: Body): Shot {
  return { name, ...messageShot(fields, body) }
}
