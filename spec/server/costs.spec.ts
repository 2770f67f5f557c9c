import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type * as referent from 'referent'
import { Manager, refOf, type Remote } from 'referent'
import type { ReferenceDescriptor } from '../../lib/codec/reference-port.ts'
import { partsOf } from '../../lib/wire/limits.ts'
import { tag } from '../../lib/wire/tags.ts'
import { bodyOf } from '../codec/crossing.ts'
import { AnotherCopy } from '../harness/another-copy.ts'
import { within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { type Fields, withReferences, written } from '../harness/message.ts'
import { type Answer, RawClient } from '../harness/raw-client.ts'
import { counted, frameAround, frameOf, words } from '../wire/frames.ts'
import { Busy } from './busy.ts'

leaveNothing()

/**
 * How much processor time a message may take its server in milliseconds. On a machine with nothing else
 * to do it is less than 100; what a collection of garbage takes, and a busy machine, comes on top.
 */
const refusedMs = 400

/** Bytes that are repeated, or differ. */
type Item = Uint8Array | ((index: number) => Uint8Array)

/** The bytes of frames for a referent. */
type Make = (to: number) => Uint8Array

const range = (length: number) => Array.from({ length }, (_, index) => index)
const framed = (fields: Fields, times = 1) => frameAround(each(times, counted(written(fields).written(0))))
const call =
  (body: Uint8Array, more: Fields = {}): Make =>
  (to) =>
    framed({ kind: 'call', id: 700, to, method: 'take', body, ...more })
const nothing = bodyOf(tag.array, 0)

/** So many items, one after the other. None is kept: some are millions. */
function each(length: number, item: Item): Uint8Array {
  if (typeof item !== 'function') return Buffer.alloc(length * item.byteLength, item)
  let bytes = new Uint8Array(1024)
  let end = 0
  for (let index = 0; index < length; index++) {
    const next = item(index)
    if (end + next.byteLength > bytes.byteLength) {
      const longer = new Uint8Array((end + next.byteLength) * 2)
      longer.set(bytes)
      bytes = longer
    }
    bytes.set(next, end)
    end += next.byteLength
  }
  return bytes.subarray(0, end)
}

/** Calls with one argument. */
const callWith = (value: Uint8Array): Make => call(bodyOf(tag.array, 1, value))
const list = (length: number, item: Item) => bodyOf(tag.array, { varint: length }, each(length, item))
const nestedLists = (depth: number): Make => callWith(bodyOf(each(depth, bodyOf(tag.array, 1)), 1))
const nestedObjects = (depth: number): Make =>
  callWith(bodyOf(objectOf('a'), each(depth - 1, bodyOf(tag.object, 1)), 1))

/** Objects that point at each other: the arguments, at the first of the others, to which nobody else points. */
const table = (length: number, head: Item, body: Uint8Array = new Uint8Array()): Make =>
  call(
    bodyOf(
      ...[tag.table, { varint: length + 1 }, tag.array, 1, each(length, head)],
      ...[tag.pointer, 1, each(length, body)],
    ),
  )

/** An object, whose shape has these names. */
const objectOf = (...names: readonly string[]) => bodyOf(tag.object, 0, '', { varint: names.length }, ...names)

const leaf = (kind: string, text: string) =>
  bodyOf(tag.superjson, JSON.stringify({ json: text, meta: { values: [kind], v: 1 } }))
const leaves = (kind: string, texts: readonly string[]): Make =>
  callWith(list(texts.length, (index) => leaf(kind, texts[index] ?? '')))

const ideographs = range(20_000).map((index) => String.fromCharCode(0x4e00 + index))
const references = (descriptors: readonly ReferenceDescriptor[]): Make =>
  call(
    withReferences(
      list(descriptors.length, () => bodyOf(tag.reference)),
      descriptors,
    ),
  )

/** An integer of so many bytes. */
const integerOf = (bytes: Uint8Array) => bodyOf(tag.bigint, { varint: bytes.byteLength * 2 }, bytes)

/** V8 hashes the lowest 64 bits. */
const integerOfOneHash = (index: number) => integerOf(Buffer.concat([words(1, 0), words(index + 1)]))

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
const cut: Readonly<Record<string, () => Make>> = {
  'a chain of 60,000 calls': () => call(nothing, { chain: 'word '.repeat(60_000) }),
  'a chain of 129 calls, in a short message': () => call(nothing, { chain: `${'w '.repeat(128)}w` }),
  'the name of a method, of a million characters': () => call(nothing, { method: 'x'.repeat(1_000_000) }),
  'the name of a property, of 1,025 characters': () => (to) =>
    framed({ kind: 'get', id: 700, to, property: 'x'.repeat(1025) }),
  'a million confirmed requests': () => () => framed({ kind: 'confirm', ids: range(1_000_000) }),
  'half a million messages in a frame': () => () => framed({ kind: 'ping' }, 500_000),
  '500 requests at once whose numbers have one hash': () => (to) =>
    frameOf(
      numbersOfOneHash(500).map((id) => written({ kind: 'call', id, to, method: 'wait', body: nothing }).written(0)),
    ),
  'a text of 17 MB': () => callWith(bodyOf('x'.repeat(17_000_000))),
}

/** More than a server takes of one body. */
const failed: Readonly<Record<string, () => Make>> = {
  '10 MB of open lists': () => nestedLists(5_000_000),
  '10 MB of open objects': () => nestedObjects(5_000_000),
  'lists 200 deep, in a short message': () => nestedLists(200),
  'objects 50,000 deep': () => nestedObjects(50_000),
  'a table of a million and more nodes': () => table(1_100_000, nothing),
  'a million and more lists': () => callWith(list(1_100_000, nothing)),
  'more of anything than there are bytes for': () => callWith(bodyOf(tag.array, { varint: 2 ** 40 })),
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
  'an integer of more than 8 MiB': () => callWith(integerOf(Buffer.alloc(8 * mebibyte + 1, 1))),
  'a set of integers that have one hash': () =>
    callWith(bodyOf(tag.set, { varint: 15_000 }, each(15_000, integerOfOneHash))),
  'a map of numbers that have one hash': () => {
    const numbers = numbersOfOneHash(5000)
    return callWith(
      bodyOf(
        tag.map,
        { varint: 5000 },
        each(5000, (at) => bodyOf(tag.integer, words(numbers[at] ?? 0), tag.null)),
      ),
    )
  },
  'a table of errors that are to have thousands of fields each': () => {
    const names = range(20_000).map(key)
    const shape = [0, '', { varint: names.length }, ...names]
    return table(20_000, (at) => bodyOf(tag.error, '', '', 0, ...(at === 0 ? shape : [1])))
  },
  'more than a million holes': () => callWith(bodyOf(tag.sparse, { varint: 2_000_000 }, 0)),
  '5,000 streams whose numbers have one hash': () =>
    references(numbersOfOneHash(5000).map((id) => ({ kind: 'stream', id }))),
  '5,000 functions of types whose numbers have one hash': () => {
    const shape = { kind: 'function', typeid: 'F', members: [['', 'method']] }
    const types = numbersOfOneHash(5000)
    return references(types.map((type) => ({ kind: 'referent', id: 1, type, secret: '', shape })))
  },
  '5,000 functions whose ids have one hash': () => {
    const shape = { kind: 'function', typeid: 'F', members: [['', 'method']] }
    const ids = numbersOfOneHash(5001).slice(1)
    return references(ids.map((id) => ({ kind: 'referent', id, type: 1, secret: '', shape })))
  },
  '65,000 references that are malformed': () => references(range(65_000).map(() => ({}))),
  '100,000 references': () => references(range(100_000).map(() => ({ kind: 'home', id: 1 }))),
}

const mebibyte = 2 ** 20
const key = (index: number) => String(100_000 + index)

/** As many items as a message of a mebibyte has place for, beside its head. */
function mebibyteOf(item: Item): Make {
  return callWith(list(fitting(item), item))
}

/** As many objects as that, or as it may have. */
function objectsOf(item: Item): Make {
  return callWith(list(Math.min(fitting(item), mostObjects), item))
}

function fitting(item: Item): number {
  return Math.floor((mebibyte - 256) / (typeof item === 'function' ? item(1) : item).byteLength)
}

/** Beside the arguments, and their list. */
const mostObjects = partsOf(mebibyte) - 2

/** What takes longest, of all that a server takes which takes messages of a mebibyte. */
const taken: Readonly<Record<string, () => Make>> = {
  'empty objects': () => objectsOf((at) => (at === 0 ? objectOf() : bodyOf(tag.object, 1))),
  'objects of which each has a name of its own': () => objectsOf((at) => bodyOf(objectOf(key(at)), 1)),
  'objects of which each has one far index': () =>
    objectsOf((at) => bodyOf(at === 0 ? objectOf('1023') : bodyOf(tag.object, 1), 1)),
  'objects without a prototype of which each has one': () =>
    objectsOf((at) => bodyOf(tag.bare, ...(at === 0 ? [0, '', 1, '1023'] : [1]), 1)),
  'errors of which each has one': () =>
    objectsOf((at) => bodyOf(tag.error, '', '', 0, ...(at === 0 ? [0, '', 1, '1023'] : [1]), 1)),
  'an object of many names': () => callWith(objectOfMany((at) => `k${key(at)}`)),
  'an object of many indexes': () => callWith(objectOfMany((at) => String(4_294_000_000 - at))),
  'short texts': () => mebibyteOf((at) => bodyOf(key(at))),
  'short texts of wide characters': () => mebibyteOf((at) => bodyOf(tag.wideText, 1, 0, at & 0xff)),
  'empty maps': () => objectsOf(bodyOf(tag.map, 0)),
  'empty sets': () => objectsOf(bodyOf(tag.set, 0)),
  'empty byte arrays': () => objectsOf(bodyOf(tag.bytes, 0, 0)),
  'empty views of bytes': () => objectsOf(bodyOf(tag.bytes, 3, 0)),
  'empty buffers': () => objectsOf(bodyOf(tag.bytes, 2, 0)),
  'short integers': () => mebibyteOf(bodyOf(tag.bigint, 2, 1)),
  'integers of a thousand digits': () => mebibyteOf(integerOf(Buffer.alloc(416, 255))),
  'an integer': () => callWith(integerOf(Buffer.alloc(mebibyte - 256, 255))),
  'arrays with a hole': () => objectsOf(bodyOf(tag.sparse, 1, 0)),
  'messages without an answer': () => (to) =>
    Buffer.concat([each(16, framed({ kind: 'cancel', id: 1 }, 16_000)), call(nothing)(to)]),
  'a table of lists': () => tableOf(() => nothing),
  'a table of objects with a name each': () => tableOf((at) => objectOf(key(at)), bodyOf(1)),
  'a table of objects without a prototype': () =>
    tableOf((at) => bodyOf(tag.bare, ...(at === 0 ? [0, '', 1, 'a'] : [1])), bodyOf(1)),
  'a table of errors': () => tableOf((at) => bodyOf(tag.error, 'Error', '', 0, ...(at === 0 ? [0, '', 0] : [1]))),
  'a table of exceptions of the DOM': () =>
    tableOf((at) => bodyOf(tag.error, 'DOMException', '', '', '', 0, ...(at === 0 ? [0, '', 0] : [1]))),
  dates: () => objectsOf(bodyOf(tag.date, new Uint8Array(8))),
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
  'short URLs': () => objectsOf(leaf('URL', 'a:')),
}

function objectOfMany(name: (index: number) => string): Uint8Array {
  const length = fitting((at) => bodyOf(name(at), 1))
  const names = each(length, (at) => bodyOf(name(at)))
  return bodyOf(tag.object, 0, '', { varint: length }, names, each(length, bodyOf(1)))
}

function tableOf(head: (index: number) => Uint8Array, body: Uint8Array = new Uint8Array()): Make {
  const length = fitting((at) => bodyOf(head(at), body))
  return table(Math.min(length, mostObjects), head, body)
}

describe('what a message costs a server', { timeout: 120_000 }, () => {
  let manager: Manager
  let busy: Remote<Busy>

  before(async () => {
    manager = await Manager.start()
    busy = await manager.create(Busy)
  })
  after(() => manager.close())

  for (const [what, make] of Object.entries(cut)) {
    it(`${what} ends the session at once`, async () => {
      const [, usedMs] = await costs(manager, busy, make(), (raw) => raw.cut())
      assert.ok(usedMs < refusedMs, `${usedMs} ms`)
    })
  }

  for (const [what, make] of Object.entries(failed)) {
    it(`${what}: the request fails at once`, async () => {
      const [answer, usedMs] = await costs(manager, busy, make(), (raw) => raw.answer(700))
      assert.equal(codeOf(answer), 'PROTOCOL')
      assert.ok(usedMs < refusedMs, `${usedMs} ms`)
    })
  }
})

describe('a mebibyte, to a server that takes no more,', { timeout: 120_000 }, () => {
  let manager: Manager
  let busy: Remote<Busy>

  before(async () => {
    manager = await Manager.start({ maxTextBytes: mebibyte })
    busy = await manager.create(Busy)
  })
  after(() => manager.close())

  for (const [what, make] of Object.entries(taken)) {
    it(`of ${what} is taken, in a tenth of a second at worst`, async () => {
      const [answer, usedMs] = await costs(manager, busy, make(), (raw) => raw.answer(700))
      assert.equal(answer.value, 'taken')
      assert.ok(usedMs < refusedMs, `${usedMs} ms`)
    })
  }
})

describe('a request without an answer', { timeout: 120_000 }, () => {
  it('keeps nothing of what arrived with it', async () => {
    await using manager = await Manager.start()
    const busy = await manager.create(Busy)
    await busy.take()
    const beforeBytes = await busy.keptBytes()
    const waiting: Promise<unknown>[] = []
    for (let turn = 0; turn < 200; turn++) {
      waiting.push(busy.wait().catch((lost: unknown) => lost))
      await busy.take('x'.repeat(60_000))
    }
    const keptBytes = (await busy.keptBytes()) - beforeBytes
    assert.ok(keptBytes < 4 * mebibyte, `${keptBytes} bytes`)
    await manager.close()
    await Promise.all(waiting)
  })
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
        /has (?:at least )?\d+ bytes beside its byte arrays, more than maxTextBytes \(1048576\) allows; .* raise maxTextBytes/,
      ],
      [range(65_535).map(() => []), /has more than 65536 objects and lists .* \(1048576\)/],
      [range(70_000).map(() => new Date(0)), /has more than 65536 objects and lists .* \(1048576\)/],
    ]
    const wide = Object.fromEntries(range(20_000).map((field) => [`k${field}`, 1]))
    refused.push([range(14).map(() => ({ ...wide })), /has more than 65536 objects and lists .* \(1048576\)/])
    assert.equal(await busy.take(range(13).map(() => ({ ...wide }))), 'taken')
    // The list of arguments counts, and the one that holds all the others.
    assert.equal(await busy.take(range(65_534).map(() => [])), 'taken')
    for (const [value, message] of refused) await assert.rejects(busy.take(value), { code: 'FRAME_TOO_LARGE', message })
    assert.equal(await busy.take(Buffer.alloc(50_000_000, 1)), 'taken')
    await assert.rejects(Manager.start({ maxTextBytes: 100 }), { name: 'RangeError', message: /maxTextBytes is 100/ })
  })

  it('is a mebibyte at most where a reference opened the session, unless the manager says otherwise', async () => {
    const some = records.slice(0, 30_000) // 1.4 MB
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
    assert.equal(await allowed.take(some), 'taken')
  })
})

/** What becomes of the message, and what processor time the server takes until another session is answered after that. */
async function costs<T>(
  manager: Manager,
  busy: Remote<Busy>,
  make: Make,
  outcome: (raw: RawClient) => Promise<T>,
): Promise<[T, usedMs: number]> {
  using raw = await RawClient.open(manager)
  const to = await raw.create('Busy')
  const bytes = make(to)
  const beforeMs = await busy.usedMs()
  const ended = outcome(raw)
  raw.sendBytes(bytes)
  const [end] = await within('it ends, and others are answered', Promise.all([ended, busy.take()]))
  return [end, (await busy.usedMs()) - beforeMs]
}

function codeOf({ value }: Answer): unknown {
  return (value as { readonly code?: unknown }).code
}
