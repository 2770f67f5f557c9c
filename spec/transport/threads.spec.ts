import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MessageChannel, threadId } from 'node:worker_threads'
import type { Transport } from '../../lib/transport/transport.ts'
import { PortStream } from '../../lib/transport/port-stream.ts'
import { connectThread, freshThreadAddress, listenThread } from '../../lib/transport/threads.ts'
import { withLimits } from '../../lib/wire/limits.ts'
import { eventually, within } from '../harness/eventually.ts'
import { describeTransport } from './contract.ts'
import { Inbox } from './inbox.ts'
import { say } from './say.ts'

describeTransport('a transport between threads', openPair)

describe('a connection between threads', { timeout: 30_000 }, () => {
  it('counts what the other end has not read, and drains when it has', async () => {
    const [near, far] = await openPair()
    for (const end of [near, far]) end.limit(withLimits({}))
    near.start(new Inbox())
    const bytes = new Uint8Array(1_000_000)
    for (let count = 0; count < 10; count++) {
      say(near, '1', [bytes])
      near.flush()
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.ok(near.queuedBytes >= 8_000_000, `${near.queuedBytes}`)
    const inbox = new Inbox()
    far.start(inbox)
    await within('all is read', inbox.holds(10))
    await within('it drains', near.drained())
    await eventually('nothing is queued', () => near.queuedBytes === 0 || undefined)
    near.close()
    await within('the end', inbox.ended())
  })

  it('has nothing queued that was read by the time that the answer comes', async () => {
    const { port1, port2 } = new MessageChannel()
    const [near, far] = [new PortStream(port1), new PortStream(port2)]
    far.on('data', () => far.write('answer'))
    const answered = new Promise<number>((resolve) => near.on('data', () => resolve(near.writableLength)))
    near.write(new Uint8Array(1_000_000))
    const queued = await within('the answer', answered)
    near.destroy()
    assert.equal(queued, 0)
  })

  it('ends by what is no bytes', async () => {
    const { port1, port2 } = new MessageChannel()
    const stream = new PortStream(port1)
    const failed = new Promise<Error>((resolve) => stream.once('error', resolve))
    port2.postMessage({ not: 'bytes' })
    assert.match((await within('the end', failed)).message, /sent what is no bytes/)
  })

  it('is refused where nobody serves: in this thread, in another, in none', async () => {
    const closed = freshThreadAddress()
    await (await listenThread(closed, () => undefined)).close()
    const name = closed.slice(closed.indexOf('-'))
    for (const thread of [threadId, 0, 999_999])
      await assert.rejects(connectThread(`thread:${thread}${name}`), {
        code: 'CONNECT_FAILED',
        message: /nothing answers at thread:\d+-[\da-f]+: only threads of the process/,
      })
  })
})

async function openPair(): Promise<[Transport, Transport]> {
  const address = freshThreadAddress()
  let accept: (transport: Transport) => void = () => undefined
  const accepted = new Promise<Transport>((resolve) => (accept = resolve))
  const listener = await listenThread(address, accept)
  const near = await connectThread(address)
  await listener.close()
  return [near, await accepted]
}
