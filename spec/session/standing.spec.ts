import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { block } from '../harness/block.ts'
import { Referring } from '../harness/message.ts'
import type { Inbox } from '../transport/inbox.ts'
import { ForwardingTransport } from '../transport/forwarding-transport.ts'
import { connectPair } from '../transport/sockets.ts'
import { type Dispatch, keepProcessAlive, openAgainstScript, refuse, type Script, settled, Side } from './sessions.ts'

/** 200 ms after its last proof, the near side no longer knows whether its peer has given it up. */
const peer = { intervalMs: 300, missed: 1 }

describe('a session whose peer may have given it up', { timeout: 10_000 }, () => {
  keepProcessAlive()

  it('delivers what is handed over when the peer has answered a ping, and confirms it then', async () => {
    const { call, far, inbox } = await openDoubtful()
    far.send({ kind: 'result', id: 1, confirm: true, value: 'item' })
    await settled()
    assert.deepEqual([call.outcome, ...inbox.messages.slice(1)], ['none', { kind: 'ping' }])
    far.send({ kind: 'pong' })
    await settled()
    assert.deepEqual([call.outcome, inbox.messages.at(-1)], ['item', { kind: 'confirm', ids: [1] }])
  })

  it('delivers nothing that is handed over where the session ends before', async () => {
    const { call, far } = await openDoubtful()
    far.send({ kind: 'result', id: 1, confirm: true, value: 'item' })
    await settled()
    far.destroy()
    await settled()
    assert.equal(call.outcome, 'SESSION_LOST')
  })

  it('takes no pong for a proof that nobody asked for, or that comes too late', async () => {
    const { call, far, inbox } = await openDoubtful()
    far.send({ kind: 'pong' })
    far.send({ kind: 'result', id: 1, confirm: true, value: 'item' })
    await settled()
    block(peer.intervalMs)
    far.send({ kind: 'pong' })
    await settled()
    assert.deepEqual([call.outcome, inbox.messages.slice(1)], ['none', [{ kind: 'ping' }, { kind: 'ping' }]])
    far.send({ kind: 'pong' })
    await settled()
    assert.equal(call.outcome, 'item')
  })

  it('delivers at once what hands nothing over', async () => {
    const { call, far, inbox } = await openDoubtful()
    far.send({ kind: 'result', id: 1, value: 'item' })
    await settled()
    assert.deepEqual([call.outcome, inbox.messages.length], ['item', 1])
  })

  it('gives back what is handed over when its caller gives up meanwhile', async () => {
    const aborted = new AbortController()
    const { call, far, inbox } = await openDoubtful(aborted.signal)
    far.send({ kind: 'result', id: 1, confirm: true, value: 'item' })
    await settled()
    aborted.abort()
    far.send({ kind: 'pong' })
    await settled()
    assert.deepEqual([call.outcome, inbox.messages.at(-1)], ['ABORTED', { kind: 'cancel', id: 1 }])
  })

  it('keeps one answer of each call, whatever the peer sends', async () => {
    const { call, far, inbox } = await openDoubtful()
    const value = new Referring({ kind: 'token', id: 1 })
    far.send({ kind: 'result', id: 1, confirm: true, value: 'item' })
    for (const id of [1, 1, 2]) far.send({ kind: 'result', id, confirm: true, value })
    await settled()
    const release = { kind: 'release', to: 1, count: 1 }
    assert.deepEqual(inbox.messages.slice(1), [release, release, release, { kind: 'ping' }])
    far.send({ kind: 'pong' })
    await settled()
    assert.equal(call.outcome, 'item')
  })

  it('runs no function before the peer has answered a ping, and none whose call was cancelled meanwhile', async () => {
    const ran: unknown[] = []
    const { far, inbox } = await openDoubtful(undefined, ({ request }) => {
      ran.push(request.kind === 'call' ? request.method : request.kind)
      return request.id
    })
    far.send({ kind: 'call', id: 1, to: 3, method: '', value: [] })
    far.send({ kind: 'call', id: 2, to: 3, method: '', value: [] })
    far.send({ kind: 'call', id: 3, to: 3, method: 'other', value: [] })
    far.send({ kind: 'cancel', id: 2 })
    await settled()
    assert.deepEqual(ran, ['other'])
    far.send({ kind: 'pong' })
    await settled()
    assert.deepEqual(ran, ['other', ''])
    assert.deepEqual(inbox.messages.at(-1), { kind: 'result', id: 1, value: 1 })
  })

  it('runs no function where the session ends before', async () => {
    const ran: unknown[] = []
    const { far, near } = await openDoubtful(undefined, (call) => ran.push(call))
    far.send({ kind: 'call', id: 1, to: 3, method: '', value: [] })
    await settled()
    far.destroy()
    await settled()
    await near.session.idle()
    assert.deepEqual(ran, [])
  })
})

describe('a session that is handed something', { timeout: 10_000 }, () => {
  keepProcessAlive()

  it('has confirmed that before its caller goes on, and may be stopped', async () => {
    const events: string[] = []
    class Watched extends ForwardingTransport {
      override flush(): void {
        super.flush()
        events.push('confirmed')
      }
    }
    const [left, right] = await connectPair()
    const near = new Side(new Watched(left), refuse)
    const far = new Side(right, (call) => {
      call.delivered.then(
        (isDelivered) => events.push(`delivered: ${isDelivered}`),
        (error: Error) => events.push(error.message),
      )
      return 'item'
    })
    await near.call('get').then(() => events.push('goes on'))
    await settled()
    assert.deepEqual(events, ['confirmed', 'goes on', 'delivered: true'])
    near.session.close()
    far.session.close()
  })
})

interface Doubtful {
  readonly near: Side
  readonly far: Script
  readonly inbox: Inbox
  /** What has come of a call of the near side: its result, or the code of its error. */
  readonly call: { outcome: unknown }
}

/** A near side that has made one call, and has been blocked since for longer than its peer waits. */
async function openDoubtful(signal?: AbortSignal, dispatch?: Dispatch): Promise<Doubtful> {
  const sides = openAgainstScript(dispatch, { heartbeat: { intervalMs: 0 } }, peer)
  const call: { outcome: unknown } = { outcome: 'none' }
  const options = signal === undefined ? {} : { signal }
  sides.near.call('get', [], options).then(
    (result) => (call.outcome = result),
    (error: object) => (call.outcome = Reflect.get(error, 'code') as unknown),
  )
  await sides.inbox.holds(1)
  block(peer.intervalMs)
  return { ...sides, call }
}
