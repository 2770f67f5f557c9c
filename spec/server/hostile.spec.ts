import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager, refOf, type Remote, snapshot } from 'referent'
import { parseReference } from '../../lib/proxy/reference.ts'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Referring } from '../harness/message.ts'
import { type Answer, RawClient } from '../harness/raw-client.ts'
import { Dam } from '../manager/dam.ts'
import { settled } from '../session/sessions.ts'
import { Target, Vault } from './hostile.ts'

leaveNothing()

/** A reference to something of the peer's own. */
const ownReference = (members: readonly (readonly string[])[]) =>
  new Referring({ kind: 'referent', id: 7, type: 7, secret: '', shape: { kind: 'object', typeid: 'Odd', members } })

describe('a peer that keeps to no rule', () => {
  let manager: Manager
  let target: Remote<Target>

  before(async () => {
    manager = await Manager.serve()
    target = await manager.create(Target)
  })
  after(() => manager.close())

  /** One that may call the target, and nothing else. */
  async function open(address = manager.address): Promise<{ raw: RawClient; to: number }> {
    const { id, secret, serverId } = parseReference(refOf(target))
    const raw = await RawClient.connect(address, { kind: 'capability', id, secret, serverId })
    await raw.attach(id, secret)
    return { raw, to: id }
  }

  it('takes nothing from others by giving back no reference to it: that ends its session', async () => {
    const vault = await manager.create(Vault)
    const { raw } = await open()
    raw.tell({ kind: 'release', to: parseReference(refOf(vault)).id, count: 0 })
    await assert.rejects(raw.ask({ kind: 'snapshot', to: 1 }), /the server ended the session/)
    assert.equal(await vault.isClosed(), true)
  })

  it('can not have two calls run under one number: both end with its session', async () => {
    const { raw, to } = await open()
    raw.tell({ kind: 'call', id: 700, to, method: 'wait', value: [] })
    raw.tell({ kind: 'call', id: 700, to, method: 'wait', value: [] })
    await assert.rejects(raw.ask({ kind: 'snapshot', to }), /the server ended the session/)
    await eventually('the one that ran is aborted', () => Target.aborted === 1 || undefined)
  })

  it('sees no field of an object by passing it where a plain one is due', async () => {
    using raw = await RawClient.open(manager)
    const [to, vault] = [await raw.create('Target'), await raw.create('Vault')]
    const reference = new Referring({ kind: 'home', id: vault })
    assertError(await raw.ask({ kind: 'assign', to, value: reference }), 'PROTOCOL')
    assert.deepEqual(await raw.ask({ kind: 'snapshot', to }), { kind: 'result', value: {} })
    assertError(await raw.ask({ kind: 'call', to, method: 'see', signalAt: 0, value: [reference] }), 'PROTOCOL')
    assertError(await raw.ask({ kind: 'call', to, method: 'see', signalAt: 5, value: [{}] }), 'PROTOCOL')
    const seen = await raw.ask({ kind: 'call', to, method: 'see', signalAt: 0, value: [{ password: 'mine' }] })
    assert.equal(seen.value, 'mine')
    await assert.rejects(snapshot(await manager.create(Vault)), { code: 'NOT_EXPOSED' })
  })

  it('can pass nothing that would be taken for a promise', async () => {
    using raw = await RawClient.open(manager)
    const to = await raw.create('Target')
    const take = { kind: 'call', to, method: 'take' }
    assertError(await raw.ask({ ...take, value: [ownReference([['then', 'method']])] }), 'PROTOCOL')
    assert.equal((await raw.ask({ ...take, value: [ownReference([['next', 'method']])] })).value, 'object')
  })

  it('is answered though it says that it waits for longer than any timer', async () => {
    using raw = await RawClient.open(manager)
    const to = await raw.create('Target')
    const answer = await raw.ask({ kind: 'call', to, method: 'linger', timeoutMs: 2 ** 40, value: [] })
    assert.deepEqual(answer, { kind: 'result', value: false })
  })

  it('that asks for more than it reads has no more made for it than a mebibyte or so', async () => {
    await using dam = await Dam.before(manager)
    const { raw, to } = await open(dam.address)
    const { value } = await raw.ask({ kind: 'call', to, method: 'texts', value: [] })
    dam.hold('server')
    raw.tell({ kind: 'pull', stream: (value as { readonly id: number }).id, credit: 200 })
    await eventually('it begins', () => Target.made > 5 || undefined)
    await settled()
    assert.ok(Target.made < 100, `${Target.made} items of 100 kB were made`)
    dam.open('server')
    await eventually('all come that were asked for', () => Target.made === 200 || undefined)
    raw[Symbol.dispose]()
  })
})

function assertError({ kind, value }: Answer, code: string): void {
  assert.equal(kind, 'error', `the server answered ${JSON.stringify(value)}`)
  assert.equal((value as { readonly code: unknown }).code, code)
}
