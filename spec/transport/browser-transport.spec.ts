import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { WebSocket } from 'ws'
import { BrowserTransport, type BrowserWebSocket } from '../../lib/transport/browser-transport.ts'
import { listenAt } from '../../lib/transport/open.ts'
import type { Transport } from '../../lib/transport/transport.ts'
import { withLimits } from '../../lib/wire/limits.ts'
import { within } from '../harness/eventually.ts'
import { describeTransport } from './contract.ts'
import { Inbox } from './inbox.ts'
import { say } from './say.ts'

// `ws` has what browsers have; the specs of the whole client are in a browser.
describeTransport("a transport over a browser's WebSocket", open)
describeTransport("the other side of a browser's WebSocket", async () => {
  const [near, far] = await open()
  return [far, near]
})

describe("a transport over a browser's WebSocket", { timeout: 30_000 }, () => {
  it('counts what the browser has yet to send, and waits for it', async () => {
    const [near, far] = await open()
    for (const end of [near, far]) end.limit(withLimits({}))
    far.start(new Inbox())
    far.hold()
    near.start(new Inbox())
    for (let round = 0; round < 200; round++) say(near, '1', [new Uint8Array(65_536)])
    near.flush()
    assert.ok(near.queuedBytes > 1024 * 1024, `${near.queuedBytes} bytes wait`)
    let isDrained = false
    const drained = near.drained().then(() => (isDrained = true))
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(isDrained, false)
    const read = new Inbox()
    far.start(read)
    await within('all is sent', drained)
    await within('all is read', read.holds(200))
    near.destroy()
  })

  it('notices by what arrives that it is sent, where timers stand still as in the background', async ({ mock }) => {
    const [near, far] = await open()
    for (const end of [near, far]) end.limit(withLimits({}))
    const read = new Inbox()
    read.onMessage = () => say(far, '2')
    near.start(new Inbox())
    // Others still end theirs: a timer of `ws` that is not ended waits for half a minute.
    const still = setTimeout(() => undefined)
    clearTimeout(still)
    mock.method(globalThis, 'setTimeout', () => still)
    for (let round = 0; round < 200; round++) say(near, '1', [new Uint8Array(65_536)])
    near.flush()
    const seen = { isDrained: false }
    void near.drained().then(() => (seen.isDrained = true))
    far.start(read)
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
    for (const until = performance.now() + 10_000; !seen.isDrained && performance.now() < until;) await turn()
    assert.ok(seen.isDrained, 'it is noticed')
    near.destroy()
  })

  it('delivers nothing once it is destroyed, not even what has arrived', async () => {
    const [near, far] = await open()
    for (const end of [near, far]) end.limit(withLimits({}))
    const inbox = new Inbox()
    inbox.onMessage = () => near.destroy()
    near.start(inbox)
    for (const text of ['1', '2', '3']) say(far, text)
    await within('it ends', inbox.ended())
    assert.deepEqual([inbox.messages, inbox.ends], [[1], [undefined]])
    far.destroy()
  })

  it('is not waited for once it has ended', async () => {
    const [near, far] = await open()
    for (const end of [near, far]) end.limit(withLimits({}))
    const inbox = new Inbox()
    near.start(inbox)
    for (let round = 0; round < 200; round++) say(near, '1', [new Uint8Array(65_536)])
    near.flush()
    const drained = near.drained()
    near.destroy()
    await within('it is over', Promise.all([drained, inbox.ended()]))
    far.destroy()
  })
})

async function open(): Promise<[near: Transport, far: Transport]> {
  let accept = (_transport: Transport): void => undefined
  const accepted = new Promise<Transport>((resolve) => (accept = resolve))
  const listener = await listenAt('ws://127.0.0.1:0', (transport) => accept(transport), {})
  const webSocket = new WebSocket(`${listener.address}/`, 'referent-unbound')
  let near: Transport | undefined
  webSocket.addEventListener(
    'open',
    () => (near = new BrowserTransport(webSocket as unknown as BrowserWebSocket, listener.address)),
  )
  await once(webSocket, 'open')
  const far = await accepted
  await listener.close()
  return [near ?? assert.fail(), far]
}
