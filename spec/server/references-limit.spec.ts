import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Manager, refOf, type Remote } from 'referent'
import { parseReference } from '../../lib/proxy/reference.ts'
import { eventually } from '../harness/eventually.ts'
import { collectGarbage } from '../harness/garbage.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { type Fields, Referring } from '../harness/message.ts'
import { type Answer, RawClient } from '../harness/raw-client.ts'
import { Item, Shelf } from '../references/shelf.ts'
import { Valve } from '../references/valve.ts'

leaveNothing()

const maxReferences = 100
const functionShape = { kind: 'function', typeid: 'Function', members: [['', 'method']] }

describe('what a session holds of a server', { timeout: 60_000 }, () => {
  it('is maxReferences objects: what would be more is refused by name, and nothing of it stays', async () => {
    await using manager = await Manager.start({ maxReferences })
    using liar = await RawClient.open(manager)
    const item = await liar.create('Item')
    const held: number[] = [item]
    for (; held.length < maxReferences; held.push(idOf(await liar.ask(another(item)))));
    const counter = await manager.create(Item, 'of another session')
    for (const more of [another(item), create('Item'), call(await idOfShelf(liar, held), 'newItems')])
      assertOverloaded(await liar.ask(more))
    assert.equal(await countOf(manager), maxReferences + 1)
    assert.deepEqual(await liar.ask(call(item, 'touch')), { kind: 'result', value: 1 })
    assert.equal((await liar.ask(call(item, 'itself'))).kind, 'result') // the same one again is none more
    assert.equal(await counter.touch(), 1)
    const given = held.pop() ?? 0
    liar.tell({ kind: 'release', to: given, count: 1 })
    const next = idOf(await liar.ask(another(item)))
    assert.ok(next > given)
    assertOverloaded(await liar.ask(another(item)))
  })

  it('counts by what each session holds, not by all', async () => {
    await using manager = await Manager.start({ maxReferences: 2 })
    const clients = await Promise.all(Array.from({ length: 3 }, () => RawClient.open(manager)))
    for (const client of clients) {
      const item = await client.create('Item')
      assert.equal((await client.ask(another(item))).kind, 'result')
      assertOverloaded(await client.ask(another(item)))
    }
    for (const client of clients) client[Symbol.dispose]()
  })

  it('has what it pinned and gave back among it, while that is kept', async () => {
    const pinMs = 1500
    await using manager = await Manager.start({ maxReferences, pinMs })
    const item = parseReference(refOf(await manager.named('item', Item)))
    using liar = await RawClient.connect(manager.address, { kind: 'capability', ...item })
    const to = idOf(await liar.attach(item.id, item.secret))
    for (let count = 1; count < maxReferences; count++) {
      const given = idOf(await liar.ask(another(to)))
      liar.tell({ kind: 'pin', to: given })
      liar.tell({ kind: 'pin', to: given })
      liar.tell({ kind: 'release', to: given, count: 1 })
    }
    assertOverloaded(await liar.ask(another(to)))
    assert.equal(await countOf(manager), maxReferences)
    const next = await eventually('the pins are over', async () => {
      const answer = await liar.ask(another(to))
      return answer.kind === 'result' ? idOf(answer) : undefined
    })
    assert.equal((await liar.ask(call(next, 'touch'))).kind, 'result')
    await eventually('all are gone', async () => ((await countOf(manager)) === 2 ? true : undefined))
  })

  it('has the streams that it opened among it', async () => {
    await using manager = await Manager.start({ maxReferences: 10 })
    using liar = await RawClient.open(manager)
    const valve = await liar.create('Valve')
    const streams = []
    for (let count = 1; count < 10; count++) streams.push(idOf(await liar.ask(call(valve, 'drops'))))
    assertOverloaded(await liar.ask(call(valve, 'drops')))
    liar.tell({ kind: 'stop', stream: streams.pop() })
    await eventually('one is over', async () => {
      return (await liar.ask(call(valve, 'drops'))).kind === 'result' ? true : undefined
    })
    assertOverloaded(await liar.ask(call(valve, 'drops')))
    assert.equal((await (await manager.create(Valve, 'valve')).drops().next()).value, 1)
  })

  it('has what was narrowed among it', async () => {
    await using manager = await Manager.start({ maxReferences: 3 })
    const item = await manager.named('item', Item)
    const parts = Array.from({ length: 4 }, (_, index) =>
      parseReference(refOf(item, { methods: ['touch'], expiresInMs: 600_000 + index })),
    )
    using liar = await RawClient.connect(manager.address, { kind: 'capability', ...parseReference(refOf(item)) })
    const answers = []
    for (const { id, secret, caveats } of parts) answers.push(await liar.attach(id, secret, caveats))
    assertOverloaded(answers.pop() ?? assert.fail())
    assert.ok(answers.every(({ kind }) => kind === 'result'))
  })
})

describe('what a server holds of a session', { timeout: 60_000 }, () => {
  it('is maxReferences objects and functions: what would be more is given back', async () => {
    await using manager = await Manager.serve({ maxReferences })
    const shelf = await manager.create(Shelf)
    using liar = await RawClient.open(manager)
    const { id, secret } = parseReference(refOf(shelf))
    const to = idOf(await liar.attach(id, secret))
    const put = (number: number): Fields => call(to, 'put', `function ${number}`, handedOver(number))
    for (let number = 1; number <= maxReferences; number++) assert.equal((await liar.ask(put(number))).kind, 'result')
    assert.deepEqual(liar.givenBack, [])
    assertOverloaded(await liar.ask(put(1000)))
    assert.deepEqual(liar.givenBack, [1000])
    // All of a list or none, in a single message too.
    assertOverloaded(await liar.ask(call(to, 'put', 'more', [handedOver(1001), handedOver(1002)])))
    assert.deepEqual(liar.givenBack, [1000, 1001, 1002])
    assert.equal(await shelf.get('function 1000'), undefined)
    assert.equal((await liar.ask(put(5))).kind, 'result') // it has that one
    await shelf.put('function of another session', () => 'heard')
    const heard = (await shelf.get('function of another session')) as () => string
    assert.equal(heard(), 'heard')
    await shelf.clear()
    await eventually('it gives back what nobody keeps', async () => {
      collectGarbage()
      return (await liar.ask(put(2000))).kind === 'result' ? true : undefined
    })
  })

  it('is that many streams', async () => {
    await using manager = await Manager.serve({ maxReferences: 10 })
    using liar = await RawClient.open(manager)
    const shelf = await liar.create('Shelf')
    const put = (id: number): Fields => call(shelf, 'put', `stream ${id}`, new Referring({ kind: 'stream', id }))
    for (let id = 1; id <= 10; id++) assert.equal((await liar.ask(put(id))).kind, 'result')
    assertOverloaded(await liar.ask(put(11)))
    assert.deepEqual(liar.givenBack, [11])
  })

  it('is so many types only as there is place for, of which it keeps what it knows', async () => {
    await using manager = await Manager.serve()
    using liar = await RawClient.open(manager)
    const shelf = await liar.create('Shelf')
    const described = (type: number, count: number): Fields => {
      const members = Array.from({ length: count }, (_, index) => [String(index).padEnd(1024), 'method', { junk: 'x' }])
      const shape = { kind: 'object', typeid: 'Unknown', members, junk: 'x'.repeat(1000) }
      return call(shelf, 'put', 'it', new Referring({ kind: 'referent', id: 7, type, secret: '', shape }))
    }
    // A name of 1,024 characters counts as 1,088, of 16,777,216.
    assert.equal((await liar.ask(described(1, 10_000))).kind, 'result')
    assert.equal((await liar.ask(described(1, 11_000))).kind, 'result') // in place of the former
    assert.equal((await liar.ask(described(2, 4000))).kind, 'result')
    assertOverloaded(await liar.ask(described(3, 1000)), /too many types/)
    assert.deepEqual(liar.givenBack, [7])
    // Nobody waits for this one: it is given back, and its type isn't kept.
    liar.tell({ kind: 'result', id: 99, value: new Referring(descriptorOf(described(4, 1000))) })
    assert.equal((await liar.ask(call(shelf, 'get', 'nothing'))).kind, 'result')
    assert.deepEqual(liar.givenBack, [7, 7])
    assert.equal((await liar.ask(described(5, 100))).kind, 'result')
  })
})

describe('what a client and its server hold of each other', { timeout: 60_000 }, () => {
  it('is bounded by the client too, of what it is handed', async () => {
    await using manager = await Manager.start()
    const item = await manager.named('item', Item)
    await using client = await Manager.connect(manager.address, { authkey: manager.authkey, maxReferences: 5 })
    const there = (await client.lookup('item')) as Remote<Item>
    const held = []
    for (let count = 1; count < 5; count++) held.push(await there.another(`item ${count}`))
    await assert.rejects(there.another('too many'), {
      code: 'OVERLOADED',
      message: /5 objects and functions .*\(maxReferences\)/,
    })
    await eventually('it is given back', async () => ((await countOf(manager)) === 5 ? true : undefined))
    assert.equal(await there.touch(), 1)
    assert.equal(await item.touch(), 2)
    assert.equal(held.length, 4)
  })

  it('is bounded by the client too, of what it hands over: the call is not sent', async () => {
    await using manager = await Manager.start()
    await using client = await Manager.connect(manager.address, { authkey: manager.authkey, maxReferences: 5 })
    const shelf = await client.create(Shelf)
    for (let count = 1; count <= 5; count++) await shelf.put(`function ${count}`, () => count)
    const error = { code: 'OVERLOADED', delivery: 'not-sent' }
    await assert.rejects(
      shelf.put('too many', () => 6),
      error,
    )
    assert.equal(await shelf.get('too many'), undefined)
    await shelf.put('function 1', await shelf.get('function 1')) // the same one again is none more
  })

  it('can be bounded by a number only', async () => {
    for (const wrong of [0, -1, NaN])
      await assert.rejects(Manager.serve({ maxReferences: wrong }), { name: 'RangeError', message: /maxReferences is/ })
    assert.throws(() => new Manager({ maxReferences: '5' as never }), {
      name: 'TypeError',
      message: /maxReferences is '5'/,
    })
  })
})

function call(to: number, method: string, ...value: unknown[]): Fields {
  return { kind: 'call', to, method, value }
}

function another(to: number): Fields {
  return call(to, 'another', 'another')
}

function create(typeid: string): Fields {
  return call(0, 'create', typeid)
}

/** A function of the client, of this number. */
function handedOver(id: number): Referring {
  return new Referring({ kind: 'referent', id, type: 1, secret: '', shape: functionShape })
}

function descriptorOf({ value }: Fields): Referring['descriptor'] {
  const [, referring] = value as [string, Referring]
  return referring.descriptor
}

/** Makes place for a shelf, and has it. */
async function idOfShelf(client: RawClient, held: number[]): Promise<number> {
  client.tell({ kind: 'release', to: held.pop(), count: 1 })
  const id = await client.create('Shelf')
  held.push(id)
  return id
}

function idOf({ kind, value }: Answer): number {
  assert.equal(kind, 'result', JSON.stringify(value))
  return (value as { readonly id: number }).id
}

function assertOverloaded({ kind, value }: Answer, why = /\(maxReferences\)/): void {
  assert.equal(kind, 'error', JSON.stringify(value))
  const { code, message } = value as { readonly code: unknown; readonly message: string }
  assert.equal(code, 'OVERLOADED')
  assert.match(message, why)
}

async function countOf(manager: Manager): Promise<number> {
  return (await manager.inspect()).referents.length
}
