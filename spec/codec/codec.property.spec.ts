import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import * as fc from 'fast-check'
import { isManagerError } from '../../lib/errors.ts'
import { build, leaf, recipesOf, refused } from './any-value.ts'
import { cross } from './crossing.ts'
import { assertSameGraph } from './same-graph.ts'

describe('any value', () => {
  it('arrives with the same leaves, classes, properties and identities', () => {
    fc.assert(
      fc.property(recipesOf(leaf), (recipes) => {
        const value = build(recipes)
        assertSameGraph(value, cross(value))
      }),
      { numRuns: 300 },
    )
  })

  it('of plain data arrives the same way, whichever path it takes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => assertSameGraph(value, cross(value))),
      { numRuns: 300 },
    )
  })

  it('that holds something which can not cross is refused with a path, or arrives without it being reached', () => {
    fc.assert(
      fc.property(recipesOf(fc.oneof({ weight: 4, arbitrary: leaf }, { weight: 1, arbitrary: refused })), (recipes) => {
        const value = build(recipes)
        const copy = attempt(() => cross(value))
        if (copy.error === undefined) assertSameGraph(value, copy.value)
        else
          assert.ok(
            isManagerError(copy.error, 'UNSERIALIZABLE') && copy.error.message.startsWith('result'),
            inspect(copy.error),
          )
      }),
      { numRuns: 300 },
    )
  })
})

function attempt(read: () => unknown): { value?: unknown; error?: unknown } {
  try {
    return { value: read() }
  } catch (error) {
    return { error }
  }
}
