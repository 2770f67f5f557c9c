import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager, type Remote } from 'referent'
import { Inspector } from '../../lib/inspector/inspector.ts'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Clerk } from './clerk.ts'
import { PageSocket, tokenOf } from './socket.ts'
import { choose, untilShown, Viewer } from './viewer.ts'

leaveNothing()

/** Of each, ten thousand characters are told: together far more than sockets hold. */
const calls = 4000
const characters = 9000

describe('an inspector whose page stops reading', { timeout: 120_000 }, () => {
  let manager: Manager
  let inspector: Inspector
  let clerk: Remote<Clerk>

  before(async () => {
    manager = await Manager.serve()
    inspector = await Inspector.open(manager, { allowCalls: true })
    clerk = await manager.named('front office', Clerk)
  })
  after(async () => {
    await inspector.close()
    await manager.close()
  })

  it('keeps little for it, and tells it of new calls, and how many it missed, when it reads again', async () => {
    using socket = await open()
    socket.send({ kind: 'look', look: 1, view: { view: 'calls', method: 'refuseAtLength' } })
    const begun = socket.next('shown')
    let isBegun = false
    void begun.then(() => (isBegun = true))
    await eventually('the tail begins', async () => {
      await refuse(1)
      return isBegun || undefined
    })
    socket.pause()
    for (let made = 0; made < calls; made += 100) {
      await Promise.all(Array.from({ length: 100 }, () => refuse(characters)))
      // The server tells of calls each 100 ms: of each hundred, who reads would be told.
      await clerk.nap(100)
    }
    socket.resume()
    let [told, missed] = [0, 0]
    while (told + missed < calls) {
      const { shown } = await socket.next('shown')
      assert.ok(shown.view === 'calls')
      told += shown.calls.filter(({ error }) => (error?.message.length ?? 0) > 1000).length
      missed += shown.missed
    }
    assert.equal(told + missed, calls)
    assert.ok(told < calls / 2, `${told} of ${calls} were kept`)
    await refuse(20)
    const { shown } = await socket.next('shown')
    assert.equal(shown.view === 'calls' && shown.calls.at(-1)?.error?.message.length, 20)
  })

  it('ends one that asks and asks, and lets it in again', async () => {
    const { referents } = await manager.inspect()
    const referent = referents.find(({ name }) => name === 'front office')?.id ?? 0
    using socket = await PageSocket.connect(inspector.port)
    socket.send({ kind: 'open', token: tokenOf(inspector.url()) })
    const { secret } = await socket.next('opened')
    socket.pause()
    let call = 0
    await eventually('it is ended', () => {
      for (let asked = 0; asked < 20; asked++)
        socket.send({ kind: 'call', call: ++call, server: 0, referent, member: 'letter', args: '90000' })
      return socket.isOpen ? undefined : true
    })
    using again = await PageSocket.connect(inspector.port)
    again.send({ kind: 'open', secret })
    await again.next('opened')
  })

  it('shows what is new in a page whose script was busy', async () => {
    await using viewer = await Viewer.start()
    const page = await viewer.open(inspector.url())
    await choose(page, 'Calls')
    await untilShown(page.getByRole('row', { name: /stamp/ }), () => clerk.stamp(1))
    const busy = page.evaluate(() => {
      const end = Date.now() + 3000
      while (Date.now() < end);
    })
    for (let made = 0; made < 3000; made += 100) await Promise.all(Array.from({ length: 100 }, () => refuse(1000)))
    await busy
    await untilShown(page.getByRole('row', { name: /letter/ }), () => clerk.letter(1))
    assert.ok((await page.locator('tbody tr').count()) <= 200)
  })

  async function open(): Promise<PageSocket> {
    const socket = await PageSocket.connect(inspector.port)
    socket.send({ kind: 'open', token: tokenOf(inspector.url()) })
    await socket.next('opened')
    return socket
  }

  async function refuse(length: number): Promise<void> {
    await assert.rejects(clerk.refuseAtLength(length), RangeError)
  }
})
