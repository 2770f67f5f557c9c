import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { describe, it } from 'node:test'
import { isManagerError } from '../../lib/errors.ts'
import type { IncomingCall } from '../../lib/session/incoming-call.ts'
import { tag } from '../../lib/wire/tags.ts'
import { bodyOf } from '../codec/crossing.ts'
import { type Fields, unknownInstance } from '../harness/message.ts'
import {
  argumentsOf,
  keepProcessAlive,
  Latch,
  openAgainstScript,
  openers,
  openSides,
  refuse,
  settled,
  target,
} from './sessions.ts'
import { connectPair } from '../transport/sockets.ts'

for (const [name, open] of Object.entries(openers)) {
  describe(`a session over ${name}`, { timeout: 10_000 }, () => {
    keepProcessAlive()

    it('carries requests of every kind to the peer, and its results back', async () => {
      const { near } = await openSides(open, (call) => {
        const { kind, id, to, ...fields } = call.request
        const member = 'method' in fields ? fields.method : 'property' in fields ? fields.property : undefined
        return [kind, id, to, member, call.body()]
      })
      const { session } = near
      const answers = await Promise.all([
        session.request({ kind: 'call', to: target, method: 'add', args: [1, 2] }),
        session.request({ kind: 'get', to: target, property: 'count' }),
        session.request({ kind: 'assign', to: target, properties: { count: 5 } }),
        session.request({ kind: 'snapshot', to: target }),
      ])
      assert.deepEqual(answers, [
        ['call', 1, 3, 'add', [1, 2]],
        ['get', 2, 3, 'count', undefined],
        ['assign', 3, 3, undefined, { count: 5 }],
        ['snapshot', 4, 3, undefined, undefined],
      ])
      session.close()
    })

    it('keeps values as they are, those that need byte arrays too', async () => {
      const { near } = await openSides(open, (call) => argumentsOf(call)[0])
      const values = [undefined, null, -0, 10n, new Date(0), new Map([[1, new Set(['a'])]]), Uint8Array.of(1, 2)]
      for (const value of values) assert.deepEqual(await near.call('echo', [value]), value)
      near.session.close()
    })

    it('rejects with what the peer throws, at once or later', async () => {
      const thrown = [new TypeError('spec', { cause: new RangeError('why') }), 'a text', undefined]
      const fail = (call: IncomingCall): never => {
        throw thrown[Number(argumentsOf(call)[0])] as Error
      }
      const { near } = await openSides(open, (call) =>
        call.request.kind === 'call' && call.request.method === 'later'
          ? Promise.resolve().then(() => fail(call))
          : fail(call),
      )
      for (const method of ['now', 'later']) {
        const [error, text, nothing] = await Promise.allSettled([0, 1, 2].map((index) => near.call(method, [index])))
        assert.ok(error?.status === 'rejected' && error.reason instanceof TypeError)
        assert.ok(error.reason.message === 'spec' && error.reason.cause instanceof RangeError)
        assert.deepEqual(text, { status: 'rejected', reason: 'a text' })
        assert.deepEqual(nothing, { status: 'rejected', reason: undefined })
      }
      near.session.close()
    })

    it('gives each of many concurrent calls its own answer, whatever the order of the answers', async () => {
      const latches = Array.from({ length: 50 }, () => new Latch<string>())
      const { near } = await openSides(open, (call) => latches[Number(argumentsOf(call)[0])]?.opened)
      const calls = latches.map((_, index) => near.call('wait', [index]))
      await settled()
      for (const [index, latch] of [...latches.entries()].toReversed()) {
        latch.open(`answer ${index}`)
        if (index % 7 === 0) await settled()
      }
      assert.deepEqual(
        await Promise.all(calls),
        latches.map((_, index) => `answer ${index}`),
      )
      near.session.close()
    })

    it('starts calls in the order in which they were made', async () => {
      const started: unknown[] = []
      const { near } = await openSides(open, (call) => void started.push(argumentsOf(call)[0]))
      const numbers = Array.from({ length: 100 }, (_, index) => index)
      await Promise.all(numbers.map((number) => near.call('note', number % 10 === 0 ? [number, 1n] : [number])))
      assert.deepEqual(started, numbers)
      near.session.close()
    })

    it('tells the peer that a call took too long, and says so', async () => {
      const { near, aborted, running } = await openWaiting()
      await assert.rejects(near.call('wait', [], { timeoutMs: 10 }), {
        code: 'TIMEOUT',
        delivery: 'unknown',
        message: /wait.*10 ms/,
      })
      assert.equal(await aborted.opened, 'TIMEOUT')
      assert.equal(running[0]?.isCancelled, true)
      assert.equal(near.session.isWaiting, false)
      near.session.close()
    })

    it('tells the peer that a call was aborted, and says why', async () => {
      const { near, aborted } = await openWaiting()
      const controller = new AbortController()
      const cause = new Error('spec')
      const call = assert.rejects(near.call('wait', [], { signal: controller.signal }), {
        code: 'ABORTED',
        delivery: 'unknown',
        cause,
      })
      await settled()
      controller.abort(cause)
      await call
      assert.equal(await aborted.opened, 'ABORTED')
      assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
      near.session.close()
    })

    it('rejects all calls without an answer when it ends, and aborts them at the peer', async () => {
      const { near, far, aborted, running } = await openWaiting()
      const calls = Promise.allSettled([near.call('wait'), near.call('wait')])
      await settled()
      assert.equal(running.length, 2)
      far.session.close()
      for (const outcome of await calls) {
        assert.ok(outcome.status === 'rejected')
        const { code, delivery, message } = outcome.reason as Record<string, unknown>
        assert.deepEqual([code, delivery], ['SESSION_LOST', 'unknown'])
        assert.match(String(message), /wait/)
      }
      assert.equal(await aborted.opened, 'SESSION_LOST')
      await settled()
      assert.deepEqual([near.ends.length, far.ends.length], [1, 1])
      assert.equal(near.session.end, near.ends[0])
      await assert.rejects(near.call('wait'), { code: 'SESSION_LOST', delivery: 'not-sent' })
      near.session.send({ kind: 'pin', to: target })
    })

    it('ends with the reason that it was given', async () => {
      const { near, far } = await openSides(open, () => new Promise(() => undefined))
      const cause = new Error('spec')
      const call = near.call('wait')
      near.session.destroy(cause)
      await assert.rejects(call, (error: Error) => error.cause instanceof Error && error.cause.cause === cause)
      await settled()
      assert.equal(far.ends.length, 1)
    })

    async function openWaiting() {
      const running: IncomingCall[] = []
      const aborted = new Latch<string>()
      const sides = await openSides(open, (call) => {
        running.push(call)
        return new Promise((resolve) => {
          call.signal.addEventListener('abort', () => {
            aborted.open((call.signal.reason as { code: string }).code)
            resolve('too late')
          })
        })
      })
      return { ...sides, running, aborted }
    }
  })
}

describe('a request', { timeout: 10_000 }, () => {
  keepProcessAlive()

  it('that is made after this side has closed never leaves', async () => {
    const { near } = await openSides(connectPair, () => 'fine')
    near.session.close()
    await assert.rejects(near.call('late'), { code: 'SESSION_LOST', delivery: 'not-sent' })
  })

  it('that is aborted before it is made never leaves', async () => {
    const { near, inbox } = openAgainstScript()
    const cause = new Error('spec')
    await assert.rejects(near.call('wait', [], { signal: AbortSignal.abort(cause) }), {
      code: 'ABORTED',
      delivery: 'not-sent',
      cause,
    })
    await settled()
    assert.deepEqual(inbox.messages, [])
  })

  it('whose arguments cannot cross never leaves, and names the part', async () => {
    const { near, inbox } = openAgainstScript()
    await assert.rejects(near.call('add', [1, { fn: refuse }]), { code: 'UNSERIALIZABLE', message: /argument 1\.fn/ })
    await settled()
    assert.deepEqual(inbox.messages, [])
    assert.equal(near.session.isWaiting, false)
  })

  it('rejects for its time also where the peer is the first to see that it is up', async () => {
    const { near, far, inbox } = openAgainstScript()
    const request = { kind: 'call', to: target, method: 'add', args: [], awaited: true } as const
    const rejects = assert.rejects(near.session.request(request, { timeoutMs: 600_000 }), {
      code: 'TIMEOUT',
      message: "'add' gave no answer within 600000 ms",
      delivery: 'done',
    })
    await inbox.holds(1)
    far.send({ kind: 'error', id: 1, ended: true, value: 'what a function of Node threw' })
    await rejects
    near.session.close()
  })

  it('leaves no watch over its options behind', async () => {
    const { near, far, inbox } = openAgainstScript()
    const { signal } = new AbortController()
    const call = near.call('add', [], { signal, timeoutMs: 600_000 })
    assert.equal(getEventListeners(signal, 'abort').length, 1)
    await inbox.holds(1)
    far.send({ kind: 'result', id: 1, value: 5 })
    assert.equal(await call, 5)
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  })

  it('whose answer cannot be decoded rejects, and no other does', async () => {
    const { near, far, inbox } = openAgainstScript()
    const bodies = [bodyOf(0xff), unknownInstance, bodyOf(tag.pointer, 1)]
    const calls = ['result', 'error'].flatMap((kind) => bodies.map((body) => ({ kind, body })))
    const outcomes = Promise.allSettled([...calls.map(() => near.call('add')), near.call('last')])
    await inbox.holds(calls.length + 1)
    for (const [index, call] of calls.entries()) far.send({ ...call, id: index + 1 })
    far.send({ kind: 'result', id: calls.length + 1, value: 'fine' })
    const codes = (await outcomes).map((outcome) =>
      outcome.status === 'rejected' ? (outcome.reason as { code: string }).code : outcome.value,
    )
    const refusals = ['PROTOCOL', 'UNSERIALIZABLE', 'PROTOCOL']
    assert.deepEqual(codes, [...refusals, ...refusals, 'fine'])
    near.session.close()
  })
})

describe('what a peer sends', { timeout: 10_000 }, () => {
  keepProcessAlive()

  it('is an answer that nobody waits for: it is dropped, also where it cannot be decoded', async () => {
    const { near, far, inbox } = openAgainstScript()
    const controller = new AbortController()
    const aborted = assert.rejects(near.call('slow', [], { signal: controller.signal }), { code: 'ABORTED' })
    controller.abort()
    await aborted
    await inbox.holds(2)
    assert.deepEqual(inbox.messages[1], { kind: 'cancel', id: 1 })
    for (const answer of [{ value: 5 }, { body: unknownInstance }, { body: bodyOf(0xff) }])
      for (const kind of ['result', 'error']) far.send({ kind, id: 1, ...answer })
    far.send({ kind: 'result', id: 77, value: 5 })
    const next = near.call('next')
    await inbox.holds(3)
    far.send({ kind: 'result', id: 2, value: 'fine' })
    assert.equal(await next, 'fine')
  })

  it('is a request whose body cannot be decoded: it is answered with the reason', async () => {
    const { far, inbox } = openAgainstScript((call) => argumentsOf(call).length)
    far.send({ kind: 'call', id: 1, to: 3, method: 'count', body: bodyOf(0xff) })
    far.send({ kind: 'call', id: 2, to: 3, method: 'count', value: [1, 2] })
    await inbox.holds(2)
    const { value, ...refusal } = inbox.messages[0] as Fields
    assert.deepEqual(refusal, { kind: 'error', id: 1 })
    assert.ok(isManagerError(value, 'PROTOCOL'))
    assert.deepEqual(inbox.messages[1], { kind: 'result', id: 2, value: 2 })
  })

  it('is a cancellation of what it never asked for: nothing happens', async () => {
    const { far, inbox } = openAgainstScript(() => 'fine')
    far.send({ kind: 'cancel', id: 1 })
    far.send({ kind: 'call', id: 1, to: 3, method: 'count', value: [] })
    await inbox.holds(1)
    assert.deepEqual(inbox.messages, [{ kind: 'result', id: 1, value: 'fine' }])
  })

  it('is no message: the session ends and says so', async () => {
    for (const bytes of [[], [99], [1, 0x80]]) {
      const { near, far, inbox } = openAgainstScript()
      const call = near.call('wait')
      far.sendBytes(...bytes)
      await assert.rejects(call, (error: Error) => {
        assert.match(String((error.cause as Error).cause), /ManagerError: the peer sent a/)
        return 'code' in error && error.code === 'SESSION_LOST'
      })
      await inbox.ended()
    }
  })
})
