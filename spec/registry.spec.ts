import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Exposed } from '../lib/decorators/exposed.ts'
import { Shared } from '../lib/decorators/shared.ts'
import { isManagerError, type ManagerErrorCode } from '../lib/errors.ts'
import { findRegistration, type Registration, Registry, sharedClasses } from '../lib/registry.ts'

class Counter {
  count = 0
  increment(by = 1): number {
    return (this.count += by)
  }
  get parity(): 'even' | 'odd' {
    throw new Error('the getter was run')
  }
  set preset(count: number) {
    this.count = count
  }
  *upTo(): Generator<number> {
    for (let count = 0; count < this.count; count++) yield count
  }
  _internal(): void {}
}

class LoudCounter extends Counter {
  shout(): string {
    return `${this.count}!`
  }
}

class Decorated extends Counter {
  @Exposed
  override increment(by = 1): number {
    return super.increment(by)
  }
}

const module = import.meta.url

describe('a registered class', () => {
  it('is constructed with the arguments', () => {
    const registration = new Registry('Spec').register('Map', Map, { exposed: 'public' })
    assert.equal(registration.isClass, true)
    assert.deepEqual(registration.make([[['a', 1]]]), new Map([['a', 1]]))
  })

  it('exposes the members that are named, methods, generators and accessors alike', () => {
    const exposed = ['increment', 'upTo', 'parity', 'preset', '_internal']
    assert.deepEqual(Object.fromEntries(membersOf(Counter, exposed)), {
      increment: { kind: 'method' },
      upTo: { kind: 'generator' },
      parity: { kind: 'get' },
      preset: { kind: 'set' },
      _internal: { kind: 'method' },
    })
  })

  it("exposes with 'public' all methods, inherited ones too, but neither accessors nor _names", () => {
    assert.deepEqual([...membersOf(LoudCounter, 'public').keys()].toSorted(), ['increment', 'shout', 'upTo'])
    assert.equal(membersOf(Map, 'public').has('get'), true)
    assert.equal(membersOf(Map, 'public').has('hasOwnProperty'), false)
  })

  it('exposes its @Exposed members when nothing is chosen, and only the chosen ones otherwise', () => {
    assert.deepEqual([...membersOf(Decorated).keys()], ['increment'])
    assert.deepEqual([...membersOf(Decorated, ['upTo']).keys()], ['upTo'])
  })

  it('is refused when it exposes nothing, with the fixes named', () => {
    const fixes = /Counter exposes nothing; .*@Exposed.*exposed: \['name', ...\] or exposed: 'public'/
    assert.throws(() => membersOf(Counter), failsWith('NOTHING_EXPOSED', fixes))
    assert.throws(() => membersOf(Counter, []), failsWith('NOTHING_EXPOSED', fixes))
  })

  it('is refused for an unknown name, with the nearest ones', () => {
    const message = /^Counter has no method or accessor incremnt to expose; it has increment, /
    assert.throws(() => membersOf(Counter, ['incremnt']), failsWith('NOTHING_EXPOSED', message))
    assert.throws(() => membersOf(Counter, ['count']), failsWith('NOTHING_EXPOSED', /accessor count/))
    assert.throws(() => membersOf(Counter, ['hasOwnProperty']), failsWith('NOTHING_EXPOSED', /hasOwnProperty/))
  })

  it('is refused for a name that can never be exposed', () => {
    for (const name of ['constructor', '__proto__', 'then', 'toJSON', 'prototype']) {
      assert.throws(() => membersOf(Counter, [name]), new RegExp(`^TypeError: Counter.${name} can't be exposed`))
    }
  })
})

describe('a registered factory', () => {
  it('is called without new, and may give a promise or the same object every time', async () => {
    const singleton = new Counter()
    const registry = new Registry('Spec')
    const same = registry.register('Same', () => singleton, { exposed: 'public' })
    const later = registry.register('Later', async (count: number) => Promise.resolve({ count }), { exposed: 'public' })
    assert.equal(same.isClass, false)
    assert.equal(same.make([]), same.make([]))
    const made = later.make([3])
    assert.ok(made instanceof Promise)
    assert.deepEqual(await made, { count: 3 })
  })

  it('is every function that no class declaration made, an old-style constructor too', () => {
    function Old(this: unknown): object {
      return { receiver: this }
    }
    const registration = new Registry('Spec').register('Old', Old, { exposed: 'public' })
    assert.equal(registration.isClass, false)
    assert.deepEqual(registration.make([]), { receiver: undefined })
  })

  it('is told when it gives no object, at once or later', async () => {
    const registry = new Registry('Spec')
    const wrong: (() => unknown)[] = [() => 1, () => null, () => {}]
    for (const [index, factory] of wrong.entries()) {
      const { make } = bound(registry.register(`Now${index}`, factory as () => object, { exposed: 'public' }))
      assert.throws(() => make([]), /TypeError: the factory of Now\d returned \w+, not an object/)
    }
    const { make } = bound(registry.register('Later', async () => Promise.resolve(1 as unknown as object)))
    await assert.rejects(async () => make([]), /the factory of Later returned number/)
  })

  it('exposes what the class of its instance exposes', () => {
    assert.deepEqual([...membersMadeBy(() => new Decorated()).keys()], ['increment'])
    assert.deepEqual([...membersMadeBy(() => new Counter(), 'public').keys()], ['increment', 'upTo'])
    assert.deepEqual([...membersMadeBy(() => new Counter(), ['parity']).keys()], ['parity'])
  })

  it('exposes the own members of a plain object', () => {
    const plain = {
      count: 0,
      get half(): number {
        throw new Error('the getter was run')
      },
      increment: () => 1,
      _internal: () => 1,
      *upTo() {
        yield 1
      },
    }
    const makers = [() => plain, () => Object.setPrototypeOf({ ...methodsOf(plain) }, null) as object]
    for (const factory of makers) {
      assert.deepEqual(Object.fromEntries(membersMadeBy(factory, 'public')), {
        increment: { kind: 'method' },
        upTo: { kind: 'generator' },
      })
    }
    assert.equal(membersMadeBy(() => plain, ['half']).get('half')?.kind, 'get')
  })

  it('tells two plain objects apart', () => {
    let made = 0
    const factory = () => (made++ === 0 ? { first: () => 1 } : { second: () => 2 })
    const registration = new Registry('Spec').register('Plain', factory, { exposed: 'public' })
    const names = () => [...registration.typeOf(registration.make([])).members.keys()]
    assert.deepEqual([names(), names()], [['first'], ['second']])
  })

  it('is refused with its first instance when the choice is wrong', () => {
    const field = /can't be exposed: it is a field/
    assert.throws(() => membersMadeBy(() => ({ count: 0 }), ['count']), field)
    assert.throws(() => membersMadeBy(() => ({ count: 0 })), failsWith('NOTHING_EXPOSED', /the factory of Made/))
    assert.throws(() => membersMadeBy(() => new Counter(), ['decrement']), failsWith('NOTHING_EXPOSED', /decrement/))
  })
})

describe('Registry', () => {
  it('records owner, module and what snapshots show', () => {
    const registry = new Registry('Spec')
    const given = registry.register('Given', Counter, { exposed: 'public', module, snapshot: true })
    const bare = registry.register('Bare', Counter, { exposed: 'public' })
    assert.deepEqual([given.owner, given.module, given.hosting.snapshot], ['Spec', module, true])
    assert.deepEqual([bare.owner, bare.module, bare.hosting.snapshot], ['Spec', undefined, undefined])
  })

  it('records the file that calls the given function', () => {
    const registry = new Registry('Spec')
    const register = () => registry.register('Counter', Counter, { exposed: 'public' }, register)
    assert.equal(register().module, module)
  })

  it('finds by typeid, and by exactly the class', () => {
    const registry = new Registry('Spec')
    const registration = registry.register('Counter', Counter, { exposed: 'public' })
    assert.equal(registry.get('Counter'), registration)
    assert.equal(registry.find(Counter), registration)
    assert.equal(registry.get('Other'), undefined)
    assert.equal(registry.find(LoudCounter), undefined)
  })

  it('gives the class of a typeid, and none where a factory makes the instances', () => {
    const registry = new Registry('Spec')
    registry.register('Counter', Counter, { exposed: 'public' })
    registry.register('Made', () => new Counter(), { exposed: 'public' })
    assert.deepEqual([registry.classOf('Counter'), registry.classOf('Made')], [Counter, undefined])
  })

  it('extends and overrides its parent without changing it', () => {
    const parent = new Registry('Parent')
    const child = new Registry('Child', parent)
    const inherited = parent.register('Inherited', Counter, { exposed: 'public' })
    const overridden = parent.register('Overridden', Counter, { exposed: 'public' })
    const override = child.register('Overridden', LoudCounter, { exposed: 'public' })
    const own = child.register('Own', LoudCounter, { exposed: 'public' })
    assert.deepEqual(child.entries(), [override, own, inherited])
    assert.deepEqual(parent.entries(), [inherited, overridden])
    assert.equal(child.get('Inherited'), inherited)
    assert.equal(child.get('Overridden'), override)
  })

  it('sees what its parent registers later', () => {
    const parent = new Registry('Parent')
    const child = new Registry('Child', parent)
    const late = parent.register('Late', Counter, { exposed: 'public' })
    assert.equal(child.get('Late'), late)
  })

  it('refuses a second class of one typeid, naming both files and the fix', () => {
    const registry = new Registry('Spec')
    registry.register('Counter', Counter, { exposed: 'public', module: '/app/one.js' })
    const second = () => registry.register('Counter', LoudCounter, { exposed: 'public', module: '/app/two.js' })
    const message = /Counter in \/app\/one.js and LoudCounter in \/app\/two.js; .*another typeid/
    assert.throws(second, failsWith('DUPLICATE_TYPEID', message))
    assert.equal(registry.get('Counter')?.target, Counter)
  })

  it('refuses the typeid of a @Shared class for another one, also where a parent extends those', () => {
    @Shared()
    class SharedTaken extends Decorated {}
    const parent = new Registry('Parent', sharedClasses())
    for (const registry of [parent, new Registry('Child', parent)]) {
      const take = () => registry.register('SharedTaken', Decorated, { module: '/app/two.js' })
      const message = /SharedTaken in .*registry\.spec.* and Decorated in \/app\/two\.js; .*another typeid/
      assert.throws(take, failsWith('DUPLICATE_TYPEID', message))
      assert.equal(registry.get('SharedTaken')?.target, SharedTaken)
    }
    const narrower = parent.register('SharedTaken', SharedTaken, { exposed: ['upTo'], module })
    assert.equal(parent.get('SharedTaken'), narrower)
  })

  it('refuses a second class of one typeid and one module, unless its text is the same', () => {
    const registry = new Registry('Spec')
    const define = () => class Again extends Counter {}
    registry.register('Again', define(), { exposed: 'public', module })
    const replacement = registry.register('Again', define(), { exposed: 'public', module })
    assert.equal(registry.get('Again'), replacement)
    assert.throws(() => registry.register('Again', LoudCounter, { exposed: 'public', module }), /DUPLICATE|claimed by/)
  })

  it('lets an edited module that is loaded afresh replace its class', () => {
    const registry = new Registry('Spec')
    registry.register('Edited', Counter, { exposed: 'public', module: 'file:///app/a.js' })
    registry.register('Edited', LoudCounter, { exposed: 'public', module: 'file:///app/a.js?v=2' })
    assert.equal(registry.get('Edited')?.target, LoudCounter)
  })
})

describe('sharedClasses', () => {
  it('sees a class that is decorated later, also as a parent', () => {
    const registry = new Registry('Spec', sharedClasses())
    @Shared()
    class SharedLater extends Decorated {}
    assert.equal(registry.find(SharedLater)?.typeid, 'SharedLater')
    assert.equal(registry.get('SharedLater')?.owner, '')
    assert.ok(
      sharedClasses()
        .entries()
        .includes(registry.get('SharedLater') ?? assert.fail()),
    )
  })
})

describe('findRegistration', () => {
  it('finds a registration by typeid, owner and module, be that a path or a URL', () => {
    const registration = new Registry('Found').register('Counter', Counter, { exposed: 'public', module: '/app/a.js' })
    assert.equal(findRegistration({ typeid: 'Counter', owner: 'Found', module: '/app/a.js' }), registration)
    assert.equal(findRegistration({ typeid: 'Counter', owner: 'Found', module: 'file:///app/a.js' }), registration)
    assert.equal(findRegistration({ typeid: 'Counter', owner: 'Found', module: '/app/b.js' }), undefined)
    assert.equal(findRegistration({ typeid: 'Counter', owner: 'Lost', module: '/app/a.js' }), undefined)
    assert.equal(findRegistration({ typeid: 'Other', owner: 'Found', module: '/app/a.js' }), undefined)
  })

  it('finds a @Shared class in its own module only', () => {
    @Shared()
    class SharedFound extends Decorated {}
    const key = { typeid: 'SharedFound', owner: '' }
    assert.equal(findRegistration({ ...key, module })?.target, SharedFound)
    assert.equal(findRegistration({ ...key, module: 'file:///elsewhere.js' }), undefined)
  })
})

function membersOf(Class: typeof Counter | typeof Map, exposed?: readonly string[] | 'public') {
  const registration = new Registry('Spec').register(Class.name, Class, exposed && { exposed })
  return registration.typeOf(registration.make([])).members
}

function membersMadeBy(factory: () => object, exposed?: readonly string[] | 'public') {
  const registration = new Registry('Spec').register('Made', factory, exposed && { exposed })
  return registration.typeOf(registration.make([])).members
}

function bound(registration: Registration) {
  return { make: (args: readonly unknown[]) => registration.make(args) }
}

function methodsOf(plain: { increment: unknown; _internal: unknown; upTo: unknown }): object {
  const { increment, _internal, upTo } = plain
  return { increment, _internal, upTo }
}

function failsWith(code: ManagerErrorCode, message: RegExp): (error: unknown) => boolean {
  return (error) => isManagerError(error, code) && message.test(error.message)
}
