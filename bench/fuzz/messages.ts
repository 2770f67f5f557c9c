import { callback, home, oddDescriptor, oddReference, sink, stream } from './descriptors.ts'
import type { Fields } from './fields.ts'
import { plain, withReferences } from './fields.ts'
import { niceBody, oddBody, sharedPairs } from './graphs.ts'
import { type Attack, messageShot, messagesShot, type Situation, targetOf, text } from './shot.ts'
import { oddNames, oddText, plainText, repeat } from './values.ts'

/** A valid message of a random kind, without a body. */
export function niceFields(situation: Situation): Fields {
  const { dice } = situation
  const to = text(targetOf(situation).id)
  const streamId = text(dice.between(1, 6))
  const answered = text(dice.between(1, 20))
  return dice.make<Fields>([
    () => request('call', situation, ['method', text(memberOf(situation))]),
    () => request('get', situation, ['property', text(memberOf(situation))]),
    () => request('assign', situation),
    () => request('snapshot', situation),
    () => [kind('result'), ['id', answered]],
    () => [kind('error'), ['id', answered]],
    () => [kind('cancel'), ['id', text(dice.between(1, situation.requests + 1))]],
    () => [
      kind('confirm'),
      ['ids', `[${repeat(dice.below(4), () => text(dice.between(1, situation.requests + 1))).join()}]`],
    ],
    () => [kind('pin'), ['to', to]],
    () => [kind('pull'), ['stream', streamId], ['credit', text(dice.between(0, 64))]],
    () => [kind('item'), ['stream', streamId]],
    () => [kind('end'), ['stream', streamId]],
    () => [kind('fail'), ['stream', streamId]],
    () => [kind('stop'), ['stream', streamId]],
    () => [kind('ping')],
    () => [kind('pong')],
  ])
}

/** What any peer may say, whatever it was given. */
export const messageAttacks: readonly Attack[] = [
  { name: 'ping', weight: 8, make: () => messageShot([kind('ping')]) },
  { name: 'call', weight: 40, make: (at) => messageShot(call(at), niceBody(at.dice)) },
  { name: 'get', weight: 10, make: (at) => messageShot(request('get', at, ['property', text(memberOf(at))])) },
  {
    name: 'assign',
    weight: 6,
    make: (at) => messageShot(request('assign', at), plain(`{"value":${plainText(at.dice)}}`)),
  },
  { name: 'snapshot', weight: 4, make: (at) => messageShot(request('snapshot', at)) },
  {
    name: 'many in a frame',
    weight: 8,
    make: (at) => messagesShot(repeat(at.dice.between(2, 40), () => niceFields(at))),
  },
  { name: 'odd arguments', weight: 40, make: (at) => messageShot(call(at), oddBody(at.dice)) },
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
  { name: 'a generator', weight: 5, make: (at) => messageShot(calling(at, ['upTo']), plain(`[${at.dice.below(50)}]`)) },
  { name: 'an odd reference', weight: 24, make: oddReferenceCall },
  { name: 'ids never granted', weight: 12, make: neverGranted },
  { name: 'names never exposed', weight: 12, make: neverExposed },
  {
    name: 'an odd chain',
    weight: 6,
    make: (at) => messageShot([...call(at), ['chain', oddChain(at)]], niceBody(at.dice)),
  },
  { name: 'an odd trace', weight: 6, make: oddTrace },
  { name: 'odd options of a request', weight: 12, make: oddOptions },
  {
    name: 'cancel',
    weight: 6,
    make: (at) => messageShot([kind('cancel'), ['id', text(at.dice.between(1, at.requests + 3))], ['awaited', 'true']]),
  },
  {
    name: 'confirm',
    weight: 4,
    make: (at) => messageShot([kind('confirm'), ['ids', `[${repeat(at.dice.below(50), (index) => index).join()}]`]]),
  },
  {
    name: 'an answer',
    weight: 10,
    make: (at) =>
      messageShot([kind(at.dice.of(['result', 'error'])), ['id', text(at.dice.between(1, 12))]], oddBody(at.dice)),
  },
  {
    name: 'streams out of order',
    weight: 16,
    make: (at) => messagesShot(repeat(at.dice.between(1, 5), () => streamFields(at))),
  },
  {
    name: 'an odd item',
    weight: 6,
    make: (at) =>
      messageShot(
        [kind(at.dice.of(['item', 'end', 'fail'])), ['stream', text(at.dice.between(1, 6))]],
        oddBody(at.dice),
      ),
  },
  { name: 'a replay', weight: 10, make: replay },
  { name: 'a wish of the server itself', weight: 10, make: operation },
  {
    name: 'release',
    weight: 1,
    make: (at) => messageShot([kind('release'), ['to', text(targetOf(at).id)], ['count', '1']]),
  },
  { name: 'pin', weight: 3, make: (at) => messageShot([kind('pin'), ['to', text(targetOf(at).id)]]) },
  {
    name: 'unknown fields',
    weight: 4,
    make: (at) => messageShot([...call(at), [at.dice.of(oddNames), oddText(at.dice)]], niceBody(at.dice)),
  },
]

function kind(name: string): readonly [string, string] {
  return ['kind', text(name)]
}

function request(name: string, situation: Situation, ...more: Fields): Fields {
  return [kind(name), ['id', text(situation.nextRequest())], ['to', text(targetOf(situation).id)], ...more]
}

function call(situation: Situation): Fields {
  return request('call', situation, ['method', text(memberOf(situation))])
}

/** A call of the first granted object, which has these methods. */
function calling(situation: Situation, methods: readonly [string, ...string[]]): Fields {
  const method = text(situation.dice.of(methods))
  return [
    kind('call'),
    ['id', text(situation.nextRequest())],
    ['to', text(situation.granted[0]?.id ?? 1)],
    ['method', method],
  ]
}

function memberOf(situation: Situation): string {
  const { members } = targetOf(situation)
  return members[situation.dice.below(members.length)]?.[0] ?? 'value'
}

function oddReferenceCall(situation: Situation): ReturnType<Attack['make']> {
  const { dice, granted, hosts } = situation
  const descriptors = repeat(dice.between(1, 3), () => oddDescriptor(dice, granted[0]?.id ?? 1, hosts))
  if (dice.oneIn(4)) {
    return messageShot(calling(situation, ['attachTo']), plain(`[${text(oddReference(dice, hosts))}]`))
  }
  return messageShot(calling(situation, ['echo', 'keep', 'callBack', 'drain', 'pour']), withReferences([], descriptors))
}

function neverGranted(situation: Situation): ReturnType<Attack['make']> {
  const { dice } = situation
  const id = situation.nextRequest()
  const to = dice.oneIn(3) ? dice.of([2 ** 31, 2 ** 53 - 1, 4_294_967_297]) : dice.between(1, 400)
  const what = dice.of<readonly (readonly [string, string])[]>([
    [kind('call'), ['method', '"increment"']],
    [kind('call'), ['method', '"echo"']],
    [kind('get'), ['property', '"value"']],
    [kind('snapshot')],
  ])
  const isOwn = situation.granted.some((each) => each.id === to)
  return {
    ...messageShot([['id', text(id)], ['to', text(to)], ...what], plain('[1]')),
    ...(isOwn ? {} : { forbidden: { id, to } }),
  }
}

function neverExposed(situation: Situation): ReturnType<Attack['make']> {
  const { dice } = situation
  const name = dice.of(oddNames)
  const id = situation.nextRequest()
  const isRead = dice.oneIn(2)
  const fields: Fields = [
    kind(isRead ? 'get' : 'call'),
    ['id', text(id)],
    ['to', text(situation.granted[0]?.id ?? 1)],
    [isRead ? 'property' : 'method', text(name)],
  ]
  return { ...messageShot(fields, isRead ? undefined : niceBody(dice)), ...(name === '' ? {} : { forbidden: { id } }) }
}

function oddChain({ dice }: Situation): string {
  return dice.make([
    () => oddText(dice),
    () => text(' '),
    () => text(repeat(dice.below(400), (index) => `w${index}`).join(' ')),
    () => text(`${dice.of(oddNames)} 550e8400-e29b-41d4-a716-446655440000.1`),
  ])
}

function oddTrace(situation: Situation): ReturnType<Attack['make']> {
  const { dice } = situation
  const parent = dice.make([
    () => text('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
    () => text('-'.repeat(dice.between(100, 128))),
    () => text(dice.of(oddNames).slice(0, 100)),
  ])
  return messageShot(
    [...call(situation), ['traceparent', parent], ['tracestate', text('a=b,'.repeat(dice.below(1024)))]],
    niceBody(dice),
  )
}

function oddOptions(situation: Situation): ReturnType<Attack['make']> {
  const { dice } = situation
  const option = dice.of([
    'timeoutMs',
    'awaited',
    'signalAt',
    'chain',
    'traceparent',
    'confirm',
    'delivery',
    'timedOut',
  ])
  const nice: Readonly<Record<string, string>> = { timeoutMs: '5', awaited: 'true', signalAt: '0' }
  const value = dice.oneIn(2) ? (nice[option] ?? '"x"') : oddText(dice)
  return messageShot([...call(situation), [option, value]], niceBody(dice))
}

function streamFields(situation: Situation): Fields {
  const { dice } = situation
  const name = dice.of(['pull', 'pull', 'item', 'item', 'end', 'fail', 'stop'])
  const id = text(dice.oneIn(8) ? dice.below(2 ** 31) : dice.between(1, 6))
  const credit = text(dice.of([0, 1, 32, 4096, 1_000_000, 2 ** 53 - 1]))
  const body = name === 'pull' ? (['credit', credit] as const) : (['value', plainText(dice)] as const)
  return [kind(name), ['stream', id], ...(name === 'stop' ? [] : [body])]
}

function replay(situation: Situation): ReturnType<Attack['make']> {
  const { dice, sent } = situation
  return { bytes: sent[dice.below(sent.length)] ?? messageShot([kind('ping')]).bytes }
}

/** But not the one that ends the server, which an authkey is for. */
function operation(situation: Situation): ReturnType<Attack['make']> {
  const { dice } = situation
  const method = dice.of(['create', 'attach', 'lookup', 'inspect', 'constructor', '__proto__', 'createX'])
  const args = dice.make([
    () => '[]',
    () => '["FuzzTarget"]',
    () => `["FuzzTarget",${oddText(dice)}]`,
    () => `[${text(dice.of(oddNames))}]`,
    () => `[${dice.between(1, 50)},"Zm9yIHRoaXMgb25seSBhIA"]`,
    () => oddText(dice),
  ])
  return messageShot(
    [kind('call'), ['id', text(situation.nextRequest())], ['to', '0'], ['method', text(method)]],
    plain(args),
  )
}
