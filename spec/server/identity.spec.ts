import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { attach, Manager, refOf, release, type Remote, sameReferent } from 'referent'
import { formatReference, parseReference } from '../../lib/proxy/reference.ts'
import type { TargetId } from '../../lib/wire/message.ts'
import { Counter } from '../harness/counter.ts'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { type Fields, Referring } from '../harness/message.ts'
import { RawClient } from '../harness/raw-client.ts'
import { Messenger } from './messenger.ts'
import { Eavesdropper, Pretender } from './pretender.ts'

leaveNothing()

const chosenSecret = 'chosen-by-the-attacker'
const shape = { kind: 'object', typeid: 'Counter', members: [['increment', 'method']] }

describe('who a server is', { timeout: 60_000 }, () => {
  let bank: Manager
  let post: Manager
  let account: Remote<Counter>
  let messenger: Remote<Messenger>
  let bankId: string

  before(async () => {
    ;[bank, post] = await Promise.all([Manager.start(), Manager.start()])
    messenger = await post.create(Messenger)
  })
  after(() => Promise.all([bank.close(), post.close()]))
  beforeEach(async () => {
    account = await bank.create(Counter)
    bankId = parseReference(refOf(account)).serverId
  })

  it('is proved, not claimed: who says to be another one gets nothing of what that one hosts', async () => {
    await using pretender = await Pretender.start(bankId, chosenSecret)
    using attacker = await attackerAt(messenger)
    const parts = { address: pretender.address, serverId: bankId, id: 999 as TargetId, typeid: 'Counter' }
    const kept = await attacker.ask(keep(formatReference({ ...parts, secret: chosenSecret })))
    assert.equal(kept.kind, 'result')
    await eventually('a login', () => pretender.heard[0])
    await assert.rejects(messenger.incrementKept(), {
      code: 'AUTH_FAILED',
      message: /not the one that it claims to be/,
    })

    assert.equal(await messenger.increment(account), 1)
    assert.equal(await account.value, 1)
    assert.deepEqual(
      pretender.heard.map(({ kind }) => kind),
      ['login'],
    )
  })

  it('is asked of servers that are logged in to with an authkey too', async () => {
    await using pretender = await Pretender.start(bankId, 'shared by both')
    await assert.rejects(Manager.connect(pretender.address, { authkey: 'shared by both' }), {
      code: 'AUTH_FAILED',
      message: /not the one that it claims to be/,
    })
    using attached = await attach<Counter>(refOf(account))
    assert.equal(await attached.increment(), 1)
  })

  it('goes with its place: what passes on what a server says hears no secret, and is asked for nothing of elsewhere', async () => {
    await using eavesdropper = await Eavesdropper.start(bank.address)
    const own = await bank.create(Counter, 70)
    const lure = { ...parseReference(refOf(own)), address: eavesdropper.address }
    using attacker = await attackerAt(messenger)
    await attacker.ask(keep(formatReference(lure)))
    assert.equal(await messenger.incrementKept(), 71)
    const heard = eavesdropper.text

    const genuine = parseReference(refOf(account))
    assert.equal(await messenger.increment(account), 1)
    assert.equal(eavesdropper.text, heard)
    assert.match(heard, /increment/)
    for (const { secret } of [lure, genuine]) assert.ok(!heard.includes(secret), 'a secret was sent')
  })

  it('goes with its place in this process too: neither sessions nor proxies of two places are taken for each other', async () => {
    await using eavesdropper = await Eavesdropper.start(bank.address)
    const genuine = parseReference(refOf(account))
    const there = await attach<Counter>(formatReference({ ...genuine, address: eavesdropper.address }))
    assert.equal(await there.increment(), 1)
    const heard = eavesdropper.text
    using here = await attach<Counter>(refOf(account))
    assert.equal(await here.increment(), 2)
    assert.equal(eavesdropper.text, heard)
    assert.equal(here, account)
    assert.equal(sameReferent(here, there), false)
    release(there)
  })
})

/** A session that may use `messenger` and nothing else. */
async function attackerAt(messenger: Remote<Messenger>): Promise<RawClient & { readonly to: number }> {
  const { address, id, secret, serverId } = parseReference(refOf(messenger))
  const raw = await RawClient.connect(address, { kind: 'capability', id, secret, serverId })
  await raw.attach(id, secret)
  return Object.assign(raw, { to: id })
}

function keep(reference: string): Fields {
  return { kind: 'call', to: 1, method: 'keep', value: [new Referring({ kind: 'portable', reference, shape })] }
}
