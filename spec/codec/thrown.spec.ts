import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { createCodec } from '../../lib/codec/codec.ts'
import { encodeThrown } from '../../lib/codec/thrown.ts'
import { isManagerError, ManagerError } from '../../lib/errors.ts'
import { CountingPort, decode, thenable } from './crossing.ts'
import { Writer } from '../../lib/wire/writer.ts'
import { assertSameGraph } from './same-graph.ts'

class Socket {
  readonly open = true
}

describe('encodeThrown', () => {
  it('keeps an error as it is where it can cross', () => {
    const error = Object.assign(new TypeError('bad', { cause: new Error('why') }), { code: 'E_BAD' })
    assertSameGraph(error, thrown(error))
  })

  it('keeps anything else that can be thrown and can cross', () => {
    for (const value of ['text', 5, undefined, null, { reason: new Date(0) }]) assertSameGraph(value, thrown(value))
  })

  it('keeps the code, the message and the other fields where one can not cross', () => {
    const error = Object.assign(new RangeError('bad'), { code: 'E_BAD', retry: () => 1, at: new Date(0) })
    const copy = thrown(error) as typeof error
    assert.ok(copy instanceof RangeError)
    assert.deepEqual([copy.message, copy.stack, copy.code, copy.at], ['bad', error.stack, 'E_BAD', new Date(0)])
    assert.match(String(copy.retry), /^\[error\.retry: a function/)
  })

  it('does so with fields that are not enumerable, and with a function that would make a promise of it', () => {
    const error = Object.defineProperties(new RangeError('bad'), {
      status: { value: 404 },
      held: { value: new Socket() },
    })
    const copy = thrown(
      Object.assign(
        error,
        thenable(() => 1),
      ),
    ) as typeof error & Record<string, unknown>
    assert.ok(copy instanceof RangeError)
    assert.equal(copy['status'], 404)
    assert.match(String(copy['held']), /^\[error\.held: an instance of Socket/)
    assert.match(String(copy['then']), /^\[error\.then: an object with a function named 'then'/)
  })

  it('does the same in causes and in the errors of an AggregateError, also round a cycle', () => {
    const cause = Object.assign(new Error('cause'), { socket: new Socket() })
    const error = new AggregateError([cause, () => 1], 'all', { cause })
    Object.assign(cause, { error })
    const copy = thrown(error) as AggregateError & { cause: typeof cause & { error: unknown } }
    assert.match(inspect(copy.cause.socket), /error\.socket: an instance of Socket can't cross/)
    assert.equal(copy.errors[0], copy.cause)
    assert.equal(copy.cause.error, copy)
    assert.match((copy.errors[1] as Error).message, /a function/)
  })

  it('keeps a ManagerError one', () => {
    const error = new ManagerError('TIMEOUT', 'late', { cause: { fn: () => 1 } })
    assert.ok(isManagerError(thrown(error), 'TIMEOUT'))
  })

  it('makes an error of what is none and can not cross', () => {
    for (const value of [() => 1, Symbol('s'), { deep: { fn: () => 1 } }]) {
      const copy = thrown(value)
      assert.ok(copy instanceof Error)
      assert.match(copy.message, /^A value was thrown that can't cross: error/)
    }
  })

  it('survives what throws when it is looked at', () => {
    const trap = () => {
      throw new Error('trapped')
    }
    const hostile = [
      new Proxy({}, { getPrototypeOf: trap }),
      new Proxy(new Error('e'), { get: trap, ownKeys: trap }),
      Object.defineProperty(new Error('e'), 'message', { get: trap }),
      Object.assign(new Error('e'), {
        inner: {
          get bad(): never {
            return trap()
          },
        },
      }),
    ]
    for (const value of hostile) assert.ok(thrown(value) instanceof Error)
  })

  it('survives a chain of causes longer than the stack', () => {
    const { stackTraceLimit } = Error
    // To write twenty thousand stacks takes seconds.
    Error.stackTraceLimit = 0
    try {
      let error = Object.assign(new Error('first'), { fn: () => 1 })
      for (let depth = 0; depth < 20_000; depth++)
        error = Object.assign(new Error('next', { cause: error }), { fn: () => 1 })
      assert.match((thrown(error) as Error).message, /next/)
    } finally {
      Error.stackTraceLimit = stackTraceLimit
    }
  })

  it('keeps fields that would hide a member at the other side, by another name', () => {
    const error = Object.assign(new RangeError('bad'), { code: 'E_BAD', toString: () => 'odd', valueOf: 7 })
    const copy = thrown(error) as RangeError & Record<string, unknown>
    assert.deepEqual([copy.name, copy.message, copy['code'], copy['own valueOf']], ['RangeError', 'bad', 'E_BAD', 7])
    assert.match(String(copy['own toString']), /^\[error.*: a function/)
    assert.equal(String(copy), 'RangeError: bad')
  })

  it('counts references once', () => {
    const proxy = new Socket()
    const port = new CountingPort(proxy)
    const error = Object.assign(new Error('e'), { proxy, fn: () => 1 })
    const { references } = encodeThrown(createCodec(), error, port, new Writer())
    assert.deepEqual([references.length, port.exported.length], [1, 1])
  })
})

function thrown(value: unknown): unknown {
  const writer = new Writer()
  const { attachments } = encodeThrown(createCodec(), value, new CountingPort(), writer)
  return decode(writer.written(0), attachments)
}
