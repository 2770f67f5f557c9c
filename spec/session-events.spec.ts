import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { inspect } from 'node:util'
import { Manager, refOf, release } from 'referent'
import { parseReference } from '../lib/proxy/reference.ts'
import { eventually } from './harness/eventually.ts'
import { leaveNothing } from './harness/leave-nothing.ts'
import { Program } from './harness/program.ts'
import { RawClient } from './harness/raw-client.ts'
import { Dam } from './manager/dam.ts'
import { Lives, Room } from './session-events/lives.ts'

leaveNothing()

describe('the channel of sessions', { timeout: 30_000 }, () => {
  let manager: Manager

  // In this process, so that both sides are seen; its clients connect as from any other.
  before(async () => (manager = await Manager.serve()))
  after(() => manager.close())

  it('tells on both sides of a session that opens and closes', async () => {
    using lives = new Lives()
    const { address, authkey } = manager
    await (await Manager.connect(address, { authkey })).close()
    await eventually('both have closed', () => (lives.events.length === 4 ? true : undefined))
    const [{ session } = assert.fail()] = lives.events
    assert.match(String(session), /^s\d+$/)
    for (const side of ['client', 'server'] as const) {
      const sides = { side, address, session, pid: process.pid }
      assert.deepEqual(lives.of(side), [
        { kind: 'opened', ...sides, authority: 'all' },
        { kind: 'closed', ...sides },
      ])
    }
  })

  it('tells that a session may reach only what it is granted', async () => {
    const room = await manager.create(Room)
    const parts = parseReference(refOf(room))
    using lives = new Lives()
    const client = await RawClient.connect(manager.address, { kind: 'capability', ...parts })
    client[Symbol.dispose]()
    const opened = lives.of('server').find(({ kind }) => kind === 'opened')
    assert.equal(opened?.authority, 'granted')
    release(room)
  })

  it('tells on both sides of a login that is refused, and why', async () => {
    using lives = new Lives()
    const { address } = manager
    await assert.rejects(Manager.connect(address, { authkey: 'another' }), { code: 'AUTH_FAILED' })
    for (const side of ['client', 'server'] as const) {
      const { error, ...event } = await eventually('it is refused', () =>
        lives.of(side).find(({ kind }) => kind === 'refused'),
      )
      assert.deepEqual(event, { kind: 'refused', side, address })
      assert.equal(Reflect.get(Object(error), 'code'), 'AUTH_FAILED')
    }
  })

  it('tells of a session that is lost, and of the one that takes its place, if one does', async () => {
    const dam = await Dam.before(manager)
    const client = await Manager.connect(dam.address, { authkey: manager.authkey, reconnectMs: 10_000 })
    using lives = new Lives()
    dam.cut()
    const events = await eventually('it is opened anew', () =>
      lives.events.some(({ kind }) => kind === 'reopened') ? lives.of('client') : undefined,
    )
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['lost', 'opened', 'reopened'],
    )
    const [lost, , reopened] = events
    assert.equal(Reflect.get(Object(lost?.error), 'code'), 'SESSION_LOST')
    assert.equal(reopened?.replaced, lost?.session)
    await dam[Symbol.asyncDispose]()
    await eventually('it is lost again', () => (lives.of('client').at(-1)?.kind === 'lost' ? true : undefined))
    await client.close()
    const last = lives.of('client').at(-1)
    assert.deepEqual([last?.kind, last?.session, last?.address], ['abandoned', reopened?.session, dam.address])
  })

  it('shows no secret in any of it', async () => {
    using lives = new Lives()
    const { address, authkey } = manager
    const room = await manager.create(Room)
    const { secret } = parseReference(refOf(room))
    await assert.rejects(Manager.connect(address, { authkey: 'swordfish' }), { code: 'AUTH_FAILED' })
    await (await Manager.connect(address, { authkey })).close()
    await eventually('all is told', () => (lives.events.length >= 6 ? true : undefined))
    const shown = inspect(lives.events, {
      depth: 20,
      showHidden: true,
      getters: true,
      maxArrayLength: null,
      maxStringLength: null,
    })
    const seen = shown.replaceAll(/\s/g, '')
    for (const each of [secret, 'swordfish', ...encodings(Buffer.from('swordfish')), ...encodings(authkey.bytes)])
      assert.ok(!seen.includes(each), each)
    release(room)
  })
})

describe('NODE_DEBUG=referent', { timeout: 60_000 }, () => {
  it('prints a line for each turn in the life of servers and sessions, and no secret', async () => {
    const env = { NODE_DEBUG: 'referent' }
    const { code, lines, stderr } = await Program.run('session-events/visible.ts', import.meta.url, { env })
    assert.equal(code, 0)
    assert.ok(lines.includes('inside') && lines.includes('refused: true'))
    const rest = (start: string) => lines.filter((line) => line.startsWith(start)).map((line) => line.slice(8))
    const [server] = rest('server: ')
    const printed = stderr.trim().split('\n')
    for (const line of printed) assert.match(line, /^REFERENT \d+: (?:server|client)/)
    for (const [pid, text] of [
      [server, 'server [\\w-]+ listens at \\w+:.+'],
      [server, 'server: session s1 with process \\d+ at \\w+:.+ opened with authority: all'],
      ['\\d+', `client: session s1 with process ${server} at \\w+:.+ opened with authority: all`],
      ['\\d+', 'client: session s2 .* opened with authority: granted'],
      [server, 'server: session s2 .* closed'],
      [server, 'server: login at \\S+ refused by AUTH_FAILED: .+'],
      ['\\d+', 'client: login at \\S+ refused by AUTH_FAILED: .+'],
      ['\\d+', 'client: session s1 .* closed'],
      [server, 'server: session s1 .* closed'],
      [server, 'server [\\w-]+ has ended'],
    ]) {
      const expected = new RegExp(`^REFERENT ${pid}: ${text}$`)
      assert.equal(printed.filter((line) => expected.test(line)).length, 1, `${expected} in\n${stderr}`)
    }
    const secrets = rest('secret: ')
    assert.equal(secrets.length, 6)
    for (const secret of [...secrets, 'a wrong key']) assert.ok(!stderr.includes(secret), secret)
  })

  it('not set, prints nothing', async () => {
    const { code, stderr } = await Program.run('session-events/visible.ts', import.meta.url)
    assert.deepEqual([code, stderr], [0, ''])
  })
})

function encodings(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes)
  return [buffer.toString('hex'), buffer.toString('base64'), buffer.toString('base64url'), bytes.join(',')]
}
