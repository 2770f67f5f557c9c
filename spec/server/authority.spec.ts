import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { attach, Manager, refOf } from 'referent'
import { HandshakeChannel } from '../../lib/auth/handshake-channel.ts'
import { parseReference } from '../../lib/proxy/reference.ts'
import { connectTo } from '../../lib/transport/open.ts'
import { Counter } from '../harness/counter.ts'
import { patienceMs } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { moduleUrl } from '../harness/module.ts'
import { type Answer, RawClient } from '../harness/raw-client.ts'

leaveNothing()

describe('what a session may reach', () => {
  let manager: Manager

  before(async () => (manager = await Manager.start()))
  after(() => manager.close())

  it('is what was granted to it: ids of others, old and future ones lead nowhere, in every kind of message', async () => {
    const others = await manager.create(Counter, 5)
    const { id: othersId } = parseReference(refOf(others))
    using raw = await RawClient.open(manager)
    const mine = await raw.create('Counter', 7)
    for (const to of [othersId, mine + 1, 999_999]) {
      assertError(await raw.ask({ kind: 'call', to, method: 'increment', value: [] }), 'REFERENT_GONE')
      assertError(await raw.ask({ kind: 'get', to, property: 'value' }), 'REFERENT_GONE')
      assertError(await raw.ask({ kind: 'assign', to, value: { value: 1 } }), 'REFERENT_GONE')
      assertError(await raw.ask({ kind: 'snapshot', to }), 'REFERENT_GONE')
    }
    assert.deepEqual(await raw.ask({ kind: 'get', to: mine, property: 'value' }), { kind: 'result', value: 7 })
    assert.equal(await others.value, 5)
  })

  it('is, with a reference for its credential, that referent: no operation of the server, and no other referent', async () => {
    const [counter, other] = await Promise.all([manager.create(Counter, 5), manager.create(Counter, 6)])
    const { address, id, secret, serverId } = parseReference(refOf(counter))
    const { id: otherId } = parseReference(refOf(other))
    using raw = await RawClient.connect(address, { kind: 'capability', id, secret, serverId })
    for (const method of ['create', 'lookup', 'inspect', 'shutdown', 'nonsense', 'constructor'])
      assertError(await raw.ask({ kind: 'call', to: 0, method, value: ['Counter'] }), 'FORBIDDEN')
    for (const method of ['inspectReferent', 'inspectSession', 'proxyOf', 'watchCalls'])
      for (const of of [id, otherId, 's1'])
        assertError(await raw.ask({ kind: 'call', to: 0, method, value: [of] }), 'FORBIDDEN')
    for (const fields of [{ kind: 'get', property: 'inspect' }, { kind: 'assign', value: {} }, { kind: 'snapshot' }])
      assertError(await raw.ask({ ...fields, to: 0 }), 'FORBIDDEN')
    assertError(await raw.ask({ kind: 'get', to: id, property: 'value' }), 'REFERENT_GONE')
    const attached = await raw.attach(id, secret)
    assert.equal(attached.kind, 'result')
    assert.deepEqual(await raw.ask({ kind: 'get', to: id, property: 'value' }), { kind: 'result', value: 5 })
    assertError(await raw.attach(otherId, secret), 'AUTH_FAILED')
    assertError(await raw.ask({ kind: 'get', to: otherId, property: 'value' }), 'REFERENT_GONE')
  })

  it("is, with the authkey alone, no module of the server's machine: only who started the server has it import them", async () => {
    using raw = await RawClient.open(manager)
    const key = { typeid: 'Bell', module: moduleUrl('../proxy/bell.ts', import.meta.url).href, owner: '' }
    assertError(await raw.ask({ kind: 'call', to: 0, method: 'import', value: [key] }), 'NOT_EXPOSED')
    assertError(await raw.ask({ kind: 'call', to: 0, method: 'create', value: ['Bell'] }), 'UNKNOWN_TYPEID')
  })

  it('is nothing with an altered capability', async () => {
    const reference = refOf(await manager.create(Counter))
    const { address, id, secret, serverId } = parseReference(reference)
    const altered = secret.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))
    const connecting = RawClient.connect(address, { kind: 'capability', id, secret: altered, serverId })
    await assert.rejects(connecting, { code: 'AUTH_FAILED' })
    await assert.rejects(attach(reference.replace(secret, altered)), { code: 'AUTH_FAILED' })
  })

  it('is nothing without a proof of the key, whatever else the client says', async () => {
    const transport = await connectTo(manager.address, {})
    const channel = new HandshakeChannel(transport, AbortSignal.timeout(patienceMs))
    await channel.receive()
    channel.send({ kind: 'login', version: 2, nonce: 'n', pid: 1, credential: 'authkey', id: 0, proof: 'p' })
    assert.equal((await channel.receive())['kind'], 'refused')
    await assert.rejects(channel.receive(), { code: 'SESSION_LOST' })
    assert.ok(!(await manager.inspect()).sessions.some(({ pid }) => pid === 1))
  })

  it('ends with the last reference that the session gives back', async () => {
    using raw = await RawClient.open(manager)
    const to = await raw.create('Counter')
    raw.tell({ kind: 'release', to, count: 1 })
    assertError(await raw.ask({ kind: 'get', to, property: 'value' }), 'REFERENT_GONE')
    const { referents } = await manager.inspect()
    assert.ok(!referents.some(({ id }) => id === to))
  })

  it('is not to be taken from others: who gives back more than it holds is cut off, and only that one', async () => {
    const counter = await manager.create(Counter, 5)
    const { id: to } = parseReference(refOf(counter))
    const raw = await RawClient.open(manager)
    raw.tell({ kind: 'release', to, count: 1 })
    await assert.rejects(raw.ask({ kind: 'get', to, property: 'value' }), /the server ended the session/)
    assert.equal(await counter.value, 5)
  })

  it('does not grow by an operation that the server does not have, or one that is misused', async () => {
    using raw = await RawClient.open(manager)
    for (const method of ['nonsense', 'constructor', '__proto__', 'perform'])
      assertError(await raw.ask({ kind: 'call', to: 0, method, value: [] }), 'NOT_EXPOSED')
    for (const value of [[], [7], {}, ['constructor'], ['__proto__']])
      assert.equal((await raw.ask({ kind: 'call', to: 0, method: 'create', value })).kind, 'error')
    for (const value of [[], [1], ['1', 'x'], [1, 2]])
      assertError(await raw.ask({ kind: 'call', to: 0, method: 'attach', value }), 'PROTOCOL')
  })
})

function assertError({ kind, value }: Answer, code: string): void {
  assert.equal(kind, 'error', `the server answered ${JSON.stringify(value)}`)
  assert.equal((value as { readonly code: unknown }).code, code)
}
