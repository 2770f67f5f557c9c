import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { isManagerError } from '../../lib/errors.ts'
import { messageText, parseMessage } from '../../lib/wire/message.ts'
import { messages } from './messages.ts'

/** For each type a field can have: what it must not be taken for. */
const wrong: Readonly<Record<string, readonly unknown[]>> = {
  number: [undefined, null, '1', true, [1], {}, -1, 1.5, 2 ** 53, -0.5],
  string: [undefined, null, 1, true, ['a'], {}],
  // A list of ids.
  object: [undefined, null, 1, '1', {}, ['1'], [1, -1], [1.5]],
}

describe('a message', () => {
  it('of every kind passes the door, with and without a body', () => {
    for (const message of messages) {
      assert.equal(parseMessage(message), message)
      assert.doesNotThrow(() => parseMessage({ ...message, value: [1] }))
      assert.doesNotThrow(() => parseMessage({ ...message, graph: {} }))
    }
  })

  for (const message of messages) {
    for (const [field, proper] of Object.entries(message).filter(([name]) => name !== 'kind')) {
      it(`of the kind '${message.kind}' is refused without a proper '${field}'`, () => {
        for (const value of wrong[typeof proper] ?? assert.fail()) {
          assert.throws(() => parseMessage({ ...message, [field]: value }), {
            code: 'PROTOCOL',
            message: `the peer sent a '${message.kind}' message without a proper '${field}'`,
          })
        }
      })
    }
  }

  it('that is a request may say in which trace it is, at no great length', () => {
    const [traceparent, tracestate] = ['0'.repeat(128), 'a'.repeat(4096)]
    for (const request of messages.slice(0, 4)) {
      const traced = { ...request, traceparent, tracestate }
      assert.equal(parseMessage(traced), traced)
      for (const [field, longest] of Object.entries({ traceparent, tracestate }))
        for (const value of [`${longest}0`, null, 1, ['a'], {}])
          assert.throws(() => parseMessage({ ...traced, [field]: value }), {
            code: 'PROTOCOL',
            message: `the peer sent a '${request.kind}' message without a proper '${field}'`,
          })
    }
  })

  it('of no known kind is refused, also where the kind names what every object has', () => {
    for (const kind of ['', 'calls', 'constructor', '__proto__', 'toString', undefined, null, 1, ['call'], {}]) {
      assert.throws(() => parseMessage({ kind, id: 1, to: 1, method: 'a' }), { code: 'PROTOCOL' })
    }
  })

  it('is refused where it is no object', () => {
    for (const json of [null, undefined, true, 1, 'call', [], [{ kind: 'call' }]]) {
      assert.throws(() => parseMessage(json), { code: 'PROTOCOL', message: /no known kind/ })
    }
  })

  it('takes ids up to the largest exact integer', () => {
    assert.doesNotThrow(() => parseMessage({ kind: 'pin', to: Number.MAX_SAFE_INTEGER }))
  })

  it('meets nothing but a ManagerError at the door, whatever it is', () => {
    const kind = fc.constantFrom(...messages.map((message) => message.kind))
    const anyFields = fc.dictionary(fc.constantFrom('id', 'to', 'method', 'stream', 'value'), fc.jsonValue())
    const nearly = fc.tuple(kind, anyFields).map(([name, fields]) => ({ ...fields, kind: name }))
    fc.assert(
      fc.property(fc.oneof(nearly, fc.jsonValue(), fc.anything()), (json) => {
        try {
          parseMessage(json)
        } catch (error) {
          assert.ok(isManagerError(error, 'PROTOCOL'), String(error))
        }
      }),
      { seed: 1, numRuns: 2000 },
    )
  })
})

describe('the text of a message', () => {
  it('of every kind parses to the message', () => {
    for (const message of messages) assert.deepEqual(JSON.parse(messageText(message)), message)
  })

  it('takes the members of a body as they are written', () => {
    for (const message of messages) {
      const text = messageText(message, '"value":[1,{"a":2}]')
      assert.deepEqual(JSON.parse(text), { ...message, value: [1, { a: 2 }] })
    }
  })

  it('has the trace of a request in it', () => {
    for (const request of messages.slice(0, 4))
      for (const trace of [{ traceparent: '00-"-01' }, { traceparent: '00-a-b-01', tracestate: 'rojo="1"' }]) {
        const message = { ...request, timeoutMs: 5, ...trace }
        assert.deepEqual(JSON.parse(messageText(message as typeof request, '"value":[]')), { ...message, value: [] })
      }
  })

  it('keeps names of any characters', () => {
    const names = ['"', '\\', '\n', '\u2028', '\ud800', 'é', '😀', '__proto__', '","id":9,"x":"']
    for (const name of names) {
      const [call] = messages
      const parsed: unknown = JSON.parse(messageText({ ...(call ?? assert.fail()), kind: 'call', method: name }))
      assert.deepEqual(parsed, { ...call, method: name })
    }
  })
})
