import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { isProxy, Manager, type Remote, release } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { collectGarbage } from '../harness/garbage.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Bell, type Listener } from './bell.ts'
import { Desk, Messenger } from './desk.ts'
import { startListening } from './listeners.ts'

leaveNothing()

describe('a function', () => {
  let manager: Manager
  let bell: Remote<Bell>

  before(async () => (manager = await Manager.start()))
  after(() => manager.close())

  it('is called where it was passed from, wherever it is inside the arguments', async () => {
    bell = await manager.create(Bell, (tone) => `first ${tone} in ${process.pid}`)
    assert.deepEqual(await bell.ring('ding'), [`first ding in ${process.pid}`])
    const applied = await bell.applyAll(
      new Map([
        ['sync', [{ name: 'double', apply: (value: number) => value * 2 }]],
        ['async', [{ name: 'square', apply: async (value: number) => value ** 2 }]],
      ]),
      5,
    )
    assert.deepEqual(applied, { double: 10, square: 25 })
  })

  it('is the same remote function each time it is passed, so that off(listener) finds it', async () => {
    bell = await manager.create(Bell)
    const heard: string[] = []
    const listener = (tone: string) => void heard.push(tone)
    assert.deepEqual([await bell.on(listener), await bell.on(listener)], [1, 1])
    await bell.ring('once')
    assert.deepEqual([await bell.off(listener), await bell.off(listener)], [true, false])
    await bell.ring('never')
    assert.deepEqual(heard, ['once'])
  })

  it('that was kept is called later, when no call of its owner runs any more', async () => {
    bell = await manager.create(Bell)
    const heard = new Promise((resolve) => void bell.on(resolve))
    await bell.ringLater('late', 20)
    assert.equal(await within('the listener is called', heard), 'late')
  })

  it('comes home as itself', async () => {
    const listener = () => undefined
    bell = await manager.create(Bell, listener)
    assert.deepEqual(await bell.listeners(), [listener])
  })

  it('that throws has its error thrown where it was called', async () => {
    bell = await manager.create(Bell)
    const failing = () => {
      throw new RangeError('too loud', { cause: 'spec' })
    }
    const asBefore = (error: unknown) =>
      error instanceof RangeError && error.message === 'too loud' && error.cause === 'spec'
    await assert.rejects(bell.pass(failing, 'ding'), asBefore)
    await bell.on(failing)
    assert.deepEqual(await bell.ring('ding'), ['RangeError: too loud'])
  })

  it('is given by a method as a function, which is called in the server', async () => {
    bell = await manager.create(Bell)
    const adders = await bell.adders(3)
    assert.deepEqual([await adders.get('up')?.(4), await adders.get('down')?.(4)], [7, 1])
    assert.ok(isProxy(adders.get('up')))
  })

  it('is called for other clients that the server hands it to', async () => {
    bell = await manager.create(Bell)
    await using child = startListening(bell)
    const [listener] = await eventually('the child listens', async () => {
      const listeners = await bell.listeners()
      return listeners.length === 1 ? listeners : undefined
    })
    assert.equal(await listener?.('ding'), `ding in ${child.pid}`)
  })

  it('that is a class is refused with its path', async () => {
    bell = await manager.create(Bell)
    const refused = { code: 'UNSERIALIZABLE', message: /argument 0\.first\[0\]\.apply: a class can't cross/ }
    await assert.rejects(bell.applyAll({ first: [{ name: 'class', apply: Bell }] } as never, 1), refused)
  })
})

describe('a function whose owner is gone', () => {
  let manager: Manager

  before(async () => (manager = await Manager.start()))
  after(() => manager.close())

  it('rejects its calls with SESSION_LOST, those that wait and those to come', async () => {
    const bell = await manager.create(Bell)
    await using child = startListening(bell)
    await eventually('the child listens', async () => (await bell.listeners()).length === 1 || undefined)
    const waiting = bell.ring('wait')
    await bell.ring('ding')
    child.kill()
    assert.deepEqual(await within('the call ends', waiting), ['SESSION_LOST unknown'])
    assert.deepEqual(await bell.ring('ding'), ['SESSION_LOST not-sent'])
  })
})

describe('a function that nobody holds any more', () => {
  let manager: Manager
  let bell: Remote<Bell>

  before(async () => {
    manager = await Manager.start()
    bell = await manager.create(Bell)
  })
  after(() => manager.close())

  it('is collected where it came from, once its holder has released it', async () => {
    const listener = await passListener(bell)
    await isKept(listener)
    await bell.releaseAll()
    await isCollected(listener)
  })

  it('is collected where it came from, once its holder has forgotten it', async () => {
    const listener = await passListener(bell)
    await isKept(listener)
    await forgetListener(bell, listener)
    await isCollected(listener, () => bell.tidy())
  })

  it('is collected in the server, once its holder has released it', async () => {
    const adders = await bell.adders(1)
    const count = async () => (await manager.inspect()).referents.filter(({ typeid }) => typeid === 'Function').length
    assert.equal(await count(), 2)
    for (const adder of adders.values()) release(adder)
    assert.equal(await count(), 0)
    await assert.rejects(async () => adders.get('up')?.(1), { code: 'RELEASED' })
  })
})

/** Passes a function that this process then has only through the session. */
async function passListener(bell: Remote<Bell>): Promise<WeakRef<Listener>> {
  const listener: Listener = (tone) => `heard ${tone}`
  await bell.on(listener)
  return new WeakRef(listener)
}

async function forgetListener(bell: Remote<Bell>, listener: WeakRef<Listener>): Promise<void> {
  const held = listener.deref()
  if (held !== undefined) await bell.off(held)
}

async function isKept(listener: WeakRef<Listener>): Promise<void> {
  for (let round = 0; round < 3; round++) {
    // A WeakRef keeps what it points to until the turn of the event loop is over.
    await new Promise(setImmediate)
    collectGarbage()
  }
  assert.notEqual(listener.deref(), undefined, 'the listener was collected while the server held it')
}

function isCollected(listener: WeakRef<Listener>, tidy = async (): Promise<void> => undefined): Promise<true> {
  return eventually('the listener is collected', async () => {
    await tidy()
    await new Promise(setImmediate)
    collectGarbage()
    return listener.deref() === undefined || undefined
  })
}

describe('a function that calls back into the referent it was passed to', () => {
  let manager: Manager

  before(async () => (manager = await Manager.start()))
  after(() => manager.close())

  it('is carried out in the middle of the call', async () => {
    const bell = await manager.create(Bell)
    const answer = bell.pass(async () => (await bell.listeners()).length, 'ding')
    assert.equal(await within('the call ends', answer), 0)
  })

  it('is let in by a serial one, which everyone else waits for', async () => {
    const desk = await manager.create(Desk)
    const served = desk.serve('call', () => desk.note('from the callback'))
    const other = desk.serve('other', () => undefined)
    assert.deepEqual(await within('the call ends', served), ['call begins', 'from the callback', 'call ends'])
    assert.deepEqual((await other).slice(3), ['other begins', 'other ends'])
  })

  it('is let in by a serial one also by way of a third process', async () => {
    await using elsewhere = await Manager.start()
    const [desk, messenger] = await Promise.all([manager.create(Desk), elsewhere.create(Messenger)])
    const served = desk.serve('call', () => messenger.bring(desk, 'from the messenger'))
    assert.deepEqual(await within('the call ends', served), ['call begins', 'from the messenger', 'call ends'])
  })

  it('is let in by a serial one that calls itself', async () => {
    const desk = await manager.create(Desk)
    assert.equal(await within('the call ends', desk.serveItself(desk, 5)), 5)
  })
})
