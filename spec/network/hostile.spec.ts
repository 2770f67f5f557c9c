import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { attach, isManagerError, Manager, refOf } from 'referent'
import { logIn } from '../../lib/auth/handshake.ts'
import { connectTo } from '../../lib/transport/open.ts'
import { parseReference } from '../../lib/proxy/reference.ts'
import { withLimits } from '../../lib/wire/limits.ts'
import { Counter } from '../harness/counter.ts'
import { eventually, patienceMs, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { fieldsOf, written } from '../harness/message.ts'
import { impersonate } from '../manager/impostor.ts'
import { Inbox } from '../transport/inbox.ts'
import { CuttingRelay, type Direction } from './cutting-relay.ts'

leaveNothing()

/** At how many places a handshake is cut, in either direction. */
const cuts = 24
/** Who is cut off hears of it at once: not because the time for a handshake is up. */
const soonMs = 5000

for (const kind of ['tcp', 'tls'] as const)
  describe(`over ${kind}:`, { timeout: 60_000 }, () => {
    const address = `${kind}://127.0.0.1:0` as const

    it('a server that welcomes everybody, and does not know the key, is found out', async () => {
      await using manager = await Manager.serve({ address })
      const reference = refOf(await manager.create(Counter))
      const { serverId } = parseReference(reference)
      await using impostor = await impersonate(address, serverId)
      const message = /does not know the authkey; is it another manager's\?/
      const refusal = { code: 'AUTH_FAILED', message }
      await assert.rejects(Manager.connect(impostor.address, { authkey: manager.authkey }), refusal)
      const moved = reference.replace(encodeURIComponent(manager.address), encodeURIComponent(impostor.address))
      assert.notEqual(moved, reference)
      await assert.rejects(attach(moved), refusal)
    })

    for (const direction of ['to the server', 'to the client'] satisfies Direction[])
      it(`a handshake that ends anywhere on the way ${direction} is told so, and leaves nothing`, async () => {
        // A client that has had its welcome may come back for so long.
        await using manager = await Manager.serve({ address, resumeMs: 1000 })
        const counter = await manager.create(Counter)
        await using relay = await CuttingRelay.start(manager.address)
        const { authkey } = manager
        await (await Manager.connect(relay.address, { authkey })).close()
        const whole = relay.passed[direction]
        const codes = new Set<string>()
        for (let cut = 0; cut < cuts; cut++) {
          // What ends it is said after the handshake.
          relay.cutAfter(Math.floor((whole * 0.8 * cut) / cuts), direction)
          const start = performance.now()
          await Manager.connect(relay.address, { authkey }).then(
            () => assert.fail('half a handshake is none'),
            (error: unknown) => codes.add(isManagerError(error) ? error.code : String(error)),
          )
          assert.ok(performance.now() - start < soonMs, 'it took the time of a handshake')
          assert.equal(await counter.increment(), cut + 1)
        }
        const possible = kind === 'tls' ? ['CONNECT_FAILED', 'SESSION_LOST'] : ['SESSION_LOST']
        // How much of it is TLS's handshake is another in each version of that.
        assert.deepEqual(
          [...codes].filter((code) => !possible.includes(code)),
          [],
        )
        relay.cutAfter(Infinity, direction)
        await using client = await Manager.connect(relay.address, { authkey })
        await eventually('all others have gone', async () => (await sessionsOf(client)) === 2 || undefined)
      })

    it('who has logged in and sends more than a frame may have loses its session, and nobody else', async () => {
      await using manager = await Manager.serve({ address, maxFrameBytes: 100_000 })
      const counter = await manager.create(Counter)
      const transport = await connectTo(manager.address, {})
      const key = manager.authkey.bytes
      await logIn(transport, { kind: 'authkey', key }, AbortSignal.timeout(patienceMs))
      assert.equal(await sessionsOf(manager), 2)
      const inbox = new Inbox((message) => fieldsOf(message)['kind'])
      transport.start(inbox)
      transport.limit(withLimits({ maxFrameBytes: 1_000_000, maxTextBytes: 1_000_000 }))
      const create = (id: number, argument: string): void =>
        transport.send(written({ kind: 'call', id, to: 0, method: 'create', value: ['Counter', argument] }), 0)
      create(1, 'short')
      await within('the short one is answered', inbox.holds(1))
      create(2, 'x'.repeat(200_000))
      await within('the session ends', inbox.ended())
      assert.deepEqual(inbox.messages, ['result'])
      assert.equal(await counter.increment(), 1)
      assert.equal(await sessionsOf(manager), 1)
    })
  })

/** That of the program that serves is one of them. */
async function sessionsOf(manager: Manager): Promise<number> {
  return (await manager.inspect()).sessions.length
}

describe('a client that speaks TLS to a port of tcp:', { timeout: 60_000 }, () => {
  it('is told what may be wrong, and harms nobody', async () => {
    await using manager = await Manager.serve({ address: 'tcp://127.0.0.1:0' })
    const { authkey } = manager
    await assert.rejects(Manager.connect(manager.address.replace('tcp:', 'tls:'), { authkey }), {
      code: 'CONNECT_FAILED',
      message: /doesn't speak TLS; is it at tcp: instead\?/,
    })
    await using client = await Manager.connect(manager.address, { authkey })
    assert.equal(await (await client.create(Counter)).increment(), 1)
  })
})
