import looseAssert from 'node:assert'
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { inspect, isDeepStrictEqual } from 'node:util'
import {
  assign,
  attach,
  callMethod,
  isProxy,
  lostSignal,
  Manager,
  refOf,
  release,
  type Remote,
  snapshot,
  typeidOf,
  withOptions,
} from 'referent'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Account, Showcase, Vault } from './account.ts'

leaveNothing()

describe('a proxy', () => {
  let manager: Manager
  let account: Remote<Account>

  before(async () => {
    manager = await Manager.start()
    account = await manager.create(Account, 'Ada', 100)
  })

  after(() => manager.close())

  it('is the same object for the same referent, wherever it comes from', async () => {
    const [self, again, attached] = await Promise.all([account.self(), account.self(), attach(refOf(account))])
    assert.ok(self === account && again === account && attached === account)
    const other = await manager.create(Account, 'Bob')
    assert.notEqual(other, account)
  })

  it('is an instance of the class where that is loaded, and known as a proxy', () => {
    assert.ok(account instanceof Account)
    assert.equal(Reflect.get(account, 'constructor'), Account)
    assert.ok(isProxy(account))
    for (const value of [new Account('Ada'), {}, null, undefined, 'text', () => undefined]) assert.ok(!isProxy(value))
    assert.equal(typeidOf(account), 'Account')
  })

  it('is one line without a secret for util.inspect and in texts', () => {
    const secret = refOf(account).split('#')[1] ?? ''
    const asText: (value: unknown) => string = String
    const nested = inspect([account], { depth: 9, showHidden: true, showProxy: true })
    for (const text of [inspect(account), inspect({ account }), asText(account), nested])
      assert.ok(!text.includes(secret), text)
    assert.match(inspect(account), /^Remote<Account> \{ id: \d+ \}$/)
    assert.equal(asText(account), inspect(account))
  })

  it('is its reference for JSON.stringify', async () => {
    const { shared } = JSON.parse(JSON.stringify({ shared: account })) as { shared: string }
    assert.match(shared, /^referent:/)
    assert.equal(await attach(shared), account)
  })

  it('has no member but the exposed ones, so that await takes it for no promise', async () => {
    const unknown: Readonly<Record<string, unknown>> = account as never
    for (const name of ['nonsense', 'owner', '_pin', 'then', 'catch', 'toString', '__proto__', 'hasOwnProperty'])
      assert.equal(unknown[name], undefined, name)
    assert.equal(await Promise.resolve<unknown>(account), account)
    assert.deepEqual(
      ['deposit', 'balance', 'nonsense', 'audit'].map((name) => name in account),
      [true, true, false, false],
    )
    assert.deepEqual(Object.keys(account), [])
  })

  it('rejects a call of a method that its class has and does not expose, without sending it', async () => {
    const explained = { code: 'NOT_EXPOSED', delivery: 'not-sent', message: /Account\.audit .*add @Exposed/ }
    await assert.rejects(account.audit(), explained)
  })

  it('refuses to have a property set, and names assign', () => {
    const explained = { name: 'TypeError', message: /remote Account .*await assign\(proxy, \{ limit: value \}\)/ }
    assert.throws(() => Reflect.set(account, 'limit', 1), explained)
    assert.throws(() => Object.defineProperty(account, 'limit', { value: 1 }), explained)
  })

  it('refuses to be frozen, changed or copied, by its name and with what to do', async () => {
    const frozen = { name: 'TypeError', message: /remote Account .*can't be frozen.*refOf\(proxy\)/ }
    for (const freeze of [Object.freeze, Object.seal, Object.preventExtensions])
      assert.throws(() => freeze(account), frozen)
    assert.throws(() => Object.setPrototypeOf(account, null), /remote Account .*prototype/)
    assert.throws(() => Reflect.deleteProperty(account, 'limit'), /remote Account .*deleted/)
    const copied = { name: 'DataCloneError', message: /remote Account; hand over refOf\(proxy\)/ }
    assert.throws(() => structuredClone(account), copied)
    const { port1, port2 } = new MessageChannel()
    assert.throws(() => port1.postMessage({ account }), copied)
    port1.close()
    port2.close()
    assert.equal(typeof (await account.balance), 'number')
  })

  it('equals the proxies of its own referent, and no others', async () => {
    const [one, other] = [await manager.create(Account, 'One', 5), await manager.create(Account, 'One', 5)]
    await using second = await Manager.connect(manager.address, { authkey: manager.authkey })
    const again = await manager.named('again', Account, 'Again', 1)
    const elsewhere = await second.lookup('again')
    const alike = [one, withOptions(one, { timeoutMs: 1000 })] as const
    for (const [first, same] of [alike, [again, elsewhere] as const]) {
      assert.notEqual(first, same)
      assert.deepEqual(first, same)
      assert.ok(isDeepStrictEqual([first], [same]))
    }
    for (const equal of [assert.deepEqual, assert.deepStrictEqual, looseAssert.deepEqual])
      assert.throws(() => equal(one, other), { name: 'AssertionError' })
    assert.ok(!isDeepStrictEqual({ account: one }, { account: other }))
  })

  it('reads getters and accessors as promises', async () => {
    const own = await manager.create(Account, 'Own', 5)
    assert.deepEqual([await own.balance, await own.limit, await own.label], [5, 0, 'unlabelled'])
  })

  it('has its setters and accessors written by assign, in one message', async () => {
    const own = await manager.create(Account, 'Own')
    await assign(own, { limit: 7, label: 'savings' })
    assert.deepEqual([await own.limit, await own.label], [7, 'savings'])
    await assert.rejects(
      assign(own, { limit: -1 }),
      (error) => error instanceof RangeError && /of -1/.test(error.message),
    )
    assert.equal(await own.limit, 7)
  })

  it('has nothing written by an assign of which one property is not writable', async () => {
    const own = await manager.create(Account, 'Own')
    await assert.rejects(assign(own, { limit: 9, balance: 1_000_000 }), { code: 'NOT_EXPOSED', message: /balance/ })
    await assert.rejects(assign(own, { label: 'stolen', owner: 'Eve' }), { code: 'NOT_EXPOSED', message: /owner/ })
    await assert.rejects(assign(own, { deposit: Promise.resolve(0) } as never), { code: 'UNSERIALIZABLE' })
    await assert.rejects(assign(own, { deposit: 0 } as never), { code: 'NOT_EXPOSED', message: /deposit/ })
    assert.deepEqual([await own.limit, await own.label, await own.balance], [0, 'unlabelled', 0])
    assert.equal((await snapshot(own))['owner'], 'Own')
  })

  it('gives a copy of its own fields by snapshot where its class says so, of all or of those that it names', async () => {
    assert.deepEqual(await snapshot(account), { owner: 'Ada', opened: { year: 2024 } })
    assert.deepEqual(await snapshot(await manager.create(Showcase)), { name: 'jewels', total: 2 })
  })

  it('gives nothing of its state where its class says nothing of it', async () => {
    const vault = await manager.create(Vault)
    const explained = {
      code: 'NOT_EXPOSED',
      message: /the state of Vault is not exposed; .*snapshot: \['name', \.\.\.\]/,
    }
    await assert.rejects(snapshot(vault), explained)
    await assert.rejects(snapshot(await attach(refOf(vault))), explained)
  })

  it('comes home as the referent itself when it is an argument, wherever it is inside', async () => {
    const [from, to] = await Promise.all([manager.create(Account, 'From', 10), manager.create(Account, 'To', 1)])
    await from.transfer(to, 4)
    assert.deepEqual([await from.balance, await to.balance], [6, 5])
    assert.equal(await from.isSelf(from), true)
    assert.equal(await from.isSelf(to), false)
    assert.equal(await from.total(new Map([['all', [to, from, to]]])), 6 + 5 + 6 + 5)
  })

  it('is what an instance of a shared class arrives as, live, also inside a result', async () => {
    const opened = await account.openAnother('New')
    assert.ok(isProxy(opened) && opened instanceof Account)
    await opened.deposit(3)
    assert.equal(await opened.balance, 3)
    const { accounts, first } = await account.openMany(['One', 'Two'])
    assert.equal(first, accounts[0])
    await first?.deposit(2)
    assert.deepEqual(await Promise.all(accounts.map((each) => each.balance)), [2, 0])
  })

  it('of another server stays a proxy of it as an argument', async () => {
    await using other = await Manager.start()
    assert.equal(await account.isSelf(await other.create(Account, 'Foreign')), false)
    assert.equal(await account.isSelf(account), true)
  })
})

describe('a proxy that was released', () => {
  let manager: Manager

  before(async () => (manager = await Manager.start()))
  after(() => manager.close())

  it('rejects its calls with RELEASED, and can neither be referred to nor passed on', async () => {
    const [account, other] = await Promise.all([manager.create(Account, 'Ada'), manager.create(Account, 'Bob')])
    release(account)
    release(account)
    const released = { code: 'RELEASED', delivery: 'not-sent' }
    for (const late of [account.deposit(1), account.balance, assign(account, { limit: 1 }), snapshot(account)])
      await assert.rejects(late, released)
    assert.throws(() => refOf(account), released)
    assert.throws(() => JSON.stringify({ account }), released)
    await assert.rejects(other.isSelf(account), released)
    assert.match(inspect(account), /released/)
    assert.equal(await other.balance, 0)
  })

  it('lets its referent go, with the last of its references', async () => {
    const account = await manager.create(Account, 'Ada')
    const text = inspect(account)
    // Not by their number: the garbage of other specs may be collected at any time.
    const isHosted = async (): Promise<boolean> =>
      (await manager.inspect()).referents.some(({ id }) => new RegExp(`id: ${id}\\b`).test(text))
    assert.equal(await isHosted(), true)
    release(account)
    assert.equal(await isHosted(), false)
  })

  it('is so at the end of the block that uses it', async () => {
    const held = new Set((await manager.inspect()).referents.map(({ id }) => id))
    let kept: Remote<Account>
    {
      using account = await manager.create(Account, 'Ada')
      await using another = await manager.create(Account, 'Bob')
      kept = account
      assert.equal(await another.isSelf(account), false)
    }
    await assert.rejects(kept.balance, { code: 'RELEASED' })
    // What other specs let go may be collected meanwhile.
    const left = (await manager.inspect()).referents.filter(({ id }) => !held.has(id))
    assert.deepEqual(left, [])
  })

  it('is refused by the operations like anything that is no proxy', async () => {
    const misused: unknown = { balance: 1 }
    const explained = { name: 'TypeError', message: /not a proxy: one comes from manager\.create/ }
    assert.throws(() => release(misused as object), explained)
    assert.throws(() => typeidOf(misused as object), explained)
    assert.throws(() => refOf(misused as Remote<Account>), explained)
    await assert.rejects(snapshot(misused as object), explained)
  })

  it('is named, and a promise of one is to be awaited, where an operation is given something else', async () => {
    await using host = await Manager.serve()
    const creation = host.create(Account, 'Ada')
    const promised = creation as unknown as Remote<Account>
    const explained = { name: 'TypeError', message: 'an object of the class Promise is not a proxy: await it first' }
    for (const operation of [refOf, typeidOf, release, lostSignal]) assert.throws(() => operation(promised), explained)
    for (const operation of [
      snapshot,
      (proxy: Remote<Account>) => assign(proxy, {}),
      (proxy: object) => callMethod(proxy, 'deposit'),
    ])
      await assert.rejects(operation(promised), explained)
    assert.throws(() => refOf(undefined as never), {
      name: 'TypeError',
      message: /^undefined is not a proxy: one comes/,
    })
    for (const [given, message] of [
      [promised, /^the reference to attach is an object of the class Promise; it must be a text/],
      [await creation, /^the reference to attach is an object of the class Account; it must be a text/],
      [undefined, /^the reference to attach is undefined/],
    ] as const)
      await assert.rejects(attach(given as never), { name: 'TypeError', message })
  })

  it('takes arguments and options of its operations from plain JavaScript, and refuses what they are not', async () => {
    await using host = await Manager.serve()
    const proxy = await host.create(Account, 'Ada')
    for (const [given, message] of [
      [() => callMethod(proxy, 'deposit', 1 as never), /arguments of callMethod is 1; it must be an array/],
      [() => callMethod(proxy, undefined as never), /method that callMethod calls is undefined; it must be a text/],
      [() => assign(proxy, undefined as never), /what assign is to write is undefined; it must be an object/],
      [() => assign(proxy, 5 as never), /is 5; it must be an object/],
      [() => assign(proxy, [1] as never), /is an array; it must be an object/],
      [() => attach(refOf(proxy), { timeout: 5 } as never), /attach has no option 'timeout': did you mean timeoutMs/],
    ] as const)
      await assert.rejects(given(), { name: 'TypeError', message })
  })
})
