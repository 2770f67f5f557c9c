import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Exposed } from '../../../lib/decorators/exposed.ts'
import { membersOf } from '../../../lib/decorators/metadata.ts'
import { decoratorContract } from '../contract.ts'

// Run by legacy.spec.ts with the compiler options beside this file.
decoratorContract('legacy')

describe('experimentalDecorators', () => {
  it('exposes a getter and a setter together, as the compiler hands them over', () => {
    class Pair {
      #value = 1
      @Exposed
      get value(): number {
        return this.#value
      }
      set value(value: number) {
        this.#value = value
      }
    }
    assert.deepEqual(membersOf(Pair).get('value'), { kind: 'get set' })
  })

  it('names the class and the member it refuses', () => {
    const evaluate = () => {
      class Written {
        @Exposed
        toJSON(): void {}
      }
      return Written
    }
    assert.throws(evaluate, /Written\.toJSON can't be exposed/)
  })
})
