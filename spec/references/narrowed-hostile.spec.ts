import assert from 'node:assert/strict'
import { after, before, beforeEach, afterEach, describe, it } from 'node:test'
import { attach, Manager, refOf, type Remote } from 'referent'
import { narrowCapability } from '../../lib/auth/proofs.ts'
import { formatReference, parseReference, type ReferenceParts } from '../../lib/proxy/reference.ts'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Referring } from '../harness/message.ts'
import { type Answer, RawClient } from '../harness/raw-client.ts'
import { Till } from './narrowed/till.ts'

leaveNothing()

interface Received {
  readonly id: number
  readonly secret: string
  readonly narrowed: { readonly id: number; readonly caveats: readonly string[] }
}

describe('a liar with a reference that was narrowed', () => {
  let manager: Manager
  let till: Remote<Till>
  let board: Remote<Till>
  /** Narrowed twice. */
  let parts: ReferenceParts
  let raw: RawClient

  before(async () => {
    manager = await Manager.start()
    till = await manager.create(Till)
    board = await manager.create(Till, 'board')
    const few = await attach(refOf(till, { methods: ['count', 'keep', 'balance'], expiresInMs: 600_000 }))
    parts = parseReference(refOf(few, { methods: ['count', 'keep'] }))
  })
  after(() => manager.close())
  beforeEach(async () => (raw = await RawClient.connect(parts.address, { kind: 'capability', ...parts })))
  afterEach(() => raw[Symbol.dispose]())

  /** What he makes of it, with the secret that he has, or one he makes of it. */
  function lies(): ReferenceParts[] {
    const { secret, caveats = [] } = parts
    const [first = '', second = ''] = caveats
    const later = first.replace(/\d+/, (until) => String(Number(until) + 600_000))
    const caveatLists = [
      [],
      [first],
      [second],
      [second, first],
      [later, second],
      [first, second.replace('"keep"', '"put"')],
      [first, `${second} `],
      [first, second, second],
      [first, second, '{}'],
      ['{}', first, second],
      [first + second],
    ]
    assert.ok(later !== first && second.includes('"keep"'))
    const widened = caveatLists.map((each) => ({ ...parts, caveats: each.length === 0 ? undefined : each }))
    const made = widened.map((each) => ({ ...each, secret: narrowCapability(secret, '{}') }))
    // This one narrows what he has, as anybody may.
    const others = made.filter(({ caveats: each = [] }) => each.join() !== [first, second, '{}'].join())
    const flipped = { ...parts, secret: secret.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A')) }
    return [...widened, ...others, flipped, { ...parts, secret: secret.slice(0, -1) }, { ...parts, secret: '' }]
  }

  it('logs in with nothing else than that', async () => {
    const wrong = lies()
    assert.equal(wrong.length, 24)
    for (const lie of wrong)
      await assert.rejects(RawClient.connect(parts.address, { kind: 'capability', ...lie }), { code: 'AUTH_FAILED' })
    const key = Buffer.from(parts.secret)
    await assert.rejects(RawClient.connect(parts.address, { kind: 'authkey', key }), { code: 'AUTH_FAILED' })
  })

  it('attaches to nothing else', async () => {
    for (const { id, secret, caveats } of lies()) assertError(await raw.attach(id, secret, caveats), 'AUTH_FAILED')
    const { id, secret } = parts
    for (const malformed of [5, 'count', [5], [parts.caveats], { length: 1 }, ['x'.repeat(2050)], Array(33).fill('{}')])
      assertError(await raw.attach(id, secret, malformed), 'PROTOCOL')
  })

  it('brings home nothing else', async () => {
    const { to } = await attached()
    const shape = { kind: 'object', typeid: 'Till', members: [['put', 'method']] }
    for (const lie of lies()) {
      const reference = new Referring({ kind: 'portable', reference: formatReference(lie), shape })
      const { value } = await raw.ask({ kind: 'call', to, method: 'keep', value: [reference] })
      assert.match(String((value as { readonly code: unknown }).code), /AUTH_FAILED|BAD_REFERENCE/)
    }
    const home = new Referring({ kind: 'home', id: to })
    assertError(await raw.ask({ kind: 'call', to, method: 'keep', value: [home] }), 'REFERENT_GONE')
    assert.equal(await till.kept(), undefined)
  })

  it('reaches what was left to it, in every kind of message, and not the referent itself', async () => {
    const { to, received } = await attached()
    assert.deepEqual(received.narrowed, { id: parts.id, caveats: parts.caveats })
    assert.deepEqual(await raw.ask({ kind: 'call', to, method: 'count', value: [] }), { kind: 'result', value: 0 })
    for (const method of ['put', 'balance', 'constructor', '', 'hidden'])
      assertError(await raw.ask({ kind: 'call', to, method, value: [1] }), 'NOT_EXPOSED')
    assertError(await raw.ask({ kind: 'get', to, property: 'balance' }), 'NOT_EXPOSED')
    assertError(await raw.ask({ kind: 'assign', to, value: { balance: 5 } }), 'NOT_EXPOSED')
    assertError(await raw.ask({ kind: 'snapshot', to }), 'NOT_EXPOSED')
    assertError(await raw.ask({ kind: 'call', to: parts.id, method: 'count', value: [] }), 'REFERENT_GONE')
    assert.equal(await till.balance, 0)
  })

  it('gets the same reference each time, and gives back no more than it got', async () => {
    const { to } = await attached()
    assert.equal((await attached()).to, to)
    raw.tell({ kind: 'release', to, count: 1 })
    assert.equal((await raw.ask({ kind: 'call', to, method: 'count', value: [] })).kind, 'result')
    raw.tell({ kind: 'release', to, count: 1 })
    assertError(await raw.ask({ kind: 'call', to, method: 'count', value: [] }), 'REFERENT_GONE')
    const again = (await attached()).to
    raw.tell({ kind: 'release', to: again, count: 2 })
    await raw.cut()
    assert.equal(await till.count(), 0)
  })

  it('takes away only, whatever a caveat says that it adds itself', async () => {
    const wider = JSON.stringify({ members: ['count', 'put', 'balance'], until: 8e15 })
    const caveats = [...(parts.caveats ?? []), wider]
    const { value } = await raw.attach(parts.id, narrowCapability(parts.secret, wider), caveats)
    const { id: to } = value as Received
    assert.equal((await raw.ask({ kind: 'call', to, method: 'count', value: [] })).kind, 'result')
    for (const method of ['put', 'keep', 'balance'])
      assertError(await raw.ask({ kind: 'call', to, method, value: [1] }), 'NOT_EXPOSED')
  })

  it('is refused a caveat that the server does not know, by name', async () => {
    for (const unknown of [
      '{"host":"here"}',
      '{"members":["count"],"host":"here"}',
      '{"until":"soon"}',
      'count',
      '[]',
    ]) {
      const secret = narrowCapability(parts.secret, unknown)
      const caveats = [...(parts.caveats ?? []), unknown]
      assertError(await raw.attach(parts.id, secret, caveats), 'PROTOCOL')
    }
  })

  it('is shown no more members of the server by code in it, whatever members he says it has', async () => {
    const { to } = await attached()
    const shape = { kind: 'object', typeid: 'Shelf', members: [['put', 'method']] }
    const reference = new Referring({ kind: 'portable', reference: formatReference(parts), shape })
    assert.equal((await raw.ask({ kind: 'call', to, method: 'keep', value: [reference] })).kind, 'result')
    const kept = (await till.kept()) as Remote<Till>
    assert.equal(await kept.count(), 0)
    await assert.rejects(kept.put(1), { code: 'NOT_EXPOSED' })
    assert.equal(await board.tryWithin(kept as unknown as Till), 'NOT_EXPOSED done nothing')
    await till.keep(undefined)
  })

  it('holds nothing when its time is up, whatever it does', async () => {
    const gone = await manager.create(Till, 'gone')
    const short = parseReference(refOf(gone, { expiresInMs: 700 }))
    const { kind, value } = await raw.attach(short.id, short.secret, short.caveats)
    assert.equal(kind, 'result')
    const { id: to } = value as Received
    const waiting = raw.ask({ kind: 'call', to, method: 'wait', value: [] })
    assertError(await waiting, 'EXPIRED')
    for (const fields of [
      { kind: 'call', to, method: 'count', value: [] },
      { kind: 'get', to, property: 'balance' },
      { kind: 'assign', to, value: { balance: 5 } },
      { kind: 'snapshot', to },
    ])
      assertError(await raw.ask(fields), 'EXPIRED')
    assertError(await raw.attach(short.id, short.secret, short.caveats), 'EXPIRED')
    raw.tell({ kind: 'pin', to })
    const { referents } = await manager.inspect()
    const held = referents.find(({ id }) => id === short.id)
    assert.deepEqual([held?.references, held?.pins], [1, 1]) // this process, and `refOf`
    raw.tell({ kind: 'release', to, count: 1 })
    await eventually('released', async () => {
      const { kind: answered, value: error } = await raw.ask({ kind: 'call', to, method: 'count', value: [] })
      return answered === 'error' && (error as { code: string }).code === 'REFERENT_GONE' ? true : undefined
    })
    assert.equal(await gone.count(), 0)
  })

  async function attached(): Promise<{ readonly to: number; readonly received: Received }> {
    const { kind, value } = await raw.attach(parts.id, parts.secret, parts.caveats)
    assert.equal(kind, 'result')
    const received = value as Received
    return { to: received.id, received }
  }
})

function assertError({ kind, value }: Answer, code: string): void {
  assert.equal(kind, 'error', `the server answered ${JSON.stringify(value)}`)
  assert.equal((value as { readonly code: unknown }).code, code)
}
