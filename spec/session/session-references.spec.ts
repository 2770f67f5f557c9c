import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ManagerErrorCode } from '../../lib/errors.ts'
import { tag } from '../../lib/wire/tags.ts'
import { bodyOf } from '../codec/crossing.ts'
import { Referring, unknownInstance, withReferences } from '../harness/message.ts'
import { ForwardingTransport } from '../transport/forwarding-transport.ts'
import { Token } from './ledger.ts'
import {
  argumentsOf,
  keepProcessAlive,
  Latch,
  type Open,
  openAgainstScript,
  openers,
  openSides,
  settled,
} from './sessions.ts'
import { connectPair } from '../transport/sockets.ts'

const maxFrameBytes = 8192
const tooLong = 'x'.repeat(maxFrameBytes)
const reference = { kind: 'token', id: 1 }

describe('references', { timeout: 10_000 }, () => {
  keepProcessAlive()

  for (const [name, open] of Object.entries(openers)) {
    it(`are counted once for each object and message, over ${name}`, async () => {
      const token = new Token()
      const { near, far } = await openSides(open, (call) => [...argumentsOf(call), token, token, new Token()])
      const result = await near.call('tokens', [new Token(), { token: new Token() }])
      assert.equal(near.references.given, 2)
      assert.equal(far.references.given, near.references.received)
      assert.ok(Array.isArray(result))
      assert.equal(result.at(-2), result.at(-3))
      near.session.close()
    })
  }

  it('in an answer to a call that was cancelled are not counted at all, as none is sent', async () => {
    const answers = [new Latch<Token>(), new Latch<Token>()]
    const { near, far, inbox } = openAgainstScript((call) => answers[call.requestId - 1]?.opened)
    for (const id of [1, 2]) far.send({ kind: 'call', id, to: 3, method: 'token', value: [] })
    far.send({ kind: 'cancel', id: 1 })
    await settled()
    for (const answer of answers) answer.open(new Token())
    await settled()
    assert.deepEqual([inbox.messages.length, near.references.given], [1, 1])
    near.session.close()
  })

  it('in an answer that comes too late are given back', async () => {
    const { near, far, inbox } = openAgainstScript()
    const controller = new AbortController()
    const call = assert.rejects(near.call('token', [], { signal: controller.signal }), { code: 'ABORTED' })
    controller.abort()
    await call
    for (const kind of ['result', 'error']) far.send({ kind, id: 1, value: new Referring(reference) })
    await inbox.holds(4)
    const release = { kind: 'release', to: 1, count: 1 }
    assert.deepEqual(inbox.messages.slice(2), [release, release])
    assert.equal(near.references.received, 0)
  })

  it('in an item that comes too late are given back', async () => {
    const { far, inbox } = openAgainstScript()
    for (const kind of ['item', 'end', 'fail']) far.send({ kind, stream: 9, value: new Referring(reference) })
    await inbox.holds(3)
    assert.deepEqual(new Set(inbox.messages.map((message) => JSON.stringify(message))).size, 1)
  })

  it('in an answer that cannot be decoded are received all the same', async () => {
    const { near, far, inbox } = openAgainstScript()
    const call = near.call('token')
    await inbox.holds(1)
    const body = bodyOf(tag.array, { varint: 2 }, unknownInstance, tag.reference)
    far.send({ kind: 'result', id: 1, body: withReferences(body, [reference]) })
    await assert.rejects(call, { code: 'UNSERIALIZABLE' })
    assert.equal(near.references.received, 1)
  })

  it('in a request that is refused unread are given back', async () => {
    const { near, far } = await openSides(connectPair, () => Promise.resolve('unread'))
    await assert.rejects(far.call('refused', [new Token()]), /serves nothing/)
    assert.equal(far.references.given, 0)
    near.session.close()
  })

  it('are all received, also beside one that leads nowhere', async () => {
    const { near, far, inbox } = openAgainstScript()
    const call = near.call('token')
    await inbox.holds(1)
    far.send({ kind: 'result', id: 1, value: [new Referring({ kind: 'nowhere' }), new Referring(reference)] })
    await assert.rejects(call, /leads nowhere/)
    assert.equal(near.references.received, 1)
  })

  it('that a peer pins or releases, its role is told of', async () => {
    const { near, far } = openAgainstScript(() => new Token())
    near.references.given = 5
    far.send({ kind: 'pin', to: 1 })
    far.send({ kind: 'release', to: 1, count: 3 })
    await settled()
    assert.deepEqual([near.references.pins, near.references.given], [[1], 2])
  })
})

describe('a message that is longer than the longest frame', { timeout: 10_000 }, () => {
  keepProcessAlive()

  it('is refused at its sender as a request, which takes back its references', async () => {
    const { near } = await openSides(connectPair, () => 'fine', { maxFrameBytes })
    await assert.rejects(near.call('take', [new Token(), tooLong]), { code: 'FRAME_TOO_LARGE' })
    await assert.rejects(near.call(tooLong), { code: 'FRAME_TOO_LARGE' })
    await assert.rejects(near.call('take', [new Token(), new Uint8Array(maxFrameBytes)]), { code: 'FRAME_TOO_LARGE' })
    assert.equal(near.references.given, 0)
    assert.equal(near.session.isWaiting, false)
    assert.equal(await near.call('take', [new Token()]), 'fine')
    near.session.close()
  })

  it('rejects the call that it should have answered, and no other', async () => {
    const { near, far } = await openSides(
      connectPair,
      (call) => (argumentsOf(call)[0] === true ? [new Token(), tooLong] : 'fine'),
      { maxFrameBytes },
    )
    const outcomes = await Promise.allSettled([near.call('answer', [true]), near.call('answer', [false])])
    assert.deepEqual(outcomes.map(codeOrValue), ['FRAME_TOO_LARGE', 'fine'])
    assert.equal(far.references.given, 0)
    assert.equal(await near.call('answer', [false]), 'fine')
    near.session.close()
  })

  it('may be an error: the call rejects with that it is too long', async () => {
    const { near } = await openSides(
      connectPair,
      async () => {
        throw new Error(tooLong)
      },
      { maxFrameBytes },
    )
    await assert.rejects(near.call('fail'), { code: 'FRAME_TOO_LARGE' })
    near.session.close()
  })

  it('withdraws the streams in it, which never start', async () => {
    let isStarted = false
    async function* stream(): AsyncGenerator<number> {
      isStarted = true
      yield 1
    }
    const { near } = await openSides(connectPair, () => [stream(), tooLong], { maxFrameBytes })
    await assert.rejects(near.call('stream'), { code: 'FRAME_TOO_LARGE' })
    await settled()
    assert.equal(isStarted, false)
    near.session.close()
  })
})

describe('a session keeps the process alive', { timeout: 10_000 }, () => {
  keepProcessAlive()

  it('while a call waits for its answer, and no longer, whatever ends the wait', async () => {
    const watched = await openWatched()
    const { near, transport } = watched
    assert.equal(transport.isReferenced, false)
    const waits: [method: string, timeoutMs: number, code: ManagerErrorCode | 'fine'][] = [
      ['answer', 0, 'fine'],
      ['fail', 0, 'NOT_EXPOSED'],
      ['never', 5, 'TIMEOUT'],
    ]
    for (const [method, timeoutMs, code] of waits) {
      const call = Promise.allSettled([near.call(method, [], { timeoutMs })])
      assert.equal(transport.isReferenced, true, method)
      assert.deepEqual((await call).map(codeOrValue), [code])
      assert.equal(transport.isReferenced, false, method)
    }
    near.session.close()
  })

  it('while any of several calls waits', async () => {
    const { near, transport, latch } = await openWatched()
    const slow = near.call('slow')
    await Promise.all([near.call('answer'), near.call('answer')])
    assert.deepEqual([transport.isReferenced, near.session.isWaiting], [true, true])
    latch.open()
    await slow
    assert.deepEqual([transport.isReferenced, near.session.isWaiting], [false, false])
    near.session.close()
  })

  it('while the next item of a stream is awaited', async () => {
    const { near, transport, latch } = await openWatched()
    const stream = await near.stream()
    assert.equal(transport.isReferenced, false)
    const first = stream.next()
    assert.equal(transport.isReferenced, true)
    latch.open()
    await first
    assert.equal(transport.isReferenced, false)
    const stopped = stream.return(undefined)
    assert.equal(transport.isReferenced, true)
    await stopped
    assert.equal(transport.isReferenced, false)
    near.session.close()
  })

  async function openWatched() {
    const latch = new Latch()
    let transport: WatchedTransport | undefined
    const open: Open = async () => {
      const [near, far] = await connectPair()
      transport = new WatchedTransport(near)
      return [transport, far]
    }
    const sides = await openSides(open, ({ request }) => {
      switch (request.kind === 'call' ? request.method : '') {
        case 'answer':
          return 'fine'
        case 'slow':
          return latch.opened.then(() => 'slow')
        case 'stream':
          return delayed(latch.opened)
        case 'never':
          return new Promise(() => undefined)
        default:
          return Promise.reject(Object.assign(new Error('spec'), { code: 'NOT_EXPOSED' }))
      }
    })
    return { ...sides, transport: transport ?? assert.fail(), latch }
  }
})

async function* delayed(start: Promise<void>): AsyncGenerator<number> {
  await start
  for (let number = 0; ; number++) yield number
}

class WatchedTransport extends ForwardingTransport {
  isReferenced = true

  override ref(): void {
    this.isReferenced = true
    super.ref()
  }

  override unref(): void {
    this.isReferenced = false
    super.unref()
  }
}

function codeOrValue(outcome: PromiseSettledResult<unknown>): unknown {
  return outcome.status === 'fulfilled' ? outcome.value : (outcome.reason as { readonly code: unknown }).code
}
