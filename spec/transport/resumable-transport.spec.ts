import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ResumableTransport, type ResumableOptions, type Resumed } from '../../lib/transport/resumable-transport.ts'
import type { Transport } from '../../lib/transport/transport.ts'
import { withLimits } from '../../lib/wire/limits.ts'
import { Writer } from '../../lib/wire/writer.ts'
import { eventually, within } from '../harness/eventually.ts'
import { describeTransport } from './contract.ts'
import { Inbox } from './inbox.ts'
import { say } from './say.ts'
import { connectNetworkPair } from './sockets.ts'

const patient = { resumeMs: 60_000, maxKeptBytes: 1024 * 1024 }

describeTransport('a transport that outlives its connections', async () => {
  const [near, far] = await connectNetworkPair('tcp')
  const options = { resumeMs: 60_000, maxKeptBytes: 64 * 1024 * 1024 }
  return [new ResumableTransport(near, options), new ResumableTransport(far, options)]
})

describe('a transport that outlives its connections', { timeout: 30_000 }, () => {
  it('delivers all once and in order, whatever was lost on the way, byte arrays too', async () => {
    await using pair = await Pair.open()
    const { near, far, nearInbox, farInbox } = pair
    const count = 400
    for (let number = 0; number < count; number++) {
      say(near, JSON.stringify(number), number % 50 === 0 ? [new Uint8Array(100_000).fill(number % 256)] : [])
      say(far, JSON.stringify(-number))
      if (number % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
      if (number % 41 === 0) pair.lose()
    }
    const numbers = Array.from({ length: count }, (_, number) => number)
    await within('all to arrive', Promise.all([nearInbox.holds(count), farInbox.holds(count)]))
    assert.deepEqual(farInbox.messages, numbers)
    assert.deepEqual(
      nearInbox.messages,
      numbers.map((number) => 0 - number),
    )
    assert.deepEqual(
      farInbox.tails[350],
      Array.from({ length: 100_000 }, () => 350 % 256),
    )
    assert.ok(pair.connections > 5, `${pair.connections} connections`)
    assert.deepEqual([nearInbox.ends, farInbox.ends], [[], []])
  })

  it('keeps what the other side has not read, and not much longer', async () => {
    await using pair = await Pair.open()
    const { near, far, nearInbox, farInbox } = pair
    for (let number = 0; number < 100; number++) {
      say(near, '1', [new Uint8Array(100_000)])
      await within('it to arrive', farInbox.holds(number + 1))
      // Both sides are in one thread, where the one that reads goes on reading while there is more.
      await new Promise((resolve) => setImmediate(resolve))
    }
    pair.isBroken = true
    pair.lose()
    await eventually('the loss to be noticed', () => (near.interruption > 0 && far.interruption > 0 ? true : undefined))
    assert.ok(near.queuedBytes < 300_000, `${near.queuedBytes} bytes are kept`)
    say(near, '2')
    assert.throws(() => say(near, 'x'.repeat(5_000_000)), { code: 'FRAME_TOO_LARGE' })
    const drained = near.drained()
    pair.isBroken = false
    await within('the rest to arrive', Promise.all([farInbox.holds(101), drained]))
    say(far, '3')
    await within('the answer to arrive', nearInbox.holds(1))
  })

  it('ends where the other side leaves, where it breaks the protocol, and where its time is up', async () => {
    for (const end of [
      (pair: Pair) => pair.far.close(),
      (pair: Pair) => say(pair.bareFar, '{'),
      (pair: Pair) => {
        pair.isBroken = true
        pair.lose()
      },
    ]) {
      await using pair = await Pair.open({ ...patient, resumeMs: 100 })
      end(pair)
      await within('the end', pair.nearInbox.ended())
      assert.equal(pair.near.interruption > 0, pair.isBroken)
      await within('the end of the other side', pair.farInbox.ended())
    }
  })

  it('ends where the other side says that it has read what was not sent, or less than before', async () => {
    for (const count of [3, 0]) {
      await using pair = await Pair.open()
      const { near, bareFar, farInbox, nearInbox } = pair
      for (let number = 0; number < 2; number++) say(near, '1')
      await farInbox.holds(2)
      if (count === 0) {
        sayReceived(bareFar, 2)
        say(bareFar, '1')
        await within('what it says to arrive', nearInbox.holds(1))
      }
      sayReceived(bareFar, count)
      const end = await within('the end', nearInbox.ended())
      assert.equal(Reflect.get(end ?? {}, 'code'), 'PROTOCOL')
    }
  })

  it('ends where that is said of another connection, which stays the caller’s', async () => {
    for (const count of [3, 0]) {
      await using pair = await Pair.open()
      const { near, far, bareFar, farInbox, nearInbox } = pair
      for (let number = 0; number < 2; number++) say(near, '1')
      await farInbox.holds(2)
      sayReceived(bareFar, 2)
      say(far, '1')
      await within('what it says to arrive', nearInbox.holds(1))
      const [another, itsFar] = await connectNetworkPair('tcp')
      assert.throws(() => near.resume(another, count), { code: 'PROTOCOL' })
      await within('the end', nearInbox.ended())
      another.destroy()
      itsFar.destroy()
    }
  })

  it('keeps no more than it may for one who reads and whose word of it does not come, and then can resume from there alone', async () => {
    const piece = new Uint8Array(64 * 1024)
    const count = 100
    for (const [peerReceived, code] of [
      [count, undefined],
      [count - 5, undefined],
      [5, 'SESSION_LOST'],
    ] as const) {
      const [near, bare] = await connectNetworkPair('tcp')
      const [inbox, bareInbox] = [new Inbox(), new Inbox(() => undefined)]
      const transport = new ResumableTransport(near, patient)
      for (const each of [transport, bare]) each.limit(withLimits({}))
      transport.start(inbox)
      bare.start(bareInbox)
      for (let sent = 0; sent < count; sent++) say(transport, '1', [piece])
      await within('all to arrive', bareInbox.holds(count))
      say(transport, '1', [piece])
      assert.deepEqual(inbox.ends, [])
      transport.interrupt(new Error('cut'))
      const { queuedBytes } = transport
      assert.ok(queuedBytes <= patient.maxKeptBytes + 2 * piece.byteLength + 100, `${queuedBytes} bytes are kept`)

      const [another, itsFar] = await connectNetworkPair('tcp')
      const rest = new Inbox(() => undefined)
      if (code === undefined) {
        transport.resume(another, peerReceived)
        itsFar.limit(withLimits({}))
        itsFar.start(rest)
        await within('the rest', rest.holds(count + 1 - peerReceived))
      } else {
        assert.throws(() => transport.resume(another, peerReceived), { code })
        await within('the end', inbox.ended())
      }
      for (const each of [transport, bare, another, itsFar]) each.destroy()
    }
  })

  it('ends where more waits than may be kept for one who does not come back', async () => {
    const piece = new Uint8Array(64 * 1024)
    await using pair = await Pair.open()
    pair.isBroken = true
    pair.lose()
    await eventually('the loss to be noticed', () => (pair.near.interruption > 0 ? true : undefined))
    for (let number = 0; number < 20; number++) say(pair.near, '1', [piece])
    const end = await within('the end', pair.nearInbox.ended())
    assert.equal(Reflect.get(end ?? {}, 'code'), 'OVERLOADED')
  })

  it('takes a message of any length, read in part or not at all', async () => {
    await using pair = await Pair.open()
    const long = new Uint8Array(5_000_000).fill(7)
    say(pair.near, '1', [long])
    pair.lose()
    await within('it to arrive', pair.farInbox.holds(1))
    assert.deepEqual([pair.farInbox.tails[0]?.length, pair.farInbox.tails[0]?.[4_999_999]], [5_000_000, 7])
  })

  it('knows how much waits, and takes nothing too long, where a write has failed and the end is not told yet', async () => {
    await using pair = await Pair.open({ resumeMs: 60_000, maxKeptBytes: 64 * 1024 * 1024 })
    const { near, bareFar, farInbox } = pair
    const count = 10
    bareFar.destroy()
    for (let number = 0; number < count; number++) {
      say(near, '1', [new Uint8Array(100_000)])
      near.flush()
    }
    assert.equal(near.interruption, 0)
    assert.ok(near.queuedBytes > count * 100_000, `${near.queuedBytes} bytes wait`)
    assert.throws(() => say(near, 'x'.repeat(5_000_000)), { code: 'FRAME_TOO_LARGE' })
    await within('all to arrive', farInbox.holds(count))
    assert.equal(pair.connections, 2)
  })

  it('keeps the process alive while it waits for a connection only as it is referenced', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    await using pair = await Pair.open()
    pair.isBroken = true
    pair.near.unref()
    pair.lose()
    await eventually('the loss to be noticed', () => (pair.near.interruption > 0 ? true : undefined))
    const unreferenced = timers()
    pair.near.ref()
    assert.equal(timers(), unreferenced + 1)
    pair.near.unref()
    assert.equal(timers(), unreferenced)
  })
})

function sayReceived(transport: Transport, count: number): void {
  const writer = new Writer()
  writer.byte(19)
  writer.varint(count)
  transport.send(writer, 0)
}

/** Two sides of one, of which the near one makes connections. */
class Pair implements AsyncDisposable {
  readonly near: ResumableTransport
  readonly far: ResumableTransport
  readonly nearInbox = new Inbox()
  readonly farInbox = new Inbox()
  connections = 1
  /** Whether no connection can be made. */
  isBroken = false
  bareNear: Transport
  bareFar: Transport

  private constructor(bareNear: Transport, bareFar: Transport, options: ResumableOptions) {
    this.bareNear = bareNear
    this.bareFar = bareFar
    this.near = new ResumableTransport(bareNear, { ...options, redial: (received) => this.#redial(received) })
    this.far = new ResumableTransport(bareFar, options)
    for (const end of [this.near, this.far]) end.limit(withLimits({ maxTextBytes: 4_000_000 }))
    this.near.start(this.nearInbox)
    this.far.start(this.farInbox)
  }

  static async open(options: ResumableOptions = patient): Promise<Pair> {
    const [near, far] = await connectNetworkPair('tcp')
    return new Pair(near, far, options)
  }

  /** Ends the connection as the network would: neither side has said anything. */
  lose(): void {
    this.bareNear.destroy()
  }

  async #redial(received: number): Promise<Resumed> {
    await eventually('connections can be made', () => (this.isBroken ? undefined : true))
    const [near, far] = await connectNetworkPair('tcp')
    this.connections++
    this.bareNear = near
    this.bareFar = far
    let peerReceived = 0
    this.far.resume(far, received, (count) => (peerReceived = count))
    return { connection: near, received: peerReceived }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isBroken = false
    this.near.destroy()
    this.far.destroy()
  }
}
