import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type * as referent from 'referent'
import { Manager, refOf, type Remote } from 'referent'
import { AnotherCopy } from '../harness/another-copy.ts'
import { within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { type Answer, RawClient } from '../harness/raw-client.ts'
import { Busy } from './busy.ts'

leaveNothing()

/**
 * How much processor time a message may take its server in milliseconds. On a machine with nothing else
 * to do it is less than 100; what a collection of garbage takes, and a busy machine, comes on top.
 */
const refusedMs = 400

const range = (length: number) => Array.from({ length }, (_, index) => index)
const list = (length: number, item: (index: number) => string) => range(length).map(item).join(',')
const call = (body: string, more = '') => `{"kind":"call","id":700,"to":1,"method":"take"${more},${body}}`
const graph = (nodes: string, more = '') => call(`"graph":{"root":[0],"nodes":[["array",[[1]]],${nodes}]${more}}`)
const nested = (open: string, close: string, depth: number) =>
  call(`"value":[${open.repeat(depth)}1${close.repeat(depth)}]`)

function leaves(kind: string, texts: readonly string[]): string {
  const values = Object.fromEntries(texts.map((_, index) => [index, [kind]]))
  const nodes = list(texts.length, (index) => `["leaf",${index}]`)
  return graph(nodes, `,"leaves":${JSON.stringify({ json: texts, meta: { values, v: 1 } })}`)
}

const ideographs = range(20_000).map((index) => String.fromCharCode(0x4e00 + index))
const references = (count: number, one: string) =>
  graph(
    list(count, (index) => `["reference",${index}]`),
    `,"references":[${list(count, () => one)}]`,
  )

/** V8 hashes the lowest 64 bits. */
const integerOfOneHash = (index: number) => `["bigint","${(index + 1).toString(16)}0000000000000001"]`

/** V8 hashes numbers by Thomas Wang's hash: these have the lowest twelve bits of it in common. */
function numbersOfOneHash(count: number): number[] {
  const found: number[] = []
  for (let number = 0; found.length < count; number++) {
    let hash = ~number + (number << 15)
    hash ^= hash >>> 12
    hash += hash << 2
    hash ^= hash >>> 4
    hash = Math.imul(hash, 2057)
    if (((hash ^ (hash >>> 16)) & 0xfff) === 0) found.push(number)
  }
  return found
}

/** More than a server takes of one message: by little, or as large as was seen. */
const cut: Readonly<Record<string, () => string>> = {
  'a chain of 60,000 calls': () => call('"value":[]', `,"chain":"${'word '.repeat(60_000)}"`),
  'a chain of 129 calls, in a short message': () => call('"value":[]', `,"chain":"${'w '.repeat(128)}w"`),
  'the name of a method, of a million characters': () =>
    call('"value":[]').replace('"take"', `"${'x'.repeat(1_000_000)}"`),
  'the name of a property, of 1,025 characters': () =>
    `{"kind":"get","id":700,"to":1,"property":"${'x'.repeat(1025)}"}`,
  'a million confirmed requests': () => `{"kind":"confirm","ids":[${list(1_000_000, String)}]}`,
  'half a million messages in a frame': () => list(500_000, () => '{"kind":"ping"}'),
  '10 MB of open lists': () => '['.repeat(10_000_000),
  '10 MB of open objects': () => '{"":'.repeat(2_500_000),
  'lists 200 deep, in a short message': () => nested('[', ']', 200),
  'objects 50,000 deep': () => nested('{"a":', '}', 50_000),
  'a graph of a million nodes': () => graph(list(1_000_000, () => '["array",[]]')),
  'a million and more lists': () => call(`"value":[${list(1_100_000, () => '[]')}]`),
  'a million and more index keys': () => call(`"value":[{${list(1_100_000, (index) => `"${index}":1`)}}]`),
  'a text of 17 MB': () => call(`"value":["${'x'.repeat(17_000_000)}"]`),
}

/** More than a server takes of one body. */
const failed: Readonly<Record<string, () => string>> = {
  'a URL of 600 kB whose host is of ideographs': () => leaves('URL', [`http://${'\u4e00\u4e01'.repeat(100_000)}/`]),
  'a URL whose host has 20,000 different ones': () => leaves('URL', [`http://${ideographs.join('')}/`]),
  'a URL whose host has them in ASCII': () =>
    leaves('URL', [new URL(`http://${ideographs.slice(0, 500).join('')}/`).href]),
  'a regular expression with thousands of sets': () => leaves('regexp', [`/${'[\\p{L}]'.repeat(5000)}/iu`]),
  'a regular expression with sets of texts': () => leaves('regexp', [`/${'\\p{RGI_Emoji}'.repeat(200)}/v`]),
  'many regular expressions with a set each': () =>
    leaves(
      'regexp',
      range(5000).map((index) => `/\\p{L}${index}/u`),
    ),
  '100,000 regular expressions': () =>
    leaves(
      'regexp',
      range(100_000).map((index) => `/a${index}/`),
    ),
  'integers of more than a thousand digits': () =>
    leaves(
      'bigint',
      range(1000).map(() => '9'.repeat(1002)),
    ),
  'a set of integers that have one hash': () =>
    graph(`["set",[${list(15_000, (index) => `[${index + 2}]`)}]],${list(15_000, integerOfOneHash)}`),
  'a map of numbers that have one hash': () =>
    graph(`["map",[${numbersOfOneHash(5000).join()}],[${list(5000, String)}]]`),
  'more than a million holes': () => graph('["sparse",2000000,[],[]]'),
  '5,000 streams whose numbers have one hash': () =>
    graph(
      list(5000, (index) => `["reference",${index}]`),
      `,"references":[${numbersOfOneHash(5000)
        .map((id) => `{"kind":"stream","id":${id}}`)
        .join()}]`,
    ),
  '5,000 functions whose ids have one hash': () =>
    graph(
      list(5000, (index) => `["reference",${index}]`),
      `,"references":[${numbersOfOneHash(5001)
        .slice(1)
        .map(
          (id) =>
            `{"kind":"referent","id":${id},"type":1,"secret":"","shape":{"kind":"function","typeid":"F","members":[["","method"]]}}`,
        )
        .join()}]`,
    ),
  '100,000 references': () => references(100_000, '{"kind":"home","id":1}'),
}

const mebibyte = 2 ** 20

/** As many items as a mebibyte has place for. */
const mebibyteOf = (item: (index: number) => string, bytes: number) => list(Math.floor(mebibyte / (bytes + 1)), item)
const key = (index: number) => String(100_000 + index)

/** A mebibyte of what takes longest among all that a server takes. */
const taken: Readonly<Record<string, () => string>> = {
  'empty objects': () => call(`"value":[[${mebibyteOf(() => '{}', 2)}]]`),
  'objects of which each has a name of its own': () =>
    call(`"value":[[${mebibyteOf((at) => `{"${key(at)}":1}`, 13)}]]`),
  'an object of many names': () => call(`"value":[{${mebibyteOf((at) => `"k${key(at)}":1`, 11)}}]`),
  'an object of many indexes': () => call(`"value":[{${mebibyteOf((at) => `"${4_294_000_000 - at}":1`, 14)}}]`),
  'short texts': () => call(`"value":[[${mebibyteOf((at) => `"${key(at)}"`, 8)}]]`),
  'messages without an answer': () => list(8191, () => '{"kind":"cancel","id":1}') + `,${call('"value":[]')}`,
  'a graph of lists': () => graph(mebibyteOf(() => '["array",[]]', 12)),
  'a graph of objects with a name each': () => graph(mebibyteOf((at) => `["object",["${key(at)}"],[1]]`, 25)),
  'a graph of objects without a prototype': () => graph(mebibyteOf(() => '["bare",["a"],[1]]', 18)),
  'a graph of errors': () => graph(mebibyteOf(() => '["error","Error",null,0,[],[]]', 30)),
  'a graph of dates': () =>
    leaves(
      'Date',
      range(mebibyte / 60).map(() => '1970-01-01T00:00:00.000Z'),
    ),
  'regular expressions': () =>
    leaves(
      'regexp',
      range(10_000).map((index) => `/a${index}/iu`),
    ),
  'a regular expression of many sets': () => leaves('regexp', [`/${'[\\p{L}]'.repeat(256)}/iu`]),
  'URLs with long names': () =>
    leaves(
      'URL',
      range(2_500).map(() => new URL(`http://${ideographs.slice(0, 80).join('')}/`).href),
    ),
}

describe('what a message costs a server', { timeout: 120_000 }, () => {
  let manager: Manager
  let busy: Remote<Busy>

  before(async () => {
    manager = await Manager.start()
    busy = await manager.create(Busy)
  })
  after(() => manager.close())

  /** What becomes of the text, and what processor time the server takes until another session is answered after that. */
  async function costs<T>(text: string, outcome: (raw: RawClient) => Promise<T>): Promise<[T, usedMs: number]> {
    using raw = await RawClient.open(manager)
    const to = await raw.create('Busy')
    const beforeMs = await busy.usedMs()
    const ended = outcome(raw)
    raw.sendText(text.replace('"to":1', `"to":${to}`))
    const [end] = await within('it ends, and others are answered', Promise.all([ended, busy.take()]))
    return [end, (await busy.usedMs()) - beforeMs]
  }

  for (const [what, make] of Object.entries(cut)) {
    it(`${what} ends the session at once`, async () => {
      const [, usedMs] = await costs(make(), (raw) => raw.cut())
      assert.ok(usedMs < refusedMs, `${usedMs} ms`)
    })
  }

  for (const [what, make] of Object.entries(taken)) {
    it(`a mebibyte of ${what} is taken, in a tenth of a second at worst`, async () => {
      const [answer, usedMs] = await costs(make(), (raw) => raw.answer(700))
      assert.equal(answer.value, 'taken')
      assert.ok(usedMs < refusedMs, `${usedMs} ms`)
    })
  }

  for (const [what, make] of Object.entries(failed)) {
    it(`${what}: the request fails at once`, async () => {
      const [answer, usedMs] = await costs(make(), (raw) => raw.answer(700))
      assert.equal(codeOf(answer), 'PROTOCOL')
      assert.ok(usedMs < refusedMs, `${usedMs} ms`)
    })
  }
})

describe('a large message', { timeout: 120_000 }, () => {
  const records = range(100_000).map((id) => ({
    id,
    name: `record ${id}`,
    tags: ['a', 'b', 'c'],
    score: id * 1.5,
    ok: true,
  }))

  it('crosses: 100,000 records, half of them with dates too, and 50 MB of bytes', async () => {
    await using manager = await Manager.start()
    const busy = await manager.create(Busy)
    assert.equal(await busy.take(records), 'taken')
    assert.equal(
      await busy.take(records.slice(0, 50_000).map((record) => ({ ...record, at: new Date(record.id) }))),
      'taken',
    )
    assert.equal(await busy.take(Buffer.alloc(50_000_000, 1)), 'taken')
  })

  it('is refused by its sender, which goes on, where it is more than the other side takes', async () => {
    await using manager = await Manager.start({ maxTextBytes: mebibyte })
    const busy = await manager.create(Busy)
    const refused: [value: unknown, message: RegExp][] = [
      [
        records,
        /has (?:at least )?\d+ bytes beside its byte arrays, more than maxTextBytes \(1048576\); .* raise maxTextBytes/,
      ],
      [range(100_000).map(() => []), /has more than 65536 lists, objects and names/],
      [range(70_000).map(() => new Date(0)), /more than 65536 lists|more than maxTextBytes/],
    ]
    for (const [value, message] of refused) await assert.rejects(busy.take(value), { code: 'FRAME_TOO_LARGE', message })
    assert.equal(await busy.take(Buffer.alloc(50_000_000, 1)), 'taken')
    await assert.rejects(Manager.start({ maxTextBytes: 100 }), { name: 'RangeError', message: /maxTextBytes is 100/ })
  })

  it('is a mebibyte at most where a reference opened the session, unless the manager says otherwise', async () => {
    const some = records.slice(0, 20_000) // 1.4 MB
    await using manager = await Manager.start()
    const busy = await manager.create(Busy)
    assert.equal(await busy.take(some), 'taken')
    await using stranger = await AnotherCopy.make()
    const { attach } = (await stranger.import('index.ts')) as typeof referent
    using attached = await attach<Busy>(refOf(busy))
    await assert.rejects(attached.take(some), {
      code: 'FRAME_TOO_LARGE',
      message: /more than maxTextBytes \(1048576\)/,
    })
    assert.equal((await attached.give(20_000)).length, 20_000)
    assert.equal(await attached.take(some.slice(0, 8000)), 'taken')

    await using generous = await Manager.start({ maxTextBytes: 2 * mebibyte })
    using allowed = await attach<Busy>(refOf(await generous.create(Busy)))
    assert.equal(await allowed.take(some.slice(0, 16_000)), 'taken')
  })
})

function codeOf({ value }: Answer): unknown {
  return (value as { readonly code?: unknown }).code
}
