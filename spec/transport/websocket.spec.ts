import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get } from 'node:http'
import { describe, it } from 'node:test'
import type { ManagerError } from '../../lib/errors.ts'
import type { NetworkKind } from '../../lib/transport/address.ts'
import type { NetworkOptions } from '../../lib/transport/network-options.ts'
import { connectTo, listenAt } from '../../lib/transport/open.ts'
import type { Listener, Transport } from '../../lib/transport/transport.ts'
import { maxMessageBytes } from '../../lib/transport/websocket-messages.ts'
import { withLimits } from '../../lib/wire/limits.ts'
import { eventually, within } from '../harness/eventually.ts'
import { Inbox } from './inbox.ts'
import { say } from './say.ts'
import { type Guise, openWebSocket, statusOf } from './web-sockets.ts'

/** A frame with the message `1`. */
const frame = Buffer.from('06000000 02000000 01 31'.replaceAll(' ', ''), 'hex')

describe('a listener for WebSockets', { timeout: 30_000 }, () => {
  it('takes frames wherever messages are cut: many in one, one in many, and messages that come in fragments', async () => {
    await using server = await Server.start('ws')
    const webSocket = await openWebSocket(server.address)
    const { inbox } = await server.accepted()
    webSocket.send(Buffer.concat([frame, frame, frame.subarray(0, 5)]))
    for (const byte of frame.subarray(5)) webSocket.send(Uint8Array.of(byte))
    webSocket.send(new Uint8Array())
    webSocket.send(frame.subarray(0, 3), { fin: false })
    webSocket.ping('between')
    webSocket.send(frame.subarray(3))
    await within('they arrive', inbox.holds(4))
    assert.deepEqual(inbox.messages, [1, 1, 1, 1])
    webSocket.terminate()
  })

  it('ends what is no binary message of a bounded length, says why by a status code, and serves the others', async () => {
    await using server = await Server.start('ws')
    const beside = await openWebSocket(server.address)
    const { inbox } = await server.accepted()
    const offences: [code: number, message: RegExp, offend: (webSocket: Awaited<typeof beside>) => void][] = [
      [1003, /a text message/, (webSocket) => webSocket.send('text')],
      [1009, /Max payload size exceeded/, (webSocket) => webSocket.send(Buffer.alloc(maxMessageBytes + 1))],
      [
        1008,
        /Too many message fragments/,
        (webSocket) => {
          for (let part = 0; part <= 100; part++) webSocket.send(Uint8Array.of(0), { fin: false })
        },
      ],
      // A message over 64 KiB that never comes: its head alone is enough.
      [
        1009,
        /Max payload size exceeded/,
        (webSocket) => {
          for (let part = 0; part < 20; part++) webSocket.send(Buffer.alloc(4000), { fin: false })
        },
      ],
    ]
    for (const [code, message, offend] of offences) {
      const webSocket = await openWebSocket(server.address)
      const offender = await server.accepted()
      const closed = once(webSocket, 'close')
      offend(webSocket)
      const failure = await within('the server ends it', offender.inbox.ended())
      assert.match(String(failure), message)
      assert.equal(Reflect.get(failure ?? {}, 'code'), 'PROTOCOL')
      assert.equal((await closed)[0], code)
      assert.deepEqual(offender.inbox.messages, [])
    }
    beside.send(frame)
    await within('the other one is heard', inbox.holds(1))
    beside.terminate()
  })

  it('holds frames to the limits of its sessions', async () => {
    await using server = await Server.start('ws')
    const webSocket = await openWebSocket(server.address)
    const { inbox } = await server.accepted()
    const head = Buffer.alloc(8)
    head.writeUInt32LE(2 ** 30, 0)
    webSocket.send(head)
    assert.match(String(await within('it ends', inbox.ended())), /announced a frame of 1073741828 bytes/)
    webSocket.terminate()
  })

  it('compresses nothing', async () => {
    await using server = await Server.start('ws')
    const webSocket = await openWebSocket(server.address, { perMessageDeflate: true })
    assert.equal(webSocket.extensions, '')
    webSocket.terminate()
  })

  it('takes nothing from a client that does not read what it is sent, until it does', async () => {
    await using server = await Server.start('ws')
    const near = await connectTo(server.address, {})
    near.limit(withLimits({}))
    const { far, inbox } = await server.accepted()
    near.start(new Inbox())
    near.hold()
    const kilobytes64 = new Uint8Array(65_536)
    for (let round = 0; round < 200; round++) say(far, '1', [kilobytes64])
    far.flush()
    assert.ok(far.queuedBytes > 1024 * 1024, `${far.queuedBytes} bytes wait`)
    for (let round = 0; round < 10; round++) say(near, '2')
    near.flush()
    // It comes by another connection, later.
    const beside = await openWebSocket(server.address)
    const other = await server.accepted()
    beside.send(frame)
    await within('the other one is heard', other.inbox.holds(1))
    assert.deepEqual(inbox.messages, [])
    const read = new Inbox()
    near.start(read)
    await within('all is read', read.holds(200))
    await within('all is taken', inbox.holds(10))
    assert.equal(far.queuedBytes, 0)
    near.destroy()
    beside.terminate()
  })

  it('answers other requests by 426, and clients of other protocols by 400', async () => {
    for (const kind of ['ws', 'wss'] as const) {
      await using server = await Server.start(kind)
      assert.equal(await statusOf(server.address, { protocol: 'chat' }), 400)
      assert.equal(server.refusals.pop()?.code, 'PROTOCOL')
      if (kind === 'wss') continue
      const request = get(server.address.replace('ws:', 'http:'))
      const [response] = (await within('it answers', once(request, 'response'))) as [
        { statusCode: number; resume(): void },
      ]
      assert.equal(response.statusCode, 426)
      response.resume()
    }
  })

  it('is told from one with TLS, and from one without', async () => {
    for (const [kind, other] of [
      ['ws', 'wss'],
      ['wss', 'ws'],
    ] as const) {
      await using server = await Server.start(kind)
      await assert.rejects(connectTo(server.address.replace(/^wss?/, other), {}), {
        code: 'CONNECT_FAILED',
        message: kind === 'ws' ? /doesn't speak TLS; is it at ws: instead\?/ : /does it speak TLS, at wss: instead\?/,
      })
      const near = await connectTo(server.address, {})
      near.destroy()
    }
  })

  it('is left where the signal aborts, and says what answers that is no such server', async () => {
    await using server = await Server.start('ws')
    const aborted = connectTo(server.address, {}, AbortSignal.abort(new Error('spec')))
    await assert.rejects(aborted, { code: 'ABORTED' })
    await assert.rejects(connectTo('wss://nowhere.invalid:1', {}), { message: /there is no host nowhere\.invalid/ })
    await assert.rejects(connectTo('ws://192.0.2.1:1', {}), {
      message: /use wss:\/\/ instead, or say \{ allowUnencrypted/,
    })
  })
})

describe('the pages that a listener for WebSockets lets in', { timeout: 30_000 }, () => {
  const page = (origin: string): Guise => ({ headers: { origin } })

  it('are none but those of the origins that it names, exactly', async () => {
    for (const kind of ['ws', 'wss'] as const) {
      await using server = await Server.start(kind, { origins: ['https://app.example', 'http://localhost:8080'] })
      for (const origin of ['https://app.example', 'http://localhost:8080']) {
        const webSocket = await openWebSocket(server.address, page(origin))
        const { far } = await server.accepted()
        assert.equal(far.admits, 'granted')
        webSocket.terminate()
      }
      for (const origin of [
        'https://app.example:8443',
        'http://app.example',
        'https://app.example.evil.example',
        'https://evil.example/https://app.example',
        'https://app.example,https://evil.example',
        'null',
        '*',
      ]) {
        assert.equal(await statusOf(server.address, page(origin)), 403)
        const refusal = server.refusals.pop()
        assert.equal(refusal?.code, 'FORBIDDEN')
        assert.ok(refusal?.message.includes(`a page of ${origin}, which is none of the origins`))
      }
    }
  })

  it('are none where it names none, and all where it says so', async () => {
    await using closed = await Server.start('ws')
    assert.equal(await statusOf(closed.address, page('http://127.0.0.1')), 403)
    await using open = await Server.start('ws', { origins: ['*'] })
    for (const origin of ['https://any.example', 'null']) {
      const webSocket = await openWebSocket(open.address, page(origin))
      assert.equal((await open.accepted()).far.admits, 'granted')
      webSocket.terminate()
    }
  })

  it('are told from programs, which can open all', async () => {
    await using server = await Server.start('wss')
    const webSocket = await openWebSocket(server.address)
    const { far } = await server.accepted()
    assert.deepEqual([far.admits, far.binding.length], ['all', 43])
    const unbound = await openWebSocket(server.address, { protocol: 'referent-unbound' })
    const { far: other } = await server.accepted()
    assert.deepEqual([other.admits, other.binding], ['granted', ''])
    for (const each of [webSocket, unbound]) each.terminate()
  })
})

interface Accepted {
  readonly far: Transport
  readonly inbox: Inbox
}

/** A listener, and what it has accepted. */
class Server implements AsyncDisposable {
  readonly refusals: ManagerError[] = []
  readonly #accepted: Accepted[] = []
  #listener: Listener | undefined

  static async start(kind: NetworkKind, options: NetworkOptions = {}): Promise<Server> {
    const server = new Server()
    const accept = (far: Transport): void => server.#accept(far)
    server.#listener = await listenAt(`${kind}://127.0.0.1:0`, accept, options, {
      refused: (error) => server.refusals.push(error),
    })
    return server
  }

  get address(): string {
    return this.#listener?.address ?? ''
  }

  /** The next one that was accepted. */
  accepted(): Promise<Accepted> {
    return eventually('a connection is accepted', () => this.#accepted.shift())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { far } of this.#accepted) far.destroy()
    await this.#listener?.close()
  }

  #accept(far: Transport): void {
    const inbox = new Inbox()
    far.limit(withLimits({}))
    far.start(inbox)
    far.unref()
    this.#accepted.push({ far, inbox })
  }
}
