import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Exposed } from '../../lib/decorators/exposed.ts'
import { membersOf } from '../../lib/decorators/metadata.ts'
import { decoratorContract } from './contract.ts'

decoratorContract('standard')

describe('standard decorators', () => {
  it('exposes a getter without the setter of the same name', () => {
    class Guarded {
      #value = 1
      @Exposed
      get value(): number {
        return this.#value
      }
      set value(value: number) {
        this.#value = value
      }
    }
    assert.deepEqual(membersOf(Guarded).get('value'), { kind: 'get' })
  })

  it('merges a getter and a setter that are both exposed', () => {
    class Open {
      #value = 1
      @Exposed
      get value(): number {
        return this.#value
      }
      @Exposed
      set value(value: number) {
        this.#value = value
      }
    }
    assert.deepEqual(membersOf(Open).get('value'), { kind: 'get set' })
  })

  it('refuses a #private member', () => {
    const Untyped = Exposed as unknown as (...args: unknown[]) => void
    const evaluate = () =>
      class {
        @Untyped
        #secret(): void {}
        reveal(): void {
          this.#secret()
        }
      }
    assert.throws(evaluate, /#secret can't be exposed: it is private/)
  })

  it('explains what to do where the compiler gives no metadata', () => {
    const Untyped = Exposed as unknown as (...args: unknown[]) => void
    const context = { kind: 'method', name: 'method', static: false, private: false }
    assert.throws(() => Untyped(() => {}, context), /decorator metadata.*TypeScript 5.2, esbuild 0.21/)
  })

  it('adds to a base class that experimentalDecorators compiled, and the other way round', () => {
    class Legacy {
      legacy(): void {}
    }
    exposeAsLegacy(Legacy.prototype, 'legacy')
    class Standard extends Legacy {
      @Exposed
      standard(): void {}
    }
    class LegacyAgain extends Standard {
      again(): void {}
    }
    exposeAsLegacy(LegacyAgain.prototype, 'again')
    assert.deepEqual([...membersOf(LegacyAgain).keys()], ['legacy', 'standard', 'again'])
  })
})

// Never called: with standard decorators the types refuse these too.
export function refusedByTypes(): unknown {
  return class {
    // @ts-expect-error -- a static method
    @Exposed
    static make(): void {}

    // @ts-expect-error -- a private method
    @Exposed
    #secret(): void {}

    reveal(): void {
      this.#secret()
    }
  }
}

// What the compiler's helper does with experimentalDecorators.
function exposeAsLegacy(prototype: object, name: string): void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name)
  assert.ok(descriptor)
  Exposed(prototype, name, descriptor)
}
