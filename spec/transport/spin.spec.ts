import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, it } from 'node:test'
import { Spin } from '../../lib/transport/spin.ts'
import { collectGarbage } from '../harness/garbage.ts'
import { connectPair } from './sockets.ts'
import { Inbox } from './inbox.ts'
import { say } from './say.ts'

describe('the spin of the event loop', { timeout: 10_000 }, () => {
  it('keeps it awake until something has arrived', async () => {
    const { spin } = spinWithClock()
    spin.sent()
    for (let turn = 0; turn < 100; turn++) await turnOfLoop()
    const { isAwake } = spin
    spin.received()
    assert.deepEqual([isAwake, spin.isAwake], [true, false])
  })

  it('keeps it awake for a fifth of a millisecond at most', async () => {
    const { spin, pass } = spinWithClock()
    spin.sent()
    pass(0.19)
    await turnOfLoop()
    assert.equal(spin.isAwake, true)
    pass(0.02)
    await turnOfLoop()
    assert.equal(spin.isAwake, false)
  })

  it('begins anew with what is sent meanwhile', async () => {
    const { spin, pass } = spinWithClock()
    for (let message = 0; message < 5; message++) {
      spin.sent()
      pass(0.15)
      await turnOfLoop()
      assert.equal(spin.isAwake, true)
    }
    spin.received()
  })

  it('keeps it awake after almost every message, where answers come the sooner for it', () => {
    const { spin, pass } = spinWithClock()
    let awake = 0
    for (let message = 0; message < 1000; message++) {
      spin.sent()
      if (spin.isAwake) awake++
      pass(spin.isAwake ? 0.015 : 0.07)
      spin.received()
    }
    assert.ok(awake > 900, `awake after ${awake} of 1000`)
  })

  it('lets it sleep after almost every message where no answer comes, however long it doesn’t', async () => {
    const { spin, pass } = spinWithClock()
    let awake = 0
    for (let message = 0; message < 1000; message++) {
      spin.sent()
      if (spin.isAwake) {
        awake++
        pass(0.21)
        await turnOfLoop()
      }
      pass(5000)
      spin.received()
    }
    assert.ok(awake < 100, `awake after ${awake} of 1000`)
  })

  it('takes what arrives unasked for no answer', () => {
    const { spin, pass } = spinWithClock()
    for (let message = 0; message < 100; message++) {
      pass(1)
      spin.received()
    }
    spin.sent()
    const { isAwake } = spin
    spin.received()
    assert.equal(isAwake, true)
  })

  it('keeps no async context of the code that sends', async () => {
    const { spin, pass } = spinWithClock()
    const storage = new AsyncLocalStorage<object>()
    const context = new WeakRef({})
    storage.run(context.deref() ?? {}, () => spin.sent())
    for (let turn = 0; turn < 20; turn++) {
      spin.sent()
      await turnOfLoop()
    }
    collectGarbage()
    assert.equal(context.deref(), undefined)
    assert.equal(spin.isAwake, true)
    pass(1)
    await turnOfLoop()
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

/** `pass` lets so many milliseconds go by on its clock. */
function spinWithClock(): { readonly spin: Spin; readonly pass: (ms: number) => void } {
  let nowMs = 0
  return { spin: new Spin(() => nowMs), pass: (ms) => (nowMs += ms) }
}

function turnOfLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
