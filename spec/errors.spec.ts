import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { isManagerError, Manager, ManagerError, type Remote } from 'referent'
import { StockError, Thrower } from './errors/thrower.ts'
import { AnotherCopy } from './harness/another-copy.ts'
import { leaveNothing } from './harness/leave-nothing.ts'

leaveNothing()

describe('what a referent throws', () => {
  let manager: Manager
  let thrower: Remote<Thrower>

  before(async () => {
    manager = await Manager.start()
    thrower = await manager.create(Thrower)
  })

  after(() => manager.close())

  const thrown = (what: string) => rejection(thrower.throw(what))

  for (const Class of [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError]) {
    it(`arrives as a ${Class.name}, be it thrown, rejected or thrown by a getter`, async () => {
      for (const error of [await thrown(Class.name), await rejection(thrower.reject(Class.name))]) {
        assert.equal(Object.getPrototypeOf(error), Class.prototype)
        assert.match(String(error), new RegExp(`^${Class.name}: (?:plain|an? )`))
      }
      assert.equal(Object.getPrototypeOf(await rejection(thrower.property)), RangeError.prototype)
    })
  }

  it('arrives with the chain of its causes', async () => {
    const outer = await thrown('chain')
    assert.ok(outer instanceof Error && outer.cause instanceof TypeError && outer.cause.cause instanceof StockError)
    assert.deepEqual([outer.message, outer.cause.message], ['outer', 'middle'])
    assert.deepEqual([outer.cause.cause.item, outer.cause.cause.cause], ['bolts', 'a text'])
  })

  it('arrives with its own fields, be they rich values', async () => {
    const error = await thrown('fields')
    assert.ok(error instanceof Error)
    assert.deepEqual(ownFields(error), { code: 'E_FIELDS', since: new Date(0), tags: new Set(['a']) })
    const system = await thrown('system')
    assert.deepEqual(ownFields(system), { code: 'ENOENT', errno: -2, path: '/nowhere' })
  })

  it("arrives with the server's stack, which names the file and method there", async () => {
    const error = await thrown('TypeError')
    assert.match(
      (error as Error).stack ?? '',
      /^TypeError: a type\n.*\n\s+at _?Thrower\.throw \(.*spec\/errors\/thrower\.[jt]s:\d+/,
    )
  })

  it('arrives as an AggregateError with its errors', async () => {
    const error = await thrown('aggregate')
    assert.ok(error instanceof AggregateError)
    const [one, other] = error.errors as unknown[]
    assert.ok(one instanceof RangeError && other instanceof StockError)
    assert.deepEqual([error.message, one.message, other.item], ['all of them', 'one', 'nuts'])
  })

  it('keeps the class of its own that registerClass made known', async () => {
    const error = await thrown('registered')
    assert.ok(error instanceof StockError)
    assert.deepEqual([error.name, error.message, error.item], ['StockError', 'out of bolts', 'bolts'])
  })

  it('is an error of the nearest class that is known, by its own name, where its class is not', async () => {
    const error = await thrown('unregistered')
    assert.equal(Object.getPrototypeOf(error), RangeError.prototype)
    assert.deepEqual(
      [Reflect.get(error as object, 'name'), Reflect.get(error as object, 'code')],
      ['UnregisteredError', 'E_UNREGISTERED'],
    )
  })

  it('is a ManagerError where the referent threw one, or what it used did', async () => {
    const error = await thrown('manager')
    assert.ok(error instanceof ManagerError && isManagerError(error, 'UNSERIALIZABLE'))
    assert.equal(error.message, 'thrown by the referent itself')
    assert.ok(isManagerError(await rejection(thrower.startUnstarted()), 'NOT_STARTED'))
  })

  it('may be no error at all', async () => {
    assert.equal(await thrown('text'), 'only a text')
    assert.equal(await thrown('nothing'), undefined)
  })

  it("arrives without what can't cross, but never fails to arrive", async () => {
    const error = await thrown('uncrossable')
    assert.ok(error instanceof Error)
    assert.equal(error.message, 'with a function')
    assert.equal(Reflect.get(error, 'kept'), 1)
    assert.match(String(Reflect.get(error, 'callback')), /function/)
  })

  it('is a value like others where a method returns it', async () => {
    const error = await thrower.give('registered')
    assert.ok(error instanceof StockError && error.item === 'bolts')
  })
})

describe('isManagerError', () => {
  it('knows the errors of another copy of the package, by code too', async () => {
    await using another = await AnotherCopy.make()
    const copy = (await another.import('errors.ts')) as {
      ManagerError: typeof ManagerError
      isManagerError: typeof isManagerError
    }
    const error = new copy.ManagerError('TIMEOUT', 'of another copy')
    assert.ok(error instanceof ManagerError)
    assert.ok(isManagerError(error) && isManagerError(error, 'TIMEOUT') && !isManagerError(error, 'ABORTED'))
    assert.ok(copy.isManagerError(new ManagerError('ABORTED', 'of this copy'), 'ABORTED'))
  })

  it('takes nothing else for one, whatever it looks like', () => {
    const lookalike = Object.assign(new Error('no'), { name: 'ManagerError', code: 'TIMEOUT' })
    for (const value of [lookalike, { code: 'TIMEOUT' }, null, undefined, 'TIMEOUT', () => undefined])
      assert.ok(!isManagerError(value))
  })
})

describe('a ManagerError', () => {
  it('has a delivery, or a cause, only where one was given', () => {
    const bare = new ManagerError('TIMEOUT', 'bare')
    assert.deepEqual([Object.hasOwn(bare, 'delivery'), Object.hasOwn(bare, 'cause')], [false, false])
    const full = new ManagerError('TIMEOUT', 'full', { cause: bare, delivery: 'unknown' })
    assert.deepEqual([full.delivery, full.cause, full.name], ['unknown', bare, 'ManagerError'])
  })
})

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => assert.fail(`it resolved with ${String(value)}`),
    (error: unknown) => error,
  )
}

function ownFields(error: unknown): object {
  return Object.fromEntries(Object.entries(error as object))
}
