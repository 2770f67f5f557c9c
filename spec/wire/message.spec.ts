import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { isManagerError } from '../../lib/errors.ts'
import { maxChainCalls, maxChainLength, maxConfirmed, maxNameLength } from '../../lib/wire/limits.ts'
import type { CallId, MessageHead, TargetId } from '../../lib/wire/message.ts'
import { readMessage } from '../../lib/wire/message-form.ts'
import { Reader } from '../../lib/wire/reader.ts'
import { tag } from '../../lib/wire/tags.ts'
import { varint } from './frames.ts'
import { bodied, bytesOf, messageOf, messages } from './messages.ts'

const [id, to] = [7 as CallId, 3 as TargetId]
const requests = messages.slice(0, 4)
const [call] = messages

/** What requests may say beside what they must. */
const asked = { chain: 'a b', timeoutMs: 250, traceparent: '00-a-b-01', tracestate: 'rojo=1' }

/** All that each kind may say. */
const full: readonly MessageHead[] = [
  { ...call, ...asked, signalAt: 2, within: 9 as CallId, awaited: true },
  ...requests.slice(1).map((request) => ({ ...request, ...asked })),
  { kind: 'result', id, confirm: true },
  { kind: 'error', id, delivery: 'not-sent', ended: true },
  { kind: 'error', id, delivery: 'unknown' },
  { kind: 'cancel', id, timedOut: true, awaited: true },
  { kind: 'confirm', ids: [1, 200, Number.MAX_SAFE_INTEGER] as CallId[] },
]

describe('a message', () => {
  it('of every kind arrives as it was sent, with all that it may say', () => {
    for (const message of [...messages, ...full]) {
      const body = bodied.includes(message.kind) ? [1, 2, 3] : undefined
      const received = messageOf(bytesOf(message, body))
      assert.deepEqual(received, body === undefined ? message : { ...message, body })
    }
  })

  it('has an empty body where nothing follows', () => {
    for (const message of messages.filter(({ kind }) => bodied.includes(kind)))
      assert.deepEqual(messageOf(bytesOf(message)), { ...message, body: [] })
  })

  it('has each field that it may have with any of the others, or without', () => {
    const anySaid = fc.constantFrom(...full).chain((said) => {
      const bare = bareOf(said)
      return fc
        .subarray(Object.entries(said).filter(([name]) => !Object.hasOwn(bare, name)))
        .map((fields) => ({ ...bare, ...Object.fromEntries(fields) }))
    })
    fc.assert(
      fc.property(anySaid, (message) => {
        const { body: _, ...received } = messageOf(bytesOf(message))
        assert.deepEqual(received, message)
      }),
      { seed: 1, numRuns: 1000 },
    )
  })

  it('has the same fields of its kind in the same order, whichever it says', () => {
    for (const message of full) {
      const [one, other] = [message, bareOf(message)].map((each) => Object.keys(readMessage(new Reader(bytesOf(each)))))
      assert.deepEqual(one, other)
    }
  })

  it('is laid out as docs/protocol.md says', () => {
    const named = [tag.shortText | 1, 0x6d]
    assert.deepEqual([...bytesOf({ kind: 'call', id, to, method: 'm' }, [9])], [1, 0, 7, 3, ...named, 9])
    const timed: MessageHead = { kind: 'call', id, to, method: 'm', timeoutMs: 300, signalAt: 1, awaited: true }
    assert.deepEqual([...bytesOf(timed)], [1, 73, 7, 3, ...named, 1, 0xac, 2])
    assert.deepEqual([...bytesOf({ kind: 'result', id, confirm: true }, [9])], [5, 1, 7, 9])
    assert.deepEqual([...bytesOf({ kind: 'error', id, ended: true, delivery: 'unknown' })], [6, 6, 7])
    assert.deepEqual([...bytesOf({ kind: 'cancel', id, timedOut: true })], [7, 1, 7])
    assert.deepEqual([...bytesOf({ kind: 'confirm', ids: [id, id] })], [8, 2, 7, 7])
    const codes = messages.map((message) => bytesOf(message)[0])
    assert.deepEqual(codes, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18])
  })

  it('keeps names of any characters, up to the longest', () => {
    const names = ['', '"', '\\', '\n', '\u2028', '\ud800', 'é', '€', '😀', '__proto__']
    for (const name of [...names, 'x'.repeat(maxNameLength), '€'.repeat(maxNameLength)]) {
      assert.equal(messageOf(bytesOf({ ...call, method: name }))['method'], name)
      assert.equal(messageOf(bytesOf({ kind: 'get', id, to, property: name }))['property'], name)
    }
  })

  it('takes ids up to the largest exact integer', () => {
    for (const most of [2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER])
      assert.deepEqual(messageOf(bytesOf({ kind: 'pin', to: most as TargetId })), { kind: 'pin', to: most })
  })
})

describe('a message that is not what it must be', () => {
  it('is refused where it breaks off, naming its kind and the field', () => {
    for (const message of [...messages, ...full]) {
      const bytes = bytesOf(message)
      for (let length = 1; length < bytes.byteLength; length++) {
        const [, field = ''] = refused(
          bytes.subarray(0, length),
          new RegExp(`a '${message.kind}' message without a proper '(.*)'`),
        )
        assert.ok(field === 'flags' || Object.hasOwn(message, field), `${message.kind}: ${field}`)
      }
    }
  })

  it('is refused where a number is none, naming the field', () => {
    const tooMuch = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]
    refusedFor('call', 'id', [1, 0, ...tooMuch])
    refusedFor('call', 'to', [1, 0, 7, ...tooMuch])
    refusedFor('result', 'id', [5, 0, ...tooMuch])
    refusedFor('pin', 'to', [10, 0x83, 0])
    refusedFor('pull', 'credit', [11, 5, ...tooMuch])
    refusedFor('item', 'stream', [12, ...tooMuch])
    refusedFor('release', 'count', [9, 3, 0])
  })

  it('is refused where a name is no text, or too long', () => {
    const methods = [
      [tag.null],
      [tag.text, 5, 0x61],
      [5],
      [tag.reference, 0],
      [tag.text, ...varint(maxNameLength + 1), ...Buffer.alloc(maxNameLength + 1)],
      [tag.wideText, ...varint(maxNameLength + 1), ...Buffer.alloc(2 * maxNameLength + 2)],
    ]
    for (const method of methods) {
      refusedFor('call', 'method', [1, 0, 7, 3, ...method])
      refusedFor('get', 'property', [2, 0, 7, 3, ...method])
    }
  })

  it('is refused where what it is asked with is longer than it may be', () => {
    const longest = {
      chain: 'x'.repeat(maxChainLength),
      traceparent: '0'.repeat(128),
      tracestate: 'a'.repeat(4096),
    }
    for (const request of requests) {
      const most = { ...request, ...longest } as MessageHead
      assert.equal(messageOf(bytesOf(most))['chain'], longest.chain)
      for (const [field, text] of Object.entries(longest))
        refusedFor(request.kind, field, [...bytesOf({ ...request, [field]: `${text}x` })])
      const chain = Array.from({ length: maxChainCalls }, (_, index) => String(index % 10)).join(' ')
      assert.equal(messageOf(bytesOf({ ...request, chain } as MessageHead))['chain'], chain)
      refusedFor(request.kind, 'chain', [...bytesOf({ ...request, chain: `${chain} x` } as MessageHead)])
    }
  })

  it('is refused where it confirms more than it may', () => {
    const ids = Array.from({ length: maxConfirmed }, () => id)
    assert.deepEqual(messageOf(bytesOf({ kind: 'confirm', ids })), { kind: 'confirm', ids })
    refusedFor('confirm', 'ids', [...bytesOf({ kind: 'confirm', ids: [...ids, id] })])
    refusedFor('confirm', 'ids', [8, ...varint(Number.MAX_SAFE_INTEGER), 1])
  })

  it('is refused with flags that its kind has not', () => {
    const known = { call: 127, get: 60, assign: 60, snapshot: 60, result: 1, error: 7, cancel: 3 }
    for (const [kind, flags] of Object.entries(known)) {
      const [first = 0, , ...rest] = bytesOf(messages.find((message) => message.kind === kind) ?? assert.fail())
      for (let bit = 1; bit <= 128; bit *= 2) if ((flags & bit) === 0) refusedFor(kind, 'flags', [first, bit, ...rest])
    }
  })

  it('is refused where it says two things of its delivery', () => refusedFor('error', 'delivery', [6, 3, 7]))

  it('is refused where something follows that is no body', () => {
    for (const message of messages.filter(({ kind }) => !bodied.includes(kind)))
      refused(bytesOf(message, [0]), new RegExp(`a '${message.kind}' message with more than its fields`))
  })

  it('is refused where it is of no known kind, or empty', () => {
    for (const bytes of [[], [0], [19], [0x7b, 0x22], [255]]) refused(Buffer.from(bytes), /no known kind/)
  })

  it('meets nothing but a ManagerError, whatever it is', () => {
    const nearly = fc
      .tuple(fc.constantFrom(...messages, ...full), fc.nat(), fc.integer({ min: 0, max: 255 }))
      .map(([message, at, byte]) => {
        const bytes = bytesOf(message, [1])
        bytes[at % bytes.byteLength] = byte
        return bytes
      })
    fc.assert(
      fc.property(fc.oneof(nearly, fc.uint8Array({ maxLength: 40 })), (bytes) => {
        try {
          readMessage(new Reader(bytes))
        } catch (error) {
          assert.ok(isManagerError(error, 'PROTOCOL'), String(error))
        }
      }),
      { seed: 1, numRuns: 5000 },
    )
  })
})

function bareOf({ kind }: MessageHead): MessageHead {
  return messages.find((message) => message.kind === kind) ?? assert.fail()
}

function refusedFor(kind: string, field: string, bytes: readonly number[]): void {
  refused(Buffer.from(bytes), new RegExp(`^the peer sent a '${kind}' message without a proper '${field}'$`))
}

/** What `message` matches in the error that bytes are refused with. */
function refused(bytes: Uint8Array, message: RegExp): RegExpExecArray {
  try {
    readMessage(new Reader(bytes))
  } catch (error) {
    assert.ok(isManagerError(error, 'PROTOCOL'), String(error))
    return message.exec(error.message) ?? assert.fail(error.message)
  }
  return assert.fail(`${bytes.toString()} was taken`)
}
