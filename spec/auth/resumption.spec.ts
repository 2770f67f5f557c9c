import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager } from 'referent'
import { HandshakeChannel, type Line } from '../../lib/auth/handshake-channel.ts'
import { logIn, type Welcome } from '../../lib/auth/handshake.ts'
import {
  createNonce,
  deriveSessionKey,
  type Nonces,
  prove,
  proveResumption,
  ServerIdentity,
} from '../../lib/auth/proofs.ts'
import { resumeSession } from '../../lib/auth/resumption.ts'
import { createMemoryPair } from '../../lib/transport/memory.ts'
import { connectTo } from '../../lib/transport/open.ts'
import type { Transport } from '../../lib/transport/transport.ts'
import { connectNetworkPair } from '../transport/sockets.ts'
import { eventually, patienceMs } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { LoggedTransport } from './logged-transport.ts'

leaveNothing()

const signal = (): AbortSignal => AbortSignal.timeout(patienceMs)
const refusal = { code: 'AUTH_FAILED', message: /no such session/ }

for (const kind of ['tcp', 'tls'] as const)
  describe(`resuming a session over ${kind}`, { timeout: 60_000 }, () => {
    let manager: Manager
    const open: Transport[] = []

    before(async () => (manager = await Manager.serve({ address: `${kind}://127.0.0.1:0` })))
    after(async () => {
      for (const transport of open) transport.destroy()
      await manager.close()
    })

    async function dial(): Promise<Transport> {
      const transport = await connectTo(manager.address, {})
      open.push(transport)
      return transport
    }

    /** A session whose connection is gone. */
    async function lost(): Promise<{ welcome: Welcome; key: string }> {
      const transport = await dial()
      const welcome = await logIn(transport, { kind: 'authkey', key: manager.authkey.bytes }, signal(), 60_000)
      transport.destroy()
      assert.equal(welcome.resumption?.resumeMs, 10_000)
      return { welcome, key: welcome.resumption.key }
    }

    async function isThere({ sessionId }: Welcome): Promise<boolean> {
      return (await manager.inspect()).sessions.some(({ id }) => id === sessionId)
    }

    it('is for who has proved at login what it derives the secret of, and not for who knows the authkey and the id', async () => {
      const { welcome, key } = await lost()
      const forged = deriveSessionKey(manager.authkey.bytes, welcome.sessionId, { client: 'a', server: 'b' })
      for (const wrong of [forged, Buffer.from(manager.authkey.bytes).toString('base64url'), ''])
        await assert.rejects(
          resumeSession(await dial(), { ...welcome, key: wrong }, { attempt: 1, received: 0 }, signal()),
          refusal,
        )
      await assert.rejects(
        resumeSession(await dial(), { ...welcome, sessionId: 's999', key }, { attempt: 1, received: 0 }, signal()),
        refusal,
      )
      assert.equal(await resumeSession(await dial(), { ...welcome, key }, { attempt: 1, received: 0 }, signal()), 0)
    })

    it('takes no line that was said before, nor an attempt that is older than the last one', async () => {
      const { welcome, key } = await lost()
      const lines: Line[] = []
      const session = { ...welcome, key }
      const logged = new LoggedTransport(await dial(), lines)
      assert.equal(await resumeSession(logged, session, { attempt: 2, received: 0 }, signal()), 0)
      const said = lines.find(({ kind: kindOfLine }) => kindOfLine === 'resume')
      assert.ok(said !== undefined)
      assert.ok(!JSON.stringify(lines).includes(key))
      const thief = new HandshakeChannel(await dial(), signal())
      await thief.receive()
      thief.send(said)
      assert.equal((await thief.receive())['code'], 'AUTH_FAILED')
      for (const attempt of [1, 2])
        await assert.rejects(resumeSession(await dial(), session, { attempt, received: 0 }, signal()), refusal)
      assert.equal(await resumeSession(await dial(), session, { attempt: 3, received: 0 }, signal()), 0)
    })

    it('ends a session whose client says that it has read what was never sent', async () => {
      const { welcome, key } = await lost()
      await assert.rejects(
        resumeSession(await dial(), { ...welcome, key }, { attempt: 1, received: 1_000_000 }, signal()),
        { code: 'SESSION_LOST' },
      )
      await eventually('the session has ended', async () => ((await isThere(welcome)) ? undefined : true))
    })

    it('is agreed on at login: not where the client does not ask for it, or for less time where it does', async () => {
      for (const [asked, agreed] of [
        [0, undefined],
        [2000, 2000],
        [60_000, 10_000],
      ] as const) {
        const transport = await dial()
        const credential = { kind: 'authkey', key: manager.authkey.bytes } as const
        const { resumption } = await logIn(transport, credential, signal(), asked)
        assert.equal(resumption?.resumeMs, agreed)
        transport.destroy()
      }
    })
  })

const welcomeLine = {
  kind: 'welcome',
  pid: 1,
  session: 's1',
  address: '',
  callTimeoutMs: 0,
  reconnectMs: 0,
  heartbeatMs: 5000,
  missed: 3,
  maxTextBytes: 1_000_000,
  serializer: 'binary',
}

describe('resuming a session', { timeout: 60_000 }, () => {
  const key = 'the secret of a session'

  async function resumed(answer: (line: Line, nonces: Nonces) => Line, serverId: string): Promise<number> {
    const [near, far] = createMemoryPair()
    const server = new HandshakeChannel(far, signal())
    const nonce = createNonce()
    server.send({ kind: 'hello', protocol: 'referent', version: 2, nonce, server: serverId })
    const session = { serverId: identity.serverId, sessionId: 's1', key }
    const resuming = resumeSession(near, session, { attempt: 1, received: 3 }, signal())
    const line = await Promise.race([server.receive(), resuming.then((): Line => ({}))])
    server.send(answer(line, { client: String(line['nonce']), server: nonce }))
    return resuming
  }
  const identity = new ServerIdentity()

  it('is for the server that had it: what that has read must be proved, too', async () => {
    const answer = (received: number, proved: number) => (_: Line, nonces: Nonces) => ({
      kind: 'resumed',
      received,
      proof: proveResumption('server', key, 's1', { attempt: 1, received: proved }, nonces),
    })
    assert.equal(await resumed(answer(5, 5), identity.serverId), 5)
    await assert.rejects(resumed(answer(5, 4), identity.serverId), { code: 'AUTH_FAILED' })
    await assert.rejects(
      resumed((line) => ({ kind: 'resumed', received: 3, proof: line['proof'] }), identity.serverId),
      { code: 'AUTH_FAILED' },
    )
    await assert.rejects(resumed(answer(5, 5), new ServerIdentity().serverId), { code: 'REFERENT_GONE' })
  })

  it('lasts no longer than the client has asked for, whatever the server says', async () => {
    const authkey = { kind: 'authkey', key: Buffer.from('secret') } as const
    for (const [asked, said, agreed] of [
      [0, 60_000, undefined],
      [5000, Number.MAX_SAFE_INTEGER, 5000],
      [5000, 2000, 2000],
    ] as const) {
      const [near, far] = await connectNetworkPair('tcp')
      const loggingIn = logIn(near, authkey, signal(), asked)
      const server = new HandshakeChannel(far, signal())
      const nonce = createNonce()
      server.send({ kind: 'hello', protocol: 'referent', version: 2, nonce, server: identity.serverId })
      const nonces = { client: String((await server.receive())['nonce']), server: nonce, binding: '' }
      const proof = prove('server', authkey.key, nonces)
      server.send({ ...welcomeLine, resumeMs: said, proof, signature: identity.sign(nonces) })
      assert.equal((await loggingIn).resumption?.resumeMs, agreed)
      for (const transport of [near, far]) transport.destroy()
    }
  })

  it('is of no use over a connection within one machine', async () => {
    await using manager = await Manager.start()
    const transport = await connectTo(manager.address, {})
    const welcome = await logIn(transport, { kind: 'authkey', key: manager.authkey.bytes }, signal(), 60_000)
    assert.equal(welcome.resumption, undefined)
    transport.destroy()
  })
})
