import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { Manager, refOf, type Remote } from 'referent'
import type { ReferenceDescriptor } from '../../lib/codec/reference-port.ts'
import { formatReference, parseReference, type ReferenceParts } from '../../lib/proxy/reference.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { type Fields, Referring } from '../harness/message.ts'
import { type Answer, RawClient } from '../harness/raw-client.ts'
import { Item, Shelf } from './shelf.ts'

leaveNothing()

describe('a session that a reference opened', () => {
  let manager: Manager
  let shelf: Remote<Shelf>
  let secretItem: Remote<Item>
  let parts: ReferenceParts
  let others: ReferenceParts
  let raw: RawClient

  before(async () => {
    manager = await Manager.start()
    shelf = await manager.create(Shelf)
    secretItem = await manager.named('secret', Item, 'secret')
    parts = parseReference(refOf(shelf))
    others = parseReference(refOf(secretItem))
  })
  after(() => manager.close())
  beforeEach(async () => {
    raw = await RawClient.connect(parts.address, { kind: 'capability', ...parts })
    await raw.attach(parts.id, parts.secret)
  })
  afterEach(() => raw[Symbol.dispose]())

  it('may ask nothing of the server but to attach', async () => {
    const operations: Record<string, unknown[]> = {
      create: ['Item'],
      named: ['new name', 'Item'],
      lookup: ['secret'],
      forget: ['secret'],
      inspect: [],
      shutdown: [],
    }
    for (const [name, args] of Object.entries(operations))
      assertError(await raw.ask(operation(name, ...args)), 'FORBIDDEN', name)
    assert.equal(await secretItem.label, 'secret')
    await assert.rejects(manager.lookup('new name'), { code: 'UNKNOWN_NAME' })
  })

  it('reaches its own referent, all of that which is exposed', async () => {
    assert.deepEqual(await raw.ask(call(parts.id, 'put', 'key', 'thing')), { kind: 'result', value: undefined })
    assert.deepEqual(await raw.ask(call(parts.id, 'get', 'key')), { kind: 'result', value: 'thing' })
    assertError(await raw.ask(call(parts.id, 'constructor')), 'NOT_EXPOSED')
  })

  it('reaches what methods of its referent return, and what methods of that return', async () => {
    await shelf.put('item', await manager.create(Item, 'on the shelf'))
    const { id } = (await raw.ask(call(parts.id, 'get', 'item'))).value as ReferenceParts
    assert.deepEqual(await raw.ask({ kind: 'get', to: id, property: 'label' }), label('on the shelf'))
    const { id: another } = (await raw.ask(call(id, 'another', 'made by it'))).value as ReferenceParts
    assert.deepEqual(await raw.ask({ kind: 'get', to: another, property: 'label' }), label('made by it'))
  })

  it('reaches no other referent of the server, whatever id it guesses', async () => {
    const ids = Array.from({ length: 50 }, (_, id) => id + 1).filter((id) => id !== parts.id)
    assert.ok(ids.includes(others.id))
    for (const to of [...ids, 2 ** 40]) {
      assertError(await raw.ask(call(to, 'touch')), 'REFERENT_GONE')
      assertError(await raw.ask({ kind: 'get', to, property: 'label' }), 'REFERENT_GONE')
      assertError(await raw.ask({ kind: 'snapshot', to }), 'REFERENT_GONE')
    }
  })

  it('brings no other referent home in its arguments, whatever id it guesses', async () => {
    for (const id of [others.id, 2 ** 40]) {
      const reference = { kind: 'home', id }
      assertError(await raw.ask(putReference(reference)), 'REFERENT_GONE')
    }
    assert.equal(await shelf.get('guessed'), undefined)
    const { id } = parts
    assert.equal((await raw.ask(putReference({ kind: 'home', id }))).kind, 'result')
    assert.equal(await shelf.take('guessed'), shelf)
  })

  it('brings none home by a secret that it guesses, or by that of its own', async () => {
    const shape = { kind: 'object', typeid: 'Item', members: [['touch', 'method']] }
    for (const secret of [parts.secret, others.secret.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')), 'A'])
      assertError(
        await raw.ask(putReference({ kind: 'portable', reference: formatReference({ ...others, secret }), shape })),
        'AUTH_FAILED',
      )
    assert.equal(await shelf.get('guessed'), undefined)
  })

  it('attaches to no other referent by a secret that it guesses, or by that of its own', async () => {
    for (const secret of [parts.secret, '', 'A'.repeat(others.secret.length)])
      assertError(await raw.attach(others.id, secret), 'AUTH_FAILED')
    assert.equal((await raw.attach(others.id, others.secret)).kind, 'result')
  })

  it('neither keeps nor lets go what it was not given', async () => {
    raw.tell({ kind: 'pin', to: others.id })
    const { referents } = await manager.inspect()
    // The one of `refOf`, above.
    assert.equal(referents.find(({ id }) => id === others.id)?.pins, 1)
    raw.tell({ kind: 'release', to: others.id, count: 1 })
    await assert.rejects(raw.ask(call(parts.id, 'get', 'key')), /ended the session/)
    assert.equal(await secretItem.label, 'secret')
  })

  it('is not opened by a wrong secret, nor by that of another referent or server', async () => {
    for (const wrong of [{ secret: others.secret }, { id: others.id }, { secret: '' }, { id: 2 ** 40 }])
      await assert.rejects(RawClient.connect(parts.address, { kind: 'capability', ...parts, ...wrong }), {
        code: 'AUTH_FAILED',
      })
    await assert.rejects(RawClient.connect(parts.address, { kind: 'capability', ...parts, serverId: 'another' }), {
      code: 'REFERENT_GONE',
    })
    const asKey = { kind: 'authkey', key: Buffer.from(parts.secret) } as const
    await assert.rejects(RawClient.connect(parts.address, asKey), { code: 'AUTH_FAILED' })
  })

  function putReference(reference: ReferenceDescriptor): Fields {
    return call(parts.id, 'put', 'guessed', new Referring(reference))
  }
})

function operation(method: string, ...value: unknown[]): Fields {
  return call(0, method, ...value)
}

function call(to: number, method: string, ...value: unknown[]): Fields {
  return { kind: 'call', to, method, value }
}

function label(value: string): Answer {
  return { kind: 'result', value }
}

function assertError({ kind, value }: Answer, code: string, what = ''): void {
  assert.equal(kind, 'error', `${what}: the server answered ${JSON.stringify(value)}`)
  assert.equal((value as { readonly code: unknown }).code, code, what)
}
