import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Writable } from 'node:stream'
import { after, before, beforeEach, describe, it } from 'node:test'
import { Manager, type Remote } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { collectGarbage } from '../harness/garbage.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { codeOf, startWriting, Tap } from './taps.ts'

leaveNothing()

/** A stream of each kind, and how it is aborted. */
const sinks: Record<string, () => { stream: WritableStream<unknown>; aborted: Promise<unknown> }> = {
  'of the web'() {
    let tell: (reason: unknown) => void = () => undefined
    const aborted = new Promise((resolve) => (tell = resolve))
    return { stream: new WritableStream({ abort: (reason) => tell(reason) }), aborted }
  },
  'of Node'() {
    const stream = new Writable({ objectMode: true, write: (_chunk, _encoding, done) => done() })
    return { stream: stream as never, aborted: once(stream, 'error').then(([error]) => error as unknown) }
  },
}

for (const [kind, make] of Object.entries(sinks)) {
  describe(`a stream ${kind} that was passed to a server`, { timeout: 60_000 }, () => {
    let manager: Manager
    let tap: Remote<Tap>

    beforeEach(async () => {
      manager = await Manager.start()
      tap = await manager.create(Tap)
    })

    it('is aborted when the server is killed', async () => {
      const { stream, aborted } = make()
      await tap.keep(stream)
      process.kill(manager.pid, 'SIGKILL')
      assert.equal(codeOf(await within('it is aborted', aborted)), 'SESSION_LOST')
      await manager.close()
    })

    it('is aborted when the session is closed', async () => {
      const { stream, aborted } = make()
      await tap.keep(stream)
      await manager.close()
      assert.equal(codeOf(await within('it is aborted', aborted)), 'SESSION_LOST')
    })

    it('is aborted when the server has forgotten it', async () => {
      const { stream, aborted } = make()
      await tap.keep(stream)
      const forgotten = aborted.then((reason) => codeOf(reason))
      const code = await eventually('it is aborted', async () => {
        await tap.forget()
        return Promise.race([forgotten, new Promise<undefined>((resolve) => setImmediate(resolve, undefined))])
      })
      assert.equal(code, 'ABORTED')
      await manager.close()
    })

    it('is left alone where it was closed', async () => {
      const { stream, aborted } = make()
      await tap.keep(stream)
      await tap.close()
      await manager.close()
      const settled = new Promise((resolve) => setImmediate(resolve, 'not aborted'))
      assert.equal(await Promise.race([aborted, settled]), 'not aborted')
    })
  })
}

describe('a stream that a server gave', { timeout: 60_000 }, () => {
  let manager: Manager
  let tap: Remote<Tap>

  before(async () => (manager = await Manager.start()))
  beforeEach(async () => (tap = await manager.create(Tap)))
  after(() => manager.close())

  /** The streams of both kinds are aborted, with that code. */
  async function aborted(code: string): Promise<void> {
    const ended = await eventually('both are aborted', async () => {
      collectGarbage()
      const codes = await tap.ended
      return codes.length === 2 ? codes : undefined
    })
    assert.deepEqual(ended, [`node: ${code}`, `web: ${code}`])
  }

  it('is aborted when its writer is killed', async () => {
    await using writer = startWriting(tap)
    await eventually('it has both', async () => (await writing(manager)) === 2 || undefined)
    writer.kill()
    await aborted('SESSION_LOST')
  })

  it('is aborted when the session of its writer is closed', async () => {
    const own = await Manager.connect(manager.address, { authkey: manager.authkey })
    const named = await own.named('tap', Tap)
    tap = await manager.lookup('tap')
    const streams = [await named.open(), await named.openNode()]
    assert.equal(streams.length, 2)
    await own.close()
    await aborted('SESSION_LOST')
  })

  it('is aborted when its writer has forgotten it', async () => {
    await tap.open()
    await tap.openNode()
    await aborted('ABORTED')
  })
})

/** How many streams the server has given. */
async function writing(manager: Manager): Promise<number> {
  return (await manager.inspect()).referents.filter(({ typeid }) => typeid === 'WritableStream').length
}
