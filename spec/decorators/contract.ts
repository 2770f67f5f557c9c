import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { membersOf } from '../../lib/decorators/metadata.ts'
import { Exposed } from '../../lib/decorators/exposed.ts'
import { Shared, sharedRecord } from '../../lib/decorators/shared.ts'
import { isManagerError } from '../../lib/errors.ts'
import { findRegistration, sharedClasses } from '../../lib/registry.ts'
import { isStandard, refused } from './refused.ts'
import { Base, module, Named, Sample, Undecorated } from './fixture.ts'

/** What `@Shared` and `@Exposed` promise, whichever compiler and kind of decorator the fixture went through. */
export function decoratorContract(mode: 'standard' | 'legacy'): void {
  const compiler = import.meta.url.endsWith('.ts') ? 'tsx' : 'tsc'
  describe(`${mode} decorators, compiled by ${compiler}`, () => {
    it('are what this run is about', () => {
      assert.equal(Object.hasOwn(Sample, Symbol.metadata), mode === 'standard')
      assert.equal(isStandard, mode === 'standard')
    })
    describe('@Exposed', () => exposing())
    describe('@Exposed refuses', () => refusing())
    describe('@Shared', () => sharing())
  })
}

const sampleMembers = {
  inherited: { kind: 'method' },
  overridden: { kind: 'method' },
  list: { kind: 'generator' },
  method: { kind: 'method' },
  withOptions: { kind: 'method' },
  reading: { kind: 'get' },
  writing: { kind: 'set' },
  both: { kind: 'get set' },
  generator: { kind: 'generator' },
  asyncGenerator: { kind: 'generator' },
}

function exposing(): void {
  it('exposes methods, accessors and generators, and nothing else', () => {
    assert.deepEqual(Object.fromEntries(membersOf(Sample)), sampleMembers)
  })
  it('inherits exposure by name, as what the subclass made of the member', () => {
    assert.deepEqual([...membersOf(Base).keys()], ['inherited', 'overridden', 'list'])
    assert.deepEqual(membersOf(Base).get('list'), { kind: 'method' })
    assert.deepEqual(membersOf(Undecorated), membersOf(Sample))
  })
  it('leaves the base class as it is when a subclass exposes more', () => {
    assert.equal(membersOf(Named).has('own'), true)
    assert.equal(membersOf(Sample).has('own'), false)
  })
  it('takes the options of an override over those of what it overrides', () => {
    class Slow {
      @Exposed({ timeoutMs: 5, readonly: true, idempotent: true })
      look(): number {
        return 1
      }
    }
    class Slower extends Slow {
      @Exposed({ timeoutMs: 10, readonly: false, stepwise: undefined as unknown as boolean })
      override look(): number {
        return 2
      }
    }
    const [base, own] = [membersOf(Slow).get('look'), membersOf(Slower).get('look')]
    assert.deepEqual(base, { kind: 'method', timeoutMs: 5, readonly: true, idempotent: true })
    assert.deepEqual(own, { kind: 'method', timeoutMs: 10, readonly: false, idempotent: true })
  })
  it('leaves the class working', () => {
    const sample = new Sample()
    sample.writing = 'written'
    sample.both += 1
    assert.deepEqual([sample.method(), sample.both, sample.overridden()], ['written', 2, 'sample'])
  })
  it('finds nothing on a class without it', () => {
    assert.equal(membersOf(URL).size, 0)
    assert.equal(membersOf(Map).size, 0)
  })
}

function refusing(): void {
  for (const [what, { message, evaluate }] of Object.entries(refused)) {
    it(what, () => assert.throws(evaluate, (error) => error instanceof TypeError && message.test(error.message)))
  }
}

function sharing(): void {
  it('records typeid, module, options and class', () => {
    assert.deepEqual(sharedRecord(Sample), {
      typeid: 'Sample',
      Class: Sample,
      module,
      hosting: { snapshot: ['last'] },
      isOwn: false,
    })
    assert.deepEqual(sharedRecord(Named), {
      typeid: 'fixture.Renamed',
      Class: Named,
      module,
      hosting: {},
      isOwn: false,
    })
  })
  it('records exactly the decorated class, no subclass and no base', () => {
    assert.equal(sharedRecord(Undecorated), undefined)
    assert.equal(sharedRecord(Base), undefined)
    assert.equal(sharedClasses().find(Undecorated), undefined)
  })
  it('registers the class', () => {
    const registration = sharedClasses().get('Sample')
    assert.equal(registration?.target, Sample)
    assert.deepEqual([registration.owner, registration.module, registration.hosting.snapshot], ['', module, ['last']])
    const instance = registration.make([])
    assert.ok(instance instanceof Sample)
    assert.deepEqual(registration.typeOf(instance).members, membersOf(Sample))
    assert.equal(findRegistration({ typeid: 'Sample', module, owner: '' }), registration)
  })
  it('takes the module option for the call site', () => {
    @Shared({ module: 'file:///elsewhere.js' })
    class Elsewhere extends Base {}
    assert.equal(sharedRecord(Elsewhere)?.module, 'file:///elsewhere.js')
  })
  it('refuses a class that exposes nothing, naming it and the fix', () => {
    const evaluate = () => {
      @Shared()
      class Silent {
        method(): void {}
      }
      return Silent
    }
    assert.throws(
      evaluate,
      (error) => isManagerError(error, 'NOTHING_EXPOSED') && /Silent .*@Exposed/.test(error.message),
    )
  })
  it('refuses an anonymous class without a typeid', async () => {
    assert.throws(() => Shared()(class extends Base {}), /name it, or give a typeid/)
    await assert.rejects(import('./anonymous.ts'), /name it, or give a typeid/)
  })
  it('refuses to be written without its parentheses', () => {
    const Bare = Shared as unknown as (...args: unknown[]) => void
    assert.throws(() => Bare(Sample), /write @Shared\(\)/)
  })
  it('refuses another class with the same typeid, naming both files and the fix', async () => {
    await import('./duplicate/one.ts')
    await assert.rejects(import('./duplicate/two.ts'), (error) => {
      assert.ok(isManagerError(error, 'DUPLICATE_TYPEID'))
      assert.match(error.message, /Duplicate in .*duplicate\/one\..* and Duplicate in .*duplicate\/two\..*typeid: '/)
      return true
    })
  })
  it('lets a module that is evaluated again replace its class', async () => {
    const again = `${module}?again`
    const reloaded = (await import(again)) as { Sample: typeof Sample }
    assert.notEqual(reloaded.Sample, Sample)
    assert.equal(sharedClasses().get('Sample')?.target, reloaded.Sample)
  })
}
