import { array, join, object, oddVarints, text, varint } from './bytes.ts'
import {
  badBody,
  mutated,
  mutatedBytes,
  niceBody,
  oddBody,
  oddValue,
  plainValue,
  sharedPairs,
  withReferences,
} from './bodies.ts'
import { callback, home, oddDescriptor, oddReference, sink, stream } from './descriptors.ts'
import { bodyOf, type Fields, flagOf, flags, kind, messageOf, noBody, textField, whole } from './fields.ts'
import { frameOf } from './frame.ts'
import { type Attack, messageShot, messagesShot, type Situation, targetOf } from './shot.ts'
import { oddNames, repeat } from './values.ts'

/** A valid message of a random kind, without a body. */
export function niceFields(situation: Situation): Fields {
  const { dice } = situation
  const streamId = whole('stream', dice.between(1, 6))
  const answered = whole('id', dice.between(1, 20))
  const own = (): Fields[number] => whole('id', dice.between(1, situation.requests + 1))
  return dice.make<Fields>([
    () => request('call', situation, memberOf(situation)),
    () => request('get', situation, memberOf(situation)),
    () => request('assign', situation),
    () => request('snapshot', situation),
    () => [kind('result'), flags(dice.below(2)), answered],
    () => [kind('error'), flags(dice.of([0, 1, 2, 4])), answered],
    () => [kind('cancel'), flags(dice.below(4)), own()],
    () => confirm(repeat(dice.below(4), () => dice.between(1, situation.requests + 1))),
    () => [kind('pin'), whole('to', targetOf(situation).id)],
    () => [kind('pull'), streamId, whole('credit', dice.between(0, 64))],
    () => [kind('item'), streamId],
    () => [kind('end'), streamId],
    () => [kind('fail'), streamId],
    () => [kind('stop'), streamId],
    () => [kind('ping')],
    () => [kind('pong')],
  ])
}

/** What any peer may say, whatever it was given. */
export const messageAttacks: readonly Attack[] = [
  { name: 'ping', weight: 8, make: () => messageShot([kind('ping')]) },
  { name: 'call', weight: 40, make: (at) => messageShot(call(at), niceBody(at.dice)) },
  { name: 'get', weight: 10, make: (at) => messageShot(request('get', at, memberOf(at))) },
  {
    name: 'assign',
    weight: 6,
    make: (at) => messageShot(request('assign', at), bodyOf(object([['value', plainValue(at.dice)]]))),
  },
  { name: 'snapshot', weight: 4, make: (at) => messageShot(request('snapshot', at)) },
  {
    name: 'many in a frame',
    weight: 8,
    make: (at) => mayBreak(messagesShot(repeat(at.dice.between(2, 40), () => niceFields(at)))),
  },
  { name: 'odd arguments', weight: 40, make: (at) => messageShot(call(at), oddBody(at.dice)) },
  { name: 'malformed arguments', weight: 30, make: malformedArguments },
  {
    name: 'arguments with changed bytes',
    weight: 40,
    make: (at) => messageShot(call(at), mutated(at.dice, niceBody(at.dice))),
  },
  { name: 'odd properties', weight: 8, make: (at) => messageShot(request('assign', at), oddBody(at.dice)) },
  { name: 'shared pairs', weight: 4, make: (at) => messageShot(call(at), sharedPairs(at.dice.between(10, 40))) },
  {
    name: 'a callback',
    weight: 10,
    make: (at) => messageShot(calling(at, ['callBack', 'ring', 'keep']), withReferences([], [callback])),
  },
  {
    name: 'a stream',
    weight: 8,
    make: (at) => messageShot(calling(at, ['drain', 'keep']), withReferences([], [stream(at.dice.between(1, 6))])),
  },
  { name: 'a sink', weight: 5, make: (at) => messageShot(calling(at, ['pour', 'keep']), withReferences([], [sink])) },
  {
    name: 'its own object',
    weight: 5,
    make: (at) => messageShot(calling(at, ['echo', 'keep']), withReferences([], [home(targetOf(at).id)])),
  },
  {
    name: 'a generator',
    weight: 5,
    make: (at) => messageShot(calling(at, ['upTo']), bodyOf(array(at.dice.below(50)))),
  },
  { name: 'an odd reference', weight: 24, make: oddReferenceCall },
  { name: 'references with changed bytes', weight: 10, make: changedReferences },
  { name: 'ids never granted', weight: 12, make: neverGranted },
  { name: 'names never exposed', weight: 12, make: neverExposed },
  { name: 'an odd chain', weight: 6, make: oddChain },
  { name: 'an odd trace', weight: 6, make: oddTrace },
  { name: 'odd options of a request', weight: 12, make: oddOptions },
  { name: 'a message with changed bytes', weight: 12, make: changedMessage },
  {
    name: 'cancel',
    weight: 6,
    make: (at) => messageShot([kind('cancel'), flags(2), whole('id', at.dice.between(1, at.requests + 3))]),
  },
  {
    name: 'confirm',
    weight: 4,
    make: (at) => messageShot(confirm(repeat(at.dice.below(50), (index) => index))),
  },
  {
    name: 'an answer',
    weight: 10,
    make: (at) =>
      messageShot(
        [kind(at.dice.of(['result', 'error'])), flags(at.dice.below(2)), whole('id', at.dice.between(1, 12))],
        oddBody(at.dice),
      ),
  },
  {
    name: 'streams out of order',
    weight: 16,
    make: (at) => mayBreak(messagesShot(repeat(at.dice.between(1, 5), () => streamFields(at)))),
  },
  {
    name: 'an odd item',
    weight: 6,
    make: (at) =>
      mayBreak(
        messageShot(
          [kind(at.dice.of(['item', 'end', 'fail'])), whole('stream', at.dice.between(1, 6))],
          oddBody(at.dice),
        ),
      ),
  },
  { name: 'a replay', weight: 10, make: replay },
  { name: 'messages in another order', weight: 4, make: reordered },
  { name: 'a wish of the server itself', weight: 10, make: operation },
  {
    name: 'release',
    weight: 1,
    make: (at) => mayBreak(messageShot([kind('release'), whole('to', targetOf(at).id), whole('count', 1)])),
  },
  { name: 'pin', weight: 3, make: (at) => messageShot([kind('pin'), whole('to', targetOf(at).id)]) },
]

type Made = ReturnType<Attack['make']>

function mayBreak(shot: Made): Made {
  return { ...shot, mayBreak: true }
}

function confirm(ids: readonly number[]): Fields {
  return [kind('confirm'), ['ids', join(varint(ids.length), ...ids.map(varint))]]
}

/** @param name of the member, where it has one */
function request(of: 'call' | 'get' | 'assign' | 'snapshot', situation: Situation, name?: string): Fields {
  return requestTo(of, targetOf(situation).id, situation, name)
}

function requestTo(
  of: 'call' | 'get' | 'assign' | 'snapshot',
  to: number,
  situation: Situation,
  name?: string,
): Fields {
  const named: Fields = name === undefined ? [] : [textField('name', text(name))]
  return [kind(of), flags(0), whole('id', situation.nextRequest()), whole('to', to), ...named]
}

function call(situation: Situation): Fields {
  return request('call', situation, memberOf(situation))
}

/** A call of the first granted object, which has these methods. */
function calling(situation: Situation, methods: readonly [string, ...string[]]): Fields {
  return requestTo('call', situation.granted[0]?.id ?? 1, situation, situation.dice.of(methods))
}

/** With those flags, and after its own fields those that these say of. */
function withOptions([first, , ...fields]: Fields, value: number, ...more: Fields): Fields {
  return [...(first === undefined ? [] : [first]), flags(value), ...fields, ...more]
}

function memberOf(situation: Situation): string {
  const { members } = targetOf(situation)
  return members[situation.dice.below(members.length)]?.[0] ?? 'value'
}

function malformedArguments(situation: Situation): Made {
  const fields = calling(situation, ['echo', 'keep'])
  return { ...messageShot(fields, badBody(situation.dice)), malformed: { id: situation.requests } }
}

function oddReferenceCall(situation: Situation): Made {
  const { dice, granted, hosts } = situation
  const descriptors = repeat(dice.between(1, 3), () => oddDescriptor(dice, granted[0]?.id ?? 1, hosts))
  if (dice.oneIn(4)) {
    return messageShot(calling(situation, ['attachTo']), bodyOf(array(text(oddReference(dice, hosts)))))
  }
  return messageShot(calling(situation, ['echo', 'keep', 'callBack', 'drain', 'pour']), withReferences([], descriptors))
}

function changedReferences(situation: Situation): Made {
  const { dice } = situation
  const body = withReferences([], [dice.of([callback, sink, stream(dice.between(1, 6)), home(targetOf(situation).id)])])
  return messageShot(calling(situation, ['echo', 'keep']), mutated(dice, body))
}

function neverGranted(situation: Situation): Made {
  const { dice } = situation
  const to = dice.oneIn(3) ? dice.of([2 ** 31, 2 ** 53 - 1, 4_294_967_297]) : dice.between(1, 400)
  const fields = dice.make<Fields>([
    () => requestTo('call', to, situation, 'increment'),
    () => requestTo('call', to, situation, 'echo'),
    () => requestTo('get', to, situation, 'value'),
    () => requestTo('snapshot', to, situation),
  ])
  const isOwn = situation.granted.some((each) => each.id === to)
  return { ...messageShot(fields), ...(isOwn ? {} : { forbidden: { id: situation.requests, to } }) }
}

function neverExposed(situation: Situation): Made {
  const { dice } = situation
  const name = dice.of(oddNames)
  const isRead = dice.oneIn(2)
  const fields = requestTo(isRead ? 'get' : 'call', situation.granted[0]?.id ?? 1, situation, name)
  const id = situation.requests
  const shot = messageShot(fields, isRead ? noBody : niceBody(dice))
  // Longer names than a message may have cut.
  return { ...shot, mayBreak: name.length > 1024, ...(name === '' ? {} : { forbidden: { id } }) }
}

function oddChain(situation: Situation): Made {
  const { dice } = situation
  const chain = dice.make<Buffer>([
    () => text(' '),
    () => text(repeat(dice.below(400), (index) => `w${index}`).join(' ')),
    () => text(`${dice.of(oddNames)} 550e8400-e29b-41d4-a716-446655440000.1`),
    () => oddValue(dice),
  ])
  return mayBreak(messageShot(withOptions(call(situation), flagOf.chain, ['chain', chain]), niceBody(dice)))
}

function oddTrace(situation: Situation): Made {
  const { dice } = situation
  const parent = dice.make([
    () => '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    () => '-'.repeat(dice.between(100, 128)),
    () => dice.of(oddNames).slice(0, 100),
  ])
  const trace: Fields = [
    textField('traceparent', text(parent)),
    textField('tracestate', text('a=b,'.repeat(dice.below(1024)))),
  ]
  return messageShot(withOptions(call(situation), flagOf.traceparent | flagOf.tracestate, ...trace), niceBody(dice))
}

function oddOptions(situation: Situation): Made {
  const { dice } = situation
  const number = (): Buffer => (dice.oneIn(3) ? dice.of(oddVarints) : varint(dice.of([0, 1, 5, 2 ** 31, 2 ** 53 - 1])))
  const options: Fields = dice.of<Fields>([
    [['timeoutMs', number()]],
    [['signalAt', number()]],
    [['within', number()]],
    [],
  ])
  const said = options.reduce((sum, [name]) => sum | flagOf[name as keyof typeof flagOf], dice.of([0, 64]))
  const isBroken = options.some(([, bytes]) => oddVarints.includes(bytes))
  return { ...messageShot(withOptions(call(situation), said, ...options), niceBody(dice)), breaks: isBroken }
}

/** What it says is chance: the frame alone is as it should be. */
function changedMessage(situation: Situation): Made {
  const message = messageOf(niceFields(situation), situation.dice.oneIn(2) ? niceBody(situation.dice) : noBody)
  return mayBreak({ bytes: frameOf([mutatedBytes(situation.dice, message)]) })
}

function streamFields(situation: Situation): Fields {
  const { dice } = situation
  const name = dice.of(['pull', 'pull', 'item', 'item', 'end', 'fail', 'stop'] as const)
  const id = whole('stream', dice.oneIn(8) ? dice.below(2 ** 31) : dice.between(1, 6))
  if (name === 'stop') return [kind(name), id]
  if (name === 'pull') return [kind(name), id, whole('credit', dice.of([0, 1, 32, 4096, 1_000_000, 2 ** 53 - 1]))]
  return [kind(name), id, ['body', plainValue(dice)]]
}

function replay(situation: Situation): Made {
  const { dice, sent } = situation
  return mayBreak({ bytes: sent[dice.below(sent.length)] ?? messageShot([kind('ping')]).bytes })
}

/** Some of what was sent, in another order and all at once. */
function reordered({ dice, sent }: Situation): Made {
  return mayBreak({
    bytes: Buffer.concat(repeat(dice.between(1, 6), () => sent[dice.below(sent.length)] ?? Buffer.alloc(0))),
  })
}

/** But not the one that ends the server, which an authkey is for. */
function operation(situation: Situation): Made {
  const { dice } = situation
  const lookers = ['inspect', 'inspectReferent', 'inspectSession', 'watchCalls', 'proxyOf']
  const method = dice.of(['create', 'attach', 'lookup', ...lookers, 'constructor', '__proto__', 'createX'])
  const args = dice.make<Buffer>([
    () => array(),
    () => array('FuzzTarget'),
    () => array('FuzzTarget', oddValue(dice)),
    () => array(text(dice.of(oddNames))),
    () => array(dice.between(1, 50), 'Zm9yIHRoaXMgb25seSBhIA'),
    () => oddValue(dice),
  ])
  return messageShot(requestTo('call', 0, situation, method), bodyOf(args))
}
