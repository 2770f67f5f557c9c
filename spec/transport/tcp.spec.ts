import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, it } from 'node:test'
import { selfSigned } from '../../lib/transport/certificate.ts'
import { connectTo, listenAt } from '../../lib/transport/open.ts'
import type { NetworkOptions } from '../../lib/transport/network-options.ts'
import type { Transport } from '../../lib/transport/transport.ts'
import { within } from '../harness/eventually.ts'
import { describeTransport } from './contract.ts'
import { Inbox } from './inbox.ts'
import { say } from './say.ts'
import { connectNetworkPair } from './sockets.ts'

describeTransport('a transport over TCP', () => connectNetworkPair('tcp'))
describeTransport('a transport over TLS', () => connectNetworkPair('tls'))
describeTransport('a transport over a WebSocket', () => connectNetworkPair('ws'))
describeTransport('a transport over a WebSocket over TLS', () => connectNetworkPair('wss'))

describe('a connection over the network', { timeout: 30_000 }, () => {
  it('over TLS has what binds proofs to it, the same on both sides, and another connection another', async () => {
    const pairs = [await connectNetworkPair('tls'), await connectNetworkPair('tls')]
    const [one, other] = pairs.map(([near, far]) => [near.binding, far.binding])
    assert.deepEqual(one, [one?.[0], one?.[0]])
    assert.deepEqual(other, [other?.[0], other?.[0]])
    assert.notEqual(one?.[0], other?.[0])
    assert.match(one?.[0] ?? '', /^[\w-]{43}$/)
    end(pairs.flat())
  })

  it('over TCP has nothing that binds proofs to it, and neither is known to be of this machine', async () => {
    for (const kind of ['tcp', 'tls'] as const) {
      const pair = await connectNetworkPair(kind)
      assert.deepEqual(
        pair.map(({ isLocal, binding }) => [isLocal, binding === '']),
        Array.from(pair, () => [false, kind === 'tcp']),
      )
      end(pair)
    }
  })

  it('to or from another machine that is not encrypted must be asked for', async () => {
    const refused = (what: string) => ({ message: new RegExp(`can't ${what}.*tls://.*allowUnencrypted: true`) })
    for (const host of ['0.0.0.0', '192.0.2.1', '[::]', 'db.example.org']) {
      await assert.rejects(
        listenAt(`tcp://${host}:0`, () => undefined, {}),
        refused('listen at'),
      )
      await assert.rejects(connectTo(`tcp://${host}:1`, {}), refused('connect to'))
    }
    const listener = await listenAt('tcp://0.0.0.0:0', (far) => far.destroy(), { allowUnencrypted: true })
    const port = /\d+$/.exec(listener.address)?.[0]
    end([await connectTo(`tcp://localhost:${port}`, {})])
    await listener.close()
  })

  it('is told from one that can not be: nobody there, no such host, TLS or not', async () => {
    const plain = createServer((socket) => socket.resume().end('hello, this is no handshake of TLS')).listen(
      0,
      '127.0.0.1',
    )
    await once(plain, 'listening')
    const { port } = plain.address() as AddressInfo
    await assert.rejects(connectTo(`tls://127.0.0.1:${port}`, {}), {
      code: 'CONNECT_FAILED',
      message: /doesn't speak TLS; is it at tcp:/,
    })
    plain.close()
    await once(plain, 'close')
    for (const kind of ['tcp', 'tls'])
      await assert.rejects(connectTo(`${kind}://127.0.0.1:${port}`, {}), {
        code: 'CONNECT_FAILED',
        message: /nothing answers at .*; is the manager's server running\?/,
      })
    await assert.rejects(connectTo('tls://nowhere.invalid:1', {}), {
      code: 'CONNECT_FAILED',
      message: /there is no host nowhere\.invalid/,
    })
  })

  it('ends for a plain client of a port for TLS, which harms nobody', async () => {
    const accepted: Transport[] = []
    const listener = await listenAt('tls://127.0.0.1:0', (far) => accepted.push(far), {})
    const plain = await connectTo(listener.address.replace('tls:', 'tcp:'), {})
    const inbox = new Inbox()
    plain.start(inbox)
    say(plain, 'not a handshake of TLS')
    plain.flush()
    await within('the plain connection ends', inbox.ended())
    assert.deepEqual(accepted, [])
    end([await connectTo(listener.address, {})])
    await listener.close()
  })

  it('is refused where another process has the port', async () => {
    const listener = await listenAt('tls://127.0.0.1:0', () => undefined, {})
    await assert.rejects(
      listenAt(listener.address, () => undefined, {}),
      {
        code: 'START_FAILED',
        message: /another process serves there; choose another port, or 0/,
      },
    )
    await listener.close()
  })

  it('is made anywhere that the server says, not where it listens', async () => {
    const advertised = async (options: NetworkOptions): Promise<string> => {
      const listener = await listenAt('tls://127.0.0.1:0', () => undefined, options)
      await listener.close()
      return listener.advertised.replace(/\d+$/.exec(listener.address)?.[0] ?? '?', 'PORT')
    }
    assert.equal(await advertised({}), 'tls://127.0.0.1:PORT')
    assert.equal(await advertised({ advertise: 'tls://db.example.org:0' }), 'tls://db.example.org:PORT')
    assert.equal(await advertised({ advertise: 'tls://db.example.org:443' }), 'tls://db.example.org:443')
  })
})

describe('certificates', { timeout: 30_000 }, () => {
  const [own, foreign] = [selfSigned(), selfSigned()]

  it('that a server makes are such as OpenSSL takes', () => {
    const certificate = new X509Certificate(own.cert)
    assert.ok(certificate.verify(certificate.publicKey))
    assert.equal(certificate.publicKey.asymmetricKeyType, 'ed25519')
    assert.notEqual(certificate.serialNumber, new X509Certificate(foreign.cert).serialNumber)
  })

  it('of a server must be signed by those that a client trusts, and for the host, where it names any', async () => {
    const trusting = (ca: string, servername?: string) =>
      connectNetworkPair('tls', {
        listening: { tls: own },
        dialing: { tls: { ca, ...(servername === undefined ? {} : { servername }) } },
      })
    end(await trusting(own.cert, 'referent'))
    await assert.rejects(trusting(foreign.cert, 'referent'), { code: 'CONNECT_FAILED' })
    await assert.rejects(trusting(own.cert, 'another'), { code: 'CONNECT_FAILED', message: /another/ })
  })

  it('of clients are demanded where the server names who may sign them', async () => {
    const withCertificate = (client?: typeof own) =>
      connectNetworkPair('tls', {
        listening: { tls: { ...own, ca: foreign.cert } },
        ...(client === undefined ? {} : { dialing: { tls: client } }),
      })
    end(await withCertificate(foreign))
    for (const client of [undefined, selfSigned()]) {
      const accepted: Transport[] = []
      const listener = await listenAt('tls://127.0.0.1:0', (far) => accepted.push(far), {
        tls: { ...own, ca: foreign.cert },
      })
      const near = await connectTo(listener.address, client === undefined ? {} : { tls: client })
      const inbox = new Inbox()
      near.start(inbox)
      await within('the server ends the connection', inbox.ended())
      assert.deepEqual(accepted, [])
      await listener.close()
    }
  })
})

function end(transports: readonly Transport[]): void {
  for (const transport of transports) transport.destroy()
}
