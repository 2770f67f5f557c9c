import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash, randomBytes } from 'node:crypto'
import { afterEach, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { Transport } from '../../lib/transport/transport.ts'
import { withLimits } from '../../lib/wire/limits.ts'
import type { Reader } from '../../lib/wire/reader.ts'
import { Writer } from '../../lib/wire/writer.ts'
import { Inbox } from './inbox.ts'
import { say } from './say.ts'

/** What every transport promises; `open` gives both ends of a new one. */
export function describeTransport(name: string, open: () => Promise<[near: Transport, far: Transport]>): void {
  describe(name, { timeout: 10_000 }, () => {
    const opened: Transport[] = []
    afterEach(() => {
      for (const transport of opened.splice(0)) transport.destroy()
    })

    async function openEnds(): Promise<[near: Transport, far: Transport]> {
      const ends = await open()
      opened.push(...ends)
      for (const end of ends) end.limit(withLimits({}))
      return ends
    }

    async function start(): Promise<{ near: Transport; far: Transport; nearInbox: Inbox; farInbox: Inbox }> {
      const [near, far] = await openEnds()
      const [nearInbox, farInbox] = [new Inbox(), new Inbox()]
      near.start(nearInbox)
      far.start(farInbox)
      return { near, far, nearInbox, farInbox }
    }

    it('delivers in the order of sending, both ways', async () => {
      const { near, far, nearInbox, farInbox } = await start()
      const numbers = Array.from({ length: 1000 }, (_, index) => index)
      for (const number of numbers) {
        say(near, JSON.stringify({ number }))
        say(far, JSON.stringify({ number: -number }), number % 3 === 0 ? [Uint8Array.of(number)] : [])
        if (number % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      await Promise.all([nearInbox.holds(1000), farInbox.holds(1000)])
      assert.deepEqual(
        farInbox.messages,
        numbers.map((number) => ({ number })),
      )
      assert.deepEqual(nearInbox.messages, JSON.parse(JSON.stringify(numbers.map((number) => ({ number: -number })))))
      assert.deepEqual(nearInbox.tails[999], [231])
    })

    it('delivers in no context of the code that sent, as what arrives may be of several senders', async () => {
      const { near, farInbox } = await start()
      const context = new AsyncLocalStorage<string>()
      const seen: unknown[] = []
      farInbox.onMessage = () => seen.push(context.getStore())
      for (const sender of ['one', 'other']) context.run(sender, () => say(near, '1'))
      await farInbox.holds(2)
      assert.deepEqual(seen, [undefined, undefined])
    })

    it('tells that something has arrived before it delivers it', async () => {
      const { near, farInbox } = await start()
      let arrivals = 0
      farInbox.onMessage = () => (arrivals = farInbox.arrivals)
      assert.equal(farInbox.arrivals, 0)
      say(near, '1')
      await farInbox.holds(1)
      assert.equal(arrivals, 1)
    })

    it('delivers nothing while it is held, and the rest to its next receiver, in order', async () => {
      const { near, far, farInbox } = await start()
      farInbox.onMessage = () => far.hold()
      for (const text of ['1', '2', '3']) say(near, text)
      await farInbox.holds(1)
      say(near, '4')
      await setTimeout(20)
      assert.deepEqual(farInbox.messages, [1])
      const next = new Inbox()
      far.start(next)
      await next.holds(3)
      assert.deepEqual([farInbox.messages, next.messages], [[1], [2, 3, 4]])
    })

    it('tells of the end that came while it was held, after what came before', async () => {
      const { near, far, farInbox } = await start()
      farInbox.onMessage = () => far.hold()
      for (const text of ['1', '2']) say(near, text)
      near.close()
      await farInbox.holds(1)
      const next = new Inbox()
      far.start(next)
      await next.ended()
      assert.deepEqual(next.messages, [2])
    })

    it('delivers byte arrays intact: empty ones, windows of bigger buffers, and long ones', async () => {
      const { near, farInbox } = await start()
      const long = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251)
      const window = Uint8Array.of(0, 1, 2, 3, 4).subarray(1, 4)
      say(near, '{"a":1}', [new Uint8Array(), window, long])
      await farInbox.holds(1)
      assert.deepEqual(farInbox.tails, [[1, 2, 3, ...long]])
    })

    it('delivers byte arrays in a buffer of their own, and an empty one where there are none', async () => {
      const { near, far } = await start()
      const tails: Uint8Array[] = []
      far.start({ message: (_, tail) => tails.push(tail), closed: () => undefined })
      const bytes = Uint8Array.of(1, 2, 3)
      say(near, '1', [bytes, new Uint8Array(1)])
      say(near, '2')
      say(near, '3', [new Uint8Array()])
      while (tails.length < 3) await new Promise((resolve) => setImmediate(resolve))
      assert.deepEqual(
        tails.map(({ buffer }) => buffer.byteLength),
        [4, 0, 0],
      )
      assert.notEqual(tails[0]?.buffer, bytes.buffer)
    })

    it('delivers byte arrays as they were when they were sent, many of any lengths', async () => {
      const { near, far } = await start()
      const received: string[] = []
      far.start({ message: (_, tail) => received.push(digest(tail)), closed: () => undefined })
      const sent: string[] = []
      for (let round = 0; round < 5; round++) {
        for (const length of [1, 5_000, 40_000, 65_536, 65_537, 1_000_000, 33_000, 700_000]) {
          const bytes = randomBytes(length)
          sent.push(digest(bytes))
          say(near, '1', [bytes.subarray(0, 7), bytes.subarray(7)])
          bytes.fill(0)
        }
        // What has left by now was copied to memory that is used again.
        while (received.length < sent.length - 4) await new Promise((resolve) => setImmediate(resolve))
      }
      while (received.length < sent.length) await new Promise((resolve) => setImmediate(resolve))
      assert.deepEqual(received, sent)
    })

    it('gives messages that stay as they are, whatever arrives later', async () => {
      const { near, far } = await start()
      const messages: Reader[] = []
      far.start({ message: (message) => messages.push(message), closed: () => undefined })
      const texts = Array.from({ length: 200 }, (_, index) => `${index}`.repeat(index * 20))
      for (const text of texts) {
        say(near, text)
        if (text.length % 3 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      while (messages.length < texts.length) await new Promise((resolve) => setImmediate(resolve))
      assert.deepEqual(
        messages.map((message) => message.utf8(message.end - message.position)),
        texts,
      )
    })

    it('delivers what was in the writer from where the message starts there, whatever is written over it', async () => {
      const { near, farInbox } = await start()
      const writer = new Writer(16)
      for (const send of ['send', 'tell'] as const) {
        writer.utf8('before')
        const begin = writer.position
        writer.utf8('"said"')
        near[send](writer, begin)
        writer.truncate(0)
        writer.utf8('"written over it"')
        writer.truncate(0)
      }
      await farInbox.holds(2)
      assert.deepEqual(farInbox.messages, ['said', 'said'])
    })

    it('delivers texts of any characters and of any length', async () => {
      const { near, farInbox } = await start()
      const texts = ['', 'é€😀\u2028', '\ud800', 'x'.repeat(100_000), '€'.repeat(100_000)]
      for (const text of texts) say(near, JSON.stringify({ text }))
      await farInbox.holds(texts.length)
      assert.deepEqual(
        farInbox.messages,
        texts.map((text) => ({ text })),
      )
    })

    it('delivers in a later turn, never while sending', async () => {
      const { near, farInbox } = await start()
      say(near, '1')
      await Promise.resolve()
      assert.equal(farInbox.messages.length, 0)
      await farInbox.holds(1)
    })

    it('keeps what arrives before the first start', async () => {
      const [near, far] = await openEnds()
      say(near, '{"early":1}', [Uint8Array.of(5)])
      await new Promise((resolve) => setImmediate(resolve))
      const inbox = new Inbox()
      far.start(inbox)
      await inbox.holds(1)
      assert.deepEqual([inbox.messages, inbox.tails], [[{ early: 1 }], [[5]]])
    })

    it('delivers to the receiver of the latest start, also for messages of one turn', async () => {
      const { near, far, farInbox } = await start()
      const later = new Inbox()
      farInbox.onMessage = () => far.start(later)
      for (const number of [1, 2, 3]) say(near, String(number))
      await later.holds(2)
      assert.deepEqual([farInbox.messages, later.messages], [[1], [2, 3]])
      near.close()
      await later.ended()
      assert.equal(farInbox.ends.length, 0)
    })

    it('sends what is queued before it closes, and reports the end once on both sides', async () => {
      const { near, nearInbox, farInbox } = await start()
      for (const number of [1, 2, 3]) say(near, String(number))
      near.close()
      near.close()
      say(near, '4')
      assert.deepEqual(await Promise.all([nearInbox.ended(), farInbox.ended()]), [undefined, undefined])
      near.destroy(new Error('too late'))
      near.close()
      await settled()
      assert.deepEqual(farInbox.messages, [1, 2, 3])
      assert.deepEqual([nearInbox.ends, farInbox.ends], [[undefined], [undefined]])
    })

    it('keeps what was sent before a close until the first start', async () => {
      const [near, far] = await openEnds()
      say(near, '"last words"')
      near.close()
      await settled()
      const inbox = new Inbox()
      far.start(inbox)
      await inbox.ended()
      assert.deepEqual([inbox.messages, inbox.ends], [['last words'], [undefined]])
    })

    it('reports no message after the end', async () => {
      const { near, far, nearInbox, farInbox } = await start()
      near.close()
      say(far, '"crossing"')
      await Promise.all([nearInbox.ended(), farInbox.ended()])
      const heard = nearInbox.messages.length
      say(far, '"after"')
      await settled()
      assert.equal(nearInbox.messages.length, heard)
    })

    it('reports the error that it was destroyed with, and an end without one to the other side', async () => {
      const { near, nearInbox, farInbox } = await start()
      const error = new Error('spec')
      near.destroy(error)
      near.destroy(new Error('second'))
      assert.deepEqual(await Promise.all([nearInbox.ended(), farInbox.ended()]), [error, undefined])
      await settled()
      assert.deepEqual([nearInbox.ends.length, farInbox.ends.length], [1, 1])
    })

    it('ends with what its receiver throws, and delivers nothing after it', async () => {
      const { near, farInbox, nearInbox } = await start()
      const error = new Error('spec')
      farInbox.onMessage = () => {
        throw error
      }
      say(near, '1')
      say(near, '2')
      assert.deepEqual(await Promise.all([farInbox.ended(), nearInbox.ended()]), [error, undefined])
      assert.deepEqual(farInbox.messages, [1])
    })

    it('tells a receiver that starts after the end, with the error that ended it', async () => {
      const { near, nearInbox } = await start()
      const error = new Error('spec')
      near.destroy(error)
      await nearInbox.ended()
      const late = new Inbox()
      near.start(late)
      assert.equal(late.ends.length, 0, 'told while starting')
      assert.equal(await late.ended(), error)
      await settled()
      assert.deepEqual([nearInbox.ends.length, late.ends.length], [1, 1])
    })

    it('tells a receiver that starts while the transport ends once', async () => {
      const { near, nearInbox } = await start()
      near.close()
      const late = new Inbox()
      near.start(late)
      await late.ended()
      await settled()
      assert.deepEqual([nearInbox.ends.length, late.ends.length], [0, 1])
    })

    it('can be closed by its receiver, which is told of it', async () => {
      const { near, far, farInbox, nearInbox } = await start()
      farInbox.onMessage = () => {
        say(far, '"answer"')
        far.close()
      }
      say(near, '1')
      await Promise.all([farInbox.ended(), nearInbox.ended()])
      await settled()
      assert.deepEqual(nearInbox.messages, ['answer'])
      assert.deepEqual([nearInbox.ends.length, farInbox.ends.length], [1, 1])
    })
  })
}

function digest(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex')
}

/** Lets everything that is due in this process happen, also what takes a few turns of I/O. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}
