import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Manager, refOf } from 'referent'
import { HandshakeChannel, type Line } from '../../lib/auth/handshake-channel.ts'
import { prove } from '../../lib/auth/proofs.ts'
import { parseReference } from '../../lib/proxy/reference.ts'
import { connectTo } from '../../lib/transport/open.ts'
import type { Transport } from '../../lib/transport/transport.ts'
import { Counter } from '../harness/counter.ts'
import { eventually, patienceMs, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { sized } from '../harness/size.ts'
import { connectUnbound } from '../transport/web-sockets.ts'
import { type Stage, Strangers } from './strangers.ts'

leaveNothing()

const strangerCount = sized(100, 1000)
/** How long a call may take beside strangers: on an idle machine it is less than one. */
const quickMs = 1000

/** How long the server waits for a login. */
const handshakeMs = 10_000

/** What a client says to have a WebSocket (RFC 6455, 1.3). */
const upgrade = [
  'GET / HTTP/1.1',
  'Host: a',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol: referent',
  '',
  '',
].join('\r\n')

const places: readonly [what: string, address: string | undefined, stage: Stage, speaks?: string][] = [
  ['a unix socket', undefined, 'heard'],
  ['tcp:', 'tcp://127.0.0.1:0', 'heard'],
  ['tls:, before its handshake of TLS', 'tls://127.0.0.1:0', 'connected'],
  ['tls:, in its handshake of TLS', 'tls://127.0.0.1:0', 'connected', '160301'],
  ['tls:, after its handshake of TLS', 'tls://127.0.0.1:0', 'encrypted'],
  ['ws:, before they ask for a WebSocket', 'ws://127.0.0.1:0', 'connected'],
  ['ws:, while they ask for a WebSocket', 'ws://127.0.0.1:0', 'connected', hex(upgrade.slice(0, 60))],
  ['ws:, as a WebSocket', 'ws://127.0.0.1:0', 'heard', hex(upgrade)],
  ['wss:, in its handshake of TLS', 'wss://127.0.0.1:0', 'connected', '160301'],
  ['wss:, while they ask for a WebSocket', 'wss://127.0.0.1:0', 'encrypted', hex(upgrade.slice(0, 60))],
]

for (const [what, address, stage, speaks] of places) {
  describe(`${strangerCount} strangers that say nothing, at ${what}`, { timeout: 60_000 }, () => {
    for (const maxHandshakes of [undefined, 50]) {
      it(`keep nobody else from coming and calling, where ${maxHandshakes ?? 'all'} of them may stay`, async () => {
        await using manager = await Manager.start({
          ...(address === undefined ? {} : { address }),
          ...(maxHandshakes === undefined ? {} : { maxHandshakes }),
        })
        const counter = await manager.create(Counter)
        const said = speaks === undefined ? undefined : Buffer.from(speaks, 'hex')
        using strangers = await Strangers.at(manager.address, stage, strangerCount, said)
        const ended = maxHandshakes === undefined ? 0 : strangerCount - maxHandshakes
        await eventually('those go that are too many', () => strangers.ended >= ended || undefined)
        for (let call = 1; call <= 100; call++) {
          const start = performance.now()
          assert.equal(await counter.increment(), call)
          assert.ok(performance.now() - start < quickMs, 'a call takes its time')
        }
        for (let login = 0; login < 5; login++) {
          await using client = await Manager.connect(manager.address, { authkey: manager.authkey })
          assert.equal(await (await client.create(Counter)).increment(), 1)
        }
        await eventually('they have gone', async () => (await manager.inspect()).sessions.length === 1 || undefined)
        // Each login has taken the place of a stranger.
        assert.ok(strangers.ended <= ended + (maxHandshakes === undefined ? 0 : 5), `${strangers.ended} were ended`)
      })
    }
  })
}

describe('a handshake', { timeout: 60_000 }, () => {
  it('that is the oldest of too many is told so by name', async () => {
    await using manager = await Manager.serve({ address: 'tls://127.0.0.1:0', maxHandshakes: 2 })
    const { channel, transport } = await begin(manager)
    await channel.receive()
    using strangers = await Strangers.at(manager.address, 'encrypted', 2)
    const { kind, code, message } = await channel.receive()
    assert.deepEqual([kind, code], ['refused', 'OVERLOADED'])
    assert.match(String(message), /more than 2 connections were in a handshake \(maxHandshakes\)/)
    assert.equal(strangers.ended, 0)
    transport.destroy()
  })

  it('leaves its place when its client goes, and when it is refused and goes', async () => {
    await using manager = await Manager.serve({ maxHandshakes: 20 })
    // The oldest: it goes where the others don't leave their places.
    using stranger = await Strangers.at(manager.address, 'heard', 1)
    for (let attempt = 0; attempt < 40; attempt++) {
      await assert.rejects(Manager.connect(manager.address, { authkey: 'guess' }), { code: 'AUTH_FAILED' })
      ;(await Strangers.at(manager.address, 'heard', 1))[Symbol.dispose]()
    }
    await using client = await Manager.connect(manager.address, { authkey: manager.authkey })
    assert.equal((await client.inspect()).pid, process.pid)
    assert.equal(stranger.ended, 0)
  })

  for (const scheme of ['tcp', 'tls', 'ws', 'wss'] as const)
    it(`can not be played again, on another connection of ${scheme}:`, async () => {
      await using manager = await Manager.serve({ address: `${scheme}://127.0.0.1:0` })
      const one = await begin(manager)
      const login = loginFor(manager, one.transport, await one.channel.receive())
      one.channel.send(login)
      assert.equal((await one.channel.receive())['kind'], 'welcome')
      const other = await begin(manager)
      await other.channel.receive()
      other.channel.send(login)
      const { kind, code, message } = await other.channel.receive()
      assert.deepEqual([kind, code], ['refused', 'AUTH_FAILED'])
      assert.match(String(message), /refused the authkey/)
      for (const { transport } of [one, other]) transport.destroy()
    })

  for (const scheme of ['ws', 'wss'] as const)
    it(`of a page is good for a reference, never for the authkey, at ${scheme}:`, async () => {
      await using manager = await Manager.serve({
        address: `${scheme}://127.0.0.1:0`,
        origins: ['https://app.example'],
      })
      const { id, secret } = parseReference(refOf(await manager.create(Counter)))
      for (const guise of [{}, { headers: { origin: 'https://app.example' } }])
        for (const granted of [undefined, { id, secret }]) {
          const transport = await connectUnbound(manager.address, guise)
          const channel = new HandshakeChannel(transport, AbortSignal.timeout(patienceMs))
          channel.send(loginFor(manager, transport, await channel.receive(), granted))
          const { kind, message = '' } = await channel.receive()
          assert.equal(kind, granted === undefined ? 'refused' : 'welcome')
          assert.match(String(message), granted === undefined ? /by references alone, never by the authkey/ : /^$/)
          transport.destroy()
        }
    })

  it('of who stands before a server at wss: proves nothing there, where its client has bound it', async () => {
    await using manager = await Manager.serve({ address: 'wss://127.0.0.1:0' })
    const { id, secret } = parseReference(refOf(await manager.create(Counter)))
    // As if it had come by another connection.
    const transport = await connectUnbound(manager.address, { protocol: 'referent' })
    const channel = new HandshakeChannel(transport, AbortSignal.timeout(patienceMs))
    channel.send(loginFor(manager, transport, await channel.receive(), { id, secret }))
    assert.equal((await channel.receive())['kind'], 'refused')
    transport.destroy()
  })

  it('that breaks off or is too long ends, over TLS too, and harms nobody', async () => {
    const heads = {
      'in the middle of a frame': '40000000 3c000000 7b22',
      'with a frame of 5,000 bytes': '88130000 84130000',
    }
    for (const address of ['tls://127.0.0.1:0', 'tcp://127.0.0.1:0']) {
      await using manager = await Manager.serve({ address })
      const counter = await manager.create(Counter)
      for (const [what, head] of Object.entries(heads)) {
        const bytes = Buffer.from(head.replaceAll(' ', ''), 'hex')
        const stage = address.startsWith('tls:') ? 'encrypted' : 'heard'
        using strangers = await Strangers.at(manager.address, stage, 10, bytes)
        const start = performance.now()
        if (what.startsWith('with')) await eventually(`it ends ${what}`, () => strangers.ended === 10 || undefined)
        // Not because its time was up.
        assert.ok(performance.now() - start < handshakeMs / 2, 'it is not refused at once')
        await counter.increment()
      }
      assert.equal(await counter.value, 2)
    }
  })
})

describe('sessions beyond maxSessions', { timeout: 60_000 }, () => {
  it('are refused by name, to those who have proved what they know only; when others go there is place again', async () => {
    await using manager = await Manager.start({ maxSessions: 2 })
    const client = await Manager.connect(manager.address, { authkey: manager.authkey })
    const counter = await manager.create(Counter)
    await assert.rejects(Manager.connect(manager.address, { authkey: manager.authkey }), {
      code: 'OVERLOADED',
      message: /2 sessions that the authkey opened, and takes no more \(maxSessions\)/,
    })
    await assert.rejects(Manager.connect(manager.address, { authkey: 'guess' }), { code: 'AUTH_FAILED' })
    assert.equal(await counter.increment(), 1)
    await client.close()
    await eventually('it has gone', async () => ((await manager.inspect()).sessions.length === 1 ? true : undefined))
    await using next = await Manager.connect(manager.address, { authkey: manager.authkey })
    assert.equal(await (await next.create(Counter)).increment(), 1)
  })

  it('that references opened take no place of those of the authkey', async () => {
    await using manager = await Manager.serve({ maxSessions: 2 })
    const counter = await manager.create(Counter)
    const { id, secret } = parseReference(refOf(counter))
    const granted = await Promise.all(Array.from({ length: 2 }, () => begin(manager)))
    for (const { transport, channel } of granted) {
      channel.send(loginFor(manager, transport, await channel.receive(), { id, secret }))
      assert.equal((await channel.receive())['kind'], 'welcome')
    }
    const third = await begin(manager)
    third.channel.send(loginFor(manager, third.transport, await third.channel.receive(), { id, secret }))
    assert.equal((await third.channel.receive())['code'], 'OVERLOADED')
    await using client = await Manager.connect(manager.address, { authkey: manager.authkey })
    assert.equal(await (await client.create(Counter)).increment(), 1)
    for (const { transport } of [...granted, third]) transport.destroy()
  })
})

describe('the limits of a server', () => {
  it('can be no number of nothing', () => {
    for (const name of ['maxSessions', 'maxHandshakes'])
      for (const value of [0, -1, NaN, '5'])
        assert.throws(() => new Manager({ [name]: value }), { message: new RegExp(name) })
  })
})

function hex(text: string): string {
  return Buffer.from(text).toString('hex')
}

interface Begun {
  readonly transport: Transport
  readonly channel: HandshakeChannel
}

async function begin({ address }: Manager): Promise<Begun> {
  const transport = await within('it connects', connectTo(address, {}))
  return { transport, channel: new HandshakeChannel(transport, AbortSignal.timeout(patienceMs)) }
}

/** The login of who knows the authkey, or what a reference has. */
function loginFor(
  { authkey }: Manager,
  { binding }: Transport,
  hello: Line,
  granted?: { readonly id: number; readonly secret: string },
): Line {
  const nonces = { client: 'c'.repeat(43), server: String(hello['nonce']), binding }
  const key = granted === undefined ? authkey.bytes : Buffer.from(granted.secret)
  const credential = granted === undefined ? 'authkey' : 'capability'
  const proof = prove('client', key, nonces)
  return { kind: 'login', version: 2, nonce: nonces.client, pid: 1, credential, id: granted?.id ?? 0, proof }
}
