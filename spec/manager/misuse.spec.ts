import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import { assign, isManagerError, Manager, type ManagerErrorCode, type Remote, Shared } from 'referent'
import { Counter } from '../harness/counter.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Drawing } from './fails-in-server.ts'
import { defineInside, Mirror, Picky } from './misused.ts'

leaveNothing()

describe('a manager that is misused says what is wrong and what to do, and goes on', () => {
  let manager: Manager
  let mirror: Remote<Mirror>

  before(async () => {
    manager = await Manager.start()
    mirror = await manager.create(Mirror)
  })

  afterEach(async () => assert.equal(await mirror.echo('still there'), 'still there'))
  after(() => manager.close())

  it('when a typeid is unknown', async () => {
    await assert.rejects(manager.create('Conuter'), refusal('UNKNOWN_TYPEID', /'Conuter' .*Counter.*@Shared\(\)/))
  })

  it('when a class is not registered', async () => {
    class Stranger {
      method(): void {}
    }
    await assert.rejects(manager.create(Stranger), refusal('UNKNOWN_TYPEID', /class Stranger .*@Shared\(\)/))
  })

  it('when what it is given is nothing that could be created, registered or chosen', async () => {
    for (const [nothing, named] of [
      [null, 'null'],
      [undefined, 'undefined'],
      [{}, 'object'],
    ] as const) {
      const explained = isTypeError(new RegExp(`${named} can't be created; give a class`))
      await assert.rejects(manager.create(nothing as never), explained)
      assert.throws(() => Manager.with({ Nothing: nothing as never }), explained)
      assert.throws(
        () => Manager.register('Nothing', nothing as never),
        isTypeError(/'Nothing' .*; give a class, or a/),
      )
    }
    for (const typeid of ['', 7, null])
      assert.throws(() => Manager.register(typeid as never, Mirror), isTypeError(/typeid/))
    const exposed = { exposed: 'hi' as never }
    assert.throws(
      () => Manager.register('Hi', Mirror, exposed),
      isTypeError(/of Mirror is 'hi'; it must be 'public' or/),
    )
    await assert.rejects(Manager.start({ restart: 'always' as never }), isTypeError(/restart is 'always'; it must be/))
  })

  it('when the typeid of a class is that of another one in this manager', async () => {
    class Parent extends Manager {}
    class Child extends Parent {}
    class First extends Mirror {}
    Parent.register('Overridden', First)
    Child.register('Overridden', class Second extends Mirror {})
    await using child = await Child.serve()
    const explained = refusal('UNKNOWN_TYPEID', /'Overridden', .*class First, is that of another one in Child; create/)
    await assert.rejects(child.create(First), explained)
  })

  it('when a class exposes nothing', () => {
    class Closed {
      method(): void {}
    }
    assert.throws(() => Shared()(Closed), refusal('NOTHING_EXPOSED', /Closed exposes nothing; add @Exposed/))
    assert.throws(() => Manager.register('Closed', Closed), refusal('NOTHING_EXPOSED', /Closed .*add @Exposed/))
  })

  it('when two classes claim one typeid', () => {
    class Pair extends Manager {}
    Pair.register('Pair', class One extends Mirror {})
    assert.throws(
      () => Pair.register('Pair', class Other extends Mirror {}),
      refusal('DUPLICATE_TYPEID', /Pair is claimed by One in .*misuse.* and Other in .*misuse.*; register/),
    )
  })

  it('when a constructor throws, with what that threw', async () => {
    const error = await rejection(manager.create(Picky, 'this'))
    assert.ok(error instanceof RangeError)
    assert.equal(error.message, 'not with this')
    assert.ok(error.cause instanceof TypeError && error.cause.message === 'the cause')
    assert.match(error.stack ?? '', /new Picky .*misused\.[jt]s/)
  })

  it("when the server can't import the module of a class", async () => {
    const error = await rejection(manager.create(Drawing))
    assert.ok(refusal('MODULE_FAILED', /fails-in-server\.[jt]s can't be imported in process \d+: no window/)(error))
    assert.match(String((error as Error).cause), /no window to draw on/)
  })

  it("when the server can't find a class where it was defined", async () => {
    const [Inside = Mirror] = defineInside()
    await assert.rejects(
      manager.create(Inside),
      refusal('MODULE_FAILED', /'Inside': importing .*misused\.[jt]s does not run its @Shared\(\); move it to the top/),
    )
  })

  it("when an argument, a property or a result can't cross, with its path", async () => {
    const value = { items: [1, { fn: Promise.resolve() }] }
    await assert.rejects(mirror.echo(value), refusal('UNSERIALIZABLE', /argument 0\.items\[1\]\.fn: a promise/))
    await assert.rejects(manager.create<Mirror>('Mirror', 1, Symbol('s')), refusal('UNSERIALIZABLE', /symbol/))
    await assert.rejects(assign(mirror, { setting: value }), refusal('UNSERIALIZABLE', /setting\.items\[1\]\.fn/))
    await assert.rejects(mirror.giveFunction(), refusal('UNSERIALIZABLE', /result\.items\[1\]\.fn: a promise/))
    const explained = /argument 0: a manager can't cross; send its address/
    await assert.rejects(mirror.echo(manager), refusal('UNSERIALIZABLE', explained))
    assert.equal(await mirror.setting, 'unset')
  })

  it('when it is started twice', async () => {
    await assert.rejects(manager.start(), refusal('ALREADY_STARTED', /make a new one/))
    const starting = new Manager()
    const first = starting.start()
    await assert.rejects(starting.start(), refusal('ALREADY_STARTED', /make a new one/))
    await first
    await starting.close()
    await assert.rejects(starting.start(), refusal('ALREADY_STARTED', /make a new one/))
  })

  it('when it is not started', async () => {
    const idle = new Manager()
    await assert.rejects(idle.create(Counter), refusal('NOT_STARTED', /await manager\.start\(\)/))
    await assert.rejects(idle.inspect(), refusal('NOT_STARTED', /await manager\.start\(\)/))
    assert.throws(() => idle.address, refusal('NOT_STARTED', /await manager\.start\(\)/))
  })

  it('when it is closed, as are its proxies', async () => {
    const closed = await Manager.connect(manager.address, { authkey: manager.authkey })
    const counter = await closed.create(Counter)
    await Promise.all([closed.close(), closed.close()])
    for (const late of [counter.increment(), closed.create(Counter), closed.inspect()])
      await assert.rejects(
        late,
        (error) => refusal('SESSION_LOST', /not sent/)(error) && delivery(error) === 'not-sent',
      )
  })

  it('when nothing listens where it shall connect, or the text is no address', async () => {
    const authkey = manager.authkey
    const nowhere = `unix:${join(tmpdir(), 'nobody')}`
    await assert.rejects(
      Manager.connect(nowhere, { authkey }),
      refusal('CONNECT_FAILED', /nothing answers at unix:.*nobody/),
    )
    await assert.rejects(Manager.connect('nonsense', { authkey }), isTypeError(/'nonsense' is not an address; .*unix:/))
    await assert.rejects(Manager.connect(nowhere, { authkey: '' }), isTypeError(/authkey/))
  })

  it('when the address is taken, not one, or too long', async () => {
    const long = `unix:${join(tmpdir(), 'x'.repeat(110))}`
    await assert.rejects(
      Manager.start({ address: manager.address }),
      refusal('START_FAILED', new RegExp(`can't listen at unix:.*: process ${manager.pid} serves there`)),
    )
    await assert.rejects(Manager.serve({ address: manager.address }), refusal('START_FAILED', /serves there/))
    await assert.rejects(Manager.start({ maxFrameBytes: 100 }), { name: 'RangeError', message: /from 4096 to/ })
    await assert.rejects(Manager.start({ address: 'nonsense' }), isTypeError(/is not an address/))
    await assert.rejects(Manager.start({ address: long }), /is longer than the 103 bytes .*; choose a shorter one/)
    await assert.rejects(
      Manager.connect(long, { authkey: 'any' }),
      /is longer than the 103 bytes .*; choose a shorter one/,
    )
  })
})

describe('a message that is longer than maxFrameBytes', () => {
  it('rejects its call, be it in the arguments or in the result, and the session goes on', async () => {
    await using manager = await Manager.start({ maxFrameBytes: 100_000 })
    const mirror = await manager.create(Mirror)
    const explained = refusal('FRAME_TOO_LARGE', /\d+ bytes.* \(100000\).*; send it in parts, or raise .*maxFrameBytes/)
    await assert.rejects(mirror.echo('x'.repeat(100_001)), explained)
    await assert.rejects(mirror.echo(new Uint8Array(100_001)), explained)
    await assert.rejects(mirror.repeat('x', 100_001), explained)
    assert.equal((await mirror.repeat('x', 90_000)).length, 90_000)
  })

  it('ends the session of a client that sends it all the same, and of nobody else', async () => {
    await using manager = await Manager.start({ maxFrameBytes: 100_000 })
    const mirror = await manager.create(Mirror)
    await using bold = await Manager.connect(manager.address, { authkey: manager.authkey })
    const lost = (await bold.create(Mirror)).echo(new Uint8Array(100_001))
    await assert.rejects(lost, refusal('SESSION_LOST', /no answer/))
    assert.equal(await mirror.echo('mine'), 'mine')
  })
})

function refusal(code: ManagerErrorCode, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(isManagerError(error, code), `not a ManagerError ${code}: ${String(error)}`)
    assert.match(error.message, message)
    return true
  }
}

function isTypeError(message: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof TypeError && message.test(error.message)
}

function delivery(error: unknown): unknown {
  return isManagerError(error) ? error.delivery : undefined
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => assert.fail('it resolved'),
    (error: unknown) => error,
  )
}
