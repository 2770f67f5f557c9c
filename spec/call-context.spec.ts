import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager, type Remote, withOptions } from 'referent'
import { Harbour } from './call-context/harbour.ts'
import { eventually, within } from './harness/eventually.ts'
import { leaveNothing } from './harness/leave-nothing.ts'

describe('what a method knows of its call', { timeout: 60_000 }, () => {
  let manager: Manager
  let harbour: Remote<Harbour>

  before(async () => {
    manager = await Manager.start()
    // By its name other sessions reach the same one.
    harbour = await manager.named('harbour', Harbour)
  })
  after(() => manager.close())
  leaveNothing()

  async function visitor(): Promise<{ visitor: Manager; theirs: Remote<Harbour> }> {
    const connected = await Manager.connect(manager.address, { authkey: manager.authkey })
    return { visitor: connected, theirs: await connected.named('harbour', Harbour) }
  }

  function happens(event: string): Promise<string[]> {
    return eventually(event, async () => {
      const events = await harbour.events()
      return events.includes(event) ? events : undefined
    })
  }

  it('has one object for each session, whose signal aborts when that ends', async () => {
    assert.deepEqual([await harbour.visit(), await harbour.visit()], [1, 1])
    const { visitor: another, theirs } = await visitor()
    assert.deepEqual([await theirs.visit(), await harbour.visit()], [2, 2])
    await another.close()
    await happens('a session ended')
  })

  it('tells that its answer was delivered', async () => {
    assert.equal(await harbour.handOver('a', 'at once'), 'a')
    await happens('a: delivered')
  })

  it('tells that its answer was not delivered to a caller who no longer waited, or is gone', async () => {
    await assert.rejects(withOptions(harbour, { timeoutMs: 20 }).handOver('late', 'when told'), { code: 'TIMEOUT' })
    await harbour.release()
    await happens('late: not delivered')
    const { visitor: another, theirs } = await visitor()
    const lost = assert.rejects(theirs.handOver('lost', 'when told'), { code: 'SESSION_LOST' })
    await harbour.visit()
    await another.close()
    await lost
    await harbour.release()
    await happens('lost: not delivered')
  })

  it('tells that an answer which crossed with the abort was not delivered', async () => {
    for (let round = 0; round < 50; round++) {
      const aborted = new AbortController()
      const call = withOptions(harbour, { signal: aborted.signal }).handOver(`r${round}`, 'at once')
      const outcome = call.then(
        () => 'delivered',
        () => 'not delivered',
      )
      // The request leaves with this turn of the event loop; its answer comes in one of the next.
      setImmediate(() => aborted.abort())
      await happens(`r${round}: ${await outcome}`)
    }
  })

  it('tells that nothing was delivered where the method throws', async () => {
    await assert.rejects(harbour.handOver('broken', 'badly'), /spec/)
    await happens('broken: not delivered')
  })

  it('has nothing delivered once it was answered: code that goes on keeps what it takes', async () => {
    await harbour.goOn()
    await happens('went on: false true item true 0')
  })

  it('has the signal that was given in an argument, and its call ends with that', async () => {
    const aborted = new AbortController()
    const call = harbour.wait({ signal: aborted.signal, note: 'given' })
    await happens("given: the call's own")
    aborted.abort()
    await assert.rejects(within('the call ends', call), { code: 'ABORTED' })
    await happens('given: aborted')
  })

  it('is not made where the signal that was given has aborted before', async () => {
    const call = harbour.wait({ signal: AbortSignal.abort(), note: 'before' })
    await assert.rejects(call, { code: 'ABORTED', delivery: 'not-sent' })
    assert.ok(!(await harbour.events()).some((event) => event.startsWith('before')))
  })

  it('refuses a signal elsewhere, by its path', async () => {
    const deep = { options: { signal: new AbortController().signal } } as object
    await assert.rejects(harbour.wait(deep), { code: 'UNSERIALIZABLE', message: /argument 0\.options\.signal/ })
  })

  it('finds its own id among the callers of what a callback calls', async () => {
    assert.equal(await harbour.isKnownTo(() => harbour.callers()), true)
    assert.deepEqual(await harbour.callers(), [])
  })
})

describe('an instance that is to be disposed of when nobody holds it', { timeout: 60_000 }, () => {
  let manager: Manager
  let harbour: Remote<Harbour>

  before(async () => {
    manager = await Manager.start()
    harbour = await manager.create(Harbour)
  })
  after(() => manager.close())
  leaveNothing()

  function left(event: string): Promise<true> {
    return eventually(event, async () => (await harbour.events()).includes(event) || undefined)
  }

  it('is so when its holder lets go of what a method made', async () => {
    const berth = await harbour.moor('a')
    assert.equal(await berth.ping(), 'pong')
    assert.deepEqual(await harbour.events(), [])
    berth[Symbol.dispose]()
    await left('a: released')
  })

  it("is so when its holder is gone, and can tell by the session's end", async () => {
    const another = await Manager.connect(manager.address, { authkey: manager.authkey })
    const theirs = await another.named('theirs', Harbour)
    await theirs.moor('b')
    await another.close()
    const same = await manager.named('theirs', Harbour)
    await eventually('b is left', async () => (await same.events()).includes('b: lost') || undefined)
    await manager.forget('theirs')
  })
})
