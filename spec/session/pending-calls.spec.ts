import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { ManagerError } from '../../lib/errors.ts'
import { type PendingCall, PendingCalls } from '../../lib/session/pending-calls.ts'
import type { CallId } from '../../lib/wire/message.ts'
import { keptBytes } from '../harness/garbage.ts'

/** Makes so many requests, gives up an id, ends the one that was made so long ago, or all but so many. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('make' as const), count: fc.integer({ min: 1, max: 200 }) }),
  fc.record({ kind: fc.constant('skip' as const), count: fc.integer({ min: 1, max: 200 }) }),
  fc.record({ kind: fc.constant('take' as const), count: fc.nat({ max: 600 }) }),
  fc.record({ kind: fc.constant('leave' as const), count: fc.nat({ max: 20 }) }),
)

describe('the calls that wait for an answer', () => {
  it('are those that were made and not taken, in any order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const calls = new PendingCalls()
        const expected = new Map<number, PendingCall>()
        let lastId = 0
        const take = (id: number): void => {
          assert.equal(calls.take(id as CallId), expected.get(id))
          expected.delete(id)
          assert.equal(calls.take(id as CallId), undefined)
        }
        for (const { kind, count } of steps) {
          if (kind === 'make')
            for (let each = 0; each < count; each++) {
              lastId = calls.nextId()
              expected.set(lastId, add(calls, lastId))
            }
          else if (kind === 'skip') for (let each = 0; each < count; each++) lastId = calls.nextId()
          else if (kind === 'take') take(lastId - count)
          else for (const id of [...expected.keys()].slice(count)) take(id)
          assert.equal(calls.size, expected.size)
          for (let id = lastId - 3000; id < lastId + 3000; id++) assert.equal(calls.get(id as CallId), expected.get(id))
        }
      }),
    )
  })

  it('are rejected in the order in which they were made, also those that wait for long', () => {
    const calls = new PendingCalls()
    const rejected: unknown[] = []
    for (let made = 0; made < 2000; made++) {
      const id = calls.nextId()
      add(calls, id, (error) => rejected.push(error))
      if (id % 100 !== 0) calls.take(id)
    }
    let errors = 0
    calls.rejectAll(() => new ManagerError('SESSION_LOST', `${++errors}`))
    assert.deepEqual(
      rejected.map((error) => (error as Error).message),
      Array.from({ length: 20 }, (_, index) => `${index + 1}`),
    )
    assert.equal(calls.size, 0)
  })

  it('take no memory for those that were made while one waited', () => {
    const calls = new PendingCalls()
    const first = add(calls, calls.nextId())
    const before = keptBytes()
    for (let made = 0; made < 300_000; made++) {
      const id = calls.nextId()
      add(calls, id)
      calls.take(id)
    }
    const grownBytes = keptBytes() - before
    assert.ok(grownBytes < 1_000_000, `${grownBytes} bytes`)
    assert.equal(calls.take(first.id), first)
  })

  it('take no memory once they are settled', () => {
    const calls = new PendingCalls()
    const before = keptBytes()
    for (let made = 0; made < 200_000; made++) add(calls, calls.nextId())
    for (let id = 1; id <= 200_000; id++) calls.take(id as CallId)
    const grownBytes = keptBytes() - before
    assert.ok(grownBytes < 1_000_000, `${grownBytes} bytes`)
    assert.equal(calls.size, 0)
  })
})

function add(calls: PendingCalls, id: number, reject: (error: unknown) => void = () => undefined): PendingCall {
  const call: PendingCall = {
    id: id as CallId,
    resolve: () => undefined,
    reject,
    what: 'a call',
    interruption: 0,
    timeoutMs: 0,
  }
  calls.add(call)
  return call
}
