import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { attach, type Reference, release, sameReferent } from 'referent'
import { eventually } from '../harness/eventually.ts'
import { collectGarbage } from '../harness/garbage.ts'
import { Program } from '../harness/program.ts'
import { RawClient } from '../harness/raw-client.ts'
import type { Janitor } from './janitor.ts'
import type { Item, Shelf } from './shelf.ts'
import type { Valve } from './valve.ts'

// This process has no manager, nothing but references: what it attaches, it attaches over a session of its own.

describe('the session of a process that has references only', () => {
  let host: Program
  let inspector: RawClient
  let shelfAt: Reference<Shelf>
  let valveAt: Reference<Valve>
  let janitorAt: Reference<Janitor>
  let oneAt: Reference<Item>
  let twoAt: Reference<Item>

  before(async () => {
    host = await Program.start('./programs/host.ts', import.meta.url)
    await host.line('serves')
    const key = Buffer.from(await host.line('authkey'), 'hex')
    inspector = await RawClient.connect(await host.line('address'), { kind: 'authkey', key })
    ;[shelfAt = '', valveAt = '', janitorAt = '', oneAt = '', twoAt = ''] = host.lines('reference')
  })
  after(async () => {
    await inspector.ask({ kind: 'call', to: 0, method: 'shutdown', value: [] })
    assert.equal((await host.ending()).code, 0)
    await host[Symbol.asyncDispose]()
  })
  afterEach(() => untilSessions(0))

  /** Resolves when the host has so many sessions beside the one that asks. */
  function untilSessions(count: number): Promise<true> {
    return eventually(`there are ${count} sessions`, async () => {
      collectGarbage()
      return (await sessions()).length === count ? true : undefined
    })
  }

  async function sessions(): Promise<string[]> {
    const { value } = await inspector.ask({ kind: 'call', to: 0, method: 'inspect', value: [] })
    const inspection = value as { readonly sessions: readonly { readonly id: string; readonly pid: number }[] }
    const [, ...others] = inspection.sessions.filter(({ pid }) => pid === process.pid)
    return others.map(({ id }) => id)
  }

  it('is one for all of them, gives one proxy for one referent, and closes with the last', async () => {
    const [one, two, again] = await Promise.all([attach(oneAt), attach(twoAt), attach(oneAt)])
    assert.ok(one === again && one !== two && !sameReferent(one, two))
    assert.equal(await one.label, 'one')
    assert.equal((await sessions()).length, 1)
    release(one)
    assert.equal(await two.label, 'two')
    assert.equal((await sessions()).length, 1)
    release(two)
  })

  it('is opened anew, once, after it has closed: also where one is still closing', async () => {
    const one = await attach(oneAt)
    release(one)
    await closing()
    const [two, again] = await Promise.all([attach(twoAt), attach(oneAt)])
    assert.notEqual(again, one)
    await untilSessions(1)
    assert.equal(await attach(twoAt), two)
    assert.equal(await attach(oneAt), again)
    assert.equal((await sessions()).length, 1)
    for (const proxy of [two, again]) release(proxy)
  })

  it('is the same one where another is attached before it has closed', async () => {
    const one = await attach(oneAt)
    const [session] = await sessions()
    release(one)
    const two = await attach(twoAt)
    assert.deepEqual(await sessions(), [session])
    release(two)
  })

  it('does not close under what is being attached while the last proxy is released', async () => {
    const one = await attach(oneAt)
    const attaching = attach(twoAt)
    release(one)
    const two = await attaching
    assert.equal(await two.label, 'two')
    release(two)
  })

  it('does not close while a call has no answer, which may bring a proxy', async () => {
    const one = await attach(oneAt)
    const another = one.another('made by one')
    release(one)
    const made = await another
    assert.equal(await made.label, 'made by one')
    release(made)
  })

  it('does not close while a stream is read', async () => {
    const valve = await attach(valveAt)
    const drops = valve.drops()
    await drops.next()
    release(valve)
    for (let count = 2; count < 100; count++) assert.equal((await drops.next()).value, count)
    await drops.return(undefined)
  })

  it('does not close while the other side has a function of this one', async () => {
    const shelf = await attach(shelfAt)
    const listener = (): string => 'heard'
    await shelf.put('listener', listener)
    release(shelf)
    await closing()
    const again = await attach(shelfAt)
    assert.equal((await sessions()).length, 1)
    assert.equal(await again.get('listener'), listener)
    release(again)
    const [last, janitor] = await Promise.all([attach(shelfAt), attach(janitorAt)])
    await last.clear()
    release(last)
    await janitor.sweep()
    release(janitor)
    // The function goes with a later turn of the host, and with it the session.
  })

  it('closes where nothing can be attached over it', async () => {
    const one = await attach(oneAt)
    const made = await one.another('short-lived')
    const reference = JSON.parse(JSON.stringify(made)) as Reference<Item>
    for (const proxy of [one, made]) release(proxy)
    await assert.rejects(
      eventually('the referent is gone', async () => {
        release(await attach(reference))
        return undefined
      }),
      { code: 'REFERENT_GONE' },
    )
  })

  it('can do with a proxy all that its methods give: proxies that arguments bring home, and so on', async () => {
    const [shelf, one] = await Promise.all([attach(shelfAt), attach(oneAt)])
    const made = await one.another('made')
    assert.equal(await shelf.countItems([one, made]), 2)
    await shelf.put('made', made)
    assert.equal(await shelf.take('made'), made)
    for (const proxy of [shelf, one, made]) release(proxy)
  })
})

/** Lets a session close that has nothing to stay for; its server has not heard of it yet. */
async function closing(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}
