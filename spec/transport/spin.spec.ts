import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Spin } from '../../lib/transport/spin.ts'
import { connectPair } from './sockets.ts'
import { Inbox } from './inbox.ts'
import { say } from './say.ts'

describe('the spin of the event loop', { timeout: 10_000 }, () => {
  it('keeps it awake after every message, where answers come at once', () => {
    const spin = new Spin()
    for (let message = 0; message < 1000; message++) {
      spin.sent()
      assert.equal(spin.isAwake, true)
      spin.received()
      assert.equal(spin.isAwake, false)
    }
  })

  it('lets it sleep soon where no answer comes', async () => {
    const spin = new Spin()
    const startMs = performance.now()
    spin.sent()
    const turns = await turnsAwake(spin)
    assert.ok(turns > 0, 'it was never awake')
    assert.ok(performance.now() - startMs < 1000)
  })

  it('is tried ever more rarely where no answer comes, but never given up', async () => {
    const spin = new Spin()
    const awake: number[] = []
    for (let message = 0; message < 400; message++) {
      spin.sent()
      if (!spin.isAwake) continue
      awake.push(message)
      await turnsAwake(spin)
    }
    const pauses = awake.slice(1).map((message, index) => message - (awake[index] ?? 0))
    assert.ok(awake.length < 60, `awake for ${awake.length} of 400 messages`)
    assert.ok(Math.max(...pauses) > 100, `the longest pause was of ${Math.max(...pauses)} messages`)
  })

  it('is back after every message when answers come at once again', async () => {
    const spin = new Spin()
    for (let message = 0; message < 100; message++) {
      spin.sent()
      await turnsAwake(spin)
    }
    let [awake, messages] = [0, 0]
    while (awake < 100 && messages < 2000) {
      spin.sent()
      messages++
      awake = spin.isAwake ? awake + 1 : 0
      spin.received()
    }
    assert.equal(awake, 100)
  })

  it('ends with the answers of a socket', async () => {
    const [near, far] = await connectPair()
    const [nearInbox, farInbox] = [new Inbox(), new Inbox()]
    near.start(nearInbox)
    far.start(farInbox)
    say(near, '1')
    await farInbox.holds(1)
    say(far, '2')
    await nearInbox.holds(1)
    const before = process.cpuUsage()
    await new Promise((resolve) => setTimeout(resolve, 200))
    const { user, system } = process.cpuUsage(before)
    near.close()
    far.close()
    const usedMs = (user + system) / 1000
    assert.ok(usedMs < 150, `it took ${usedMs} ms of processor time in 200 ms in which nothing was sent`)
  })
})

/** How many turns of the loop it takes until the spin lets it sleep. */
async function turnsAwake(spin: Spin): Promise<number> {
  let turns = 0
  for (; spin.isAwake; turns++) await new Promise((resolve) => setImmediate(resolve))
  return turns
}
