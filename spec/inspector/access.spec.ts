import assert from 'node:assert/strict'
import { type IncomingMessage, request } from 'node:http'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { text } from 'node:stream/consumers'
import { Manager } from 'referent'
import { Inspector } from '../../lib/inspector/inspector.ts'
import { closing } from '../../lib/inspector/messages.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { PageSocket, tokenOf } from './socket.ts'

leaveNothing()

describe('an inspector', { timeout: 60_000 }, () => {
  let manager: Manager
  let inspector: Inspector

  before(async () => {
    manager = await Manager.serve()
    inspector = await Inspector.open(manager)
  })
  after(async () => {
    await inspector.close()
    await manager.close()
  })

  it('lets in who has the token of a link, once, and then by the secret that it was exchanged for', async () => {
    const token = tokenOf(inspector.url())
    const { secret } = await opened({ token })
    assert.equal(await refusal({ token }), closing.refused)
    assert.equal((await opened({ secret })).secret, secret)
    assert.equal((await opened({ token, secret })).secret, secret)
  })

  it('lets in nobody else', async () => {
    const token = tokenOf(inspector.url())
    const wrong = [{}, { token: '' }, { token: `${token}a` }, { token: token.slice(1) }, { secret: token }]
    for (const credentials of wrong) assert.equal(await refusal(credentials), closing.refused)
    await opened({ token })
  })

  it('says nothing before somebody has said who it is, and ends who asks for something else', async () => {
    const view = { view: 'overview', server: 0 } as const
    for (const message of [JSON.stringify({ kind: 'look', look: 1, view }), 'no JSON', '{}', '"'.repeat(1000)]) {
      using socket = await PageSocket.connect(inspector.port)
      socket.send(message)
      assert.equal(await socket.closed(), closing.refused)
    }
  })

  it('ends a page that sends what no page sends', async () => {
    for (const message of ['{"kind":"look","look":-1}', '{"kind":"nothing"}', '[]']) {
      using socket = await open()
      socket.send(message)
      assert.equal(await socket.closed(), closing.broken)
    }
    using socket = await open()
    socket.send('x'.repeat(300_000))
    assert.equal(await socket.closed(), 1009)
  })

  it('answers no request that names another host, as after a change of DNS, nor a page of another origin', async () => {
    const own = `127.0.0.1:${inspector.port}`
    for (const host of ['evil.example', `evil.example:${inspector.port}`, '127.0.0.1.evil.example', 'localhost.evil']) {
      assert.equal((await get('/', { host })).statusCode, 403)
      await assert.rejects(PageSocket.connect(inspector.port, { host }), /403/)
    }
    for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:1', `https://${own}`])
      await assert.rejects(PageSocket.connect(inspector.port, { origin }), /403/)
    using socket = await PageSocket.connect(inspector.port, { origin: `http://${own}` })
    socket.send({ kind: 'open', token: tokenOf(inspector.url()) })
    await socket.next('opened')
  })

  it('serves its page with a policy that allows its own files and nothing else, and keeps none of it', async () => {
    for (const path of ['/', '/page.js', '/page.css']) {
      const { statusCode, headers } = await get(path)
      assert.equal(statusCode, 200)
      const policy = String(headers['content-security-policy'])
      for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "trusted-types 'none'"])
        assert.ok(policy.includes(rule), rule)
      assert.ok(!policy.includes('unsafe'))
      assert.deepEqual([headers['cache-control'], headers['x-content-type-options']], ['no-store', 'nosniff'])
    }
    const page = await text(await get('/'))
    assert.ok(!/<style|<script(?! type="module" src="\/page.js")|\son\w+=|https?:/.test(page), page)
  })

  it('has no other files, and takes no other requests', async () => {
    for (const path of ['/page.tsx', '/../package.json', '/%2e%2e/package.json', '/live', '//', '/index.html', '*'])
      assert.equal((await get(path)).statusCode, 404)
    assert.equal((await get('/', {}, 'POST')).statusCode, 405)
    assert.equal((await get('/', {}, 'HEAD')).statusCode, 200)
  })

  it('listens at no address but the one of its links', async () => {
    // All of 127.0.0.0/8 is this machine: who listens at all addresses listens here.
    const socket = connect(inspector.port, '127.0.0.2')
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
    assert.equal(error.code, 'ECONNREFUSED')
  })

  it('has so many pages at a time, and takes another when one has gone', async () => {
    const own = await Inspector.open(manager)
    const sockets: PageSocket[] = []
    for (let index = 0; index < 16; index++) sockets.push(await open(own))
    using late = await PageSocket.connect(own.port)
    const token = tokenOf(own.url())
    late.send({ kind: 'open', token })
    assert.equal(await late.closed(), closing.tooMany)
    sockets[0]?.[Symbol.dispose]()
    // It takes a moment until the inspector hears of it. The token is spent by whom it lets in alone.
    for (let attempt = 0; ; attempt++) {
      using again = await PageSocket.connect(own.port)
      again.send({ kind: 'open', token })
      const [told] = await Promise.race([again.next('opened').then(() => ['opened']), again.closed().then(() => [''])])
      if (told === 'opened') break
      assert.ok(attempt < 100)
    }
    for (const socket of sockets) socket[Symbol.dispose]()
    await own.close()
  })

  it('tells its pages when it ends, and ends whoever else is connected', async () => {
    const own = await Inspector.open(manager)
    using socket = await open(own)
    using newcomer = await PageSocket.connect(own.port)
    const ends = [socket.closed(), newcomer.closed()]
    let isClosed = false
    const closed = own.close().then(() => (isClosed = true))
    await own.close()
    await Promise.resolve()
    assert.ok(isClosed)
    await closed
    assert.equal((await Promise.all(ends))[0], closing.ended)
    await own.close()
  })

  it('refuses options that can not be, and a port that is taken', async () => {
    await assert.rejects(Inspector.open(manager, { port: 70_000 }), RangeError)
    await assert.rejects(Inspector.open(manager, { port: '1' as never }), TypeError)
    await assert.rejects(Inspector.open(manager, { allowCall: true } as never), /did you mean allowCalls/)
    await assert.rejects(Inspector.open(manager, { port: inspector.port }), { code: 'START_FAILED' })
  })

  async function open(of: Inspector = inspector): Promise<PageSocket> {
    const socket = await PageSocket.connect(of.port)
    socket.send({ kind: 'open', token: tokenOf(of.url()) })
    await socket.next('opened')
    return socket
  }

  async function opened(credentials: { readonly token?: string; readonly secret?: string }) {
    using socket = await PageSocket.connect(inspector.port)
    socket.send({ kind: 'open', ...credentials })
    return await socket.next('opened')
  }

  async function refusal(credentials: { readonly token?: string; readonly secret?: string }): Promise<number> {
    using socket = await PageSocket.connect(inspector.port)
    socket.send({ kind: 'open', ...credentials })
    return await socket.closed()
  }

  async function get(path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') {
    const asked = request({ host: '127.0.0.1', port: inspector.port, path, headers, method, agent: false }).end()
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    if (path !== '/') response.resume()
    return response
  }
})
