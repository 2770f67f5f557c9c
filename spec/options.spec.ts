import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertOptions, isBoolean, isOneOf, isSignal, isTime, isWhole } from '../lib/options.ts'

const checks = {
  timeoutMs: isTime,
  signal: isSignal,
  max: isWhole(1),
  isOpen: isBoolean,
  mode: isOneOf('one', 'two'),
}
const check = (options: unknown): void => assertOptions('queue.get', options, checks)

describe('options', () => {
  it('may be absent, all or each', () => {
    check(undefined)
    check({})
    check({ timeoutMs: undefined })
    check({ timeoutMs: 0, signal: AbortSignal.abort(), max: 1, isOpen: false, mode: 'two' })
  })

  for (const given of [100, 'soon', true, null, [1], () => 0])
    it(`are refused that are no object: ${String(given)}`, () => {
      assert.throws(() => check(given), {
        name: 'TypeError',
        message: /^the options of queue.get are .*; they must be/,
      })
    })

  for (const [name, meant] of [
    ['timeout', 'timeoutMs'],
    ['timeoutms', 'timeoutMs'],
    ['timoutMs', 'timeoutMs'],
    ['Signal', 'signal'],
    ['open', 'known are timeoutMs, signal, max, isOpen, mode'],
  ] as const)
    it(`with an unknown name are refused, suggesting the right one: ${name}`, () => {
      assert.throws(
        () => check({ [name]: 1 }),
        (error: TypeError) => {
          assert.match(error.message, new RegExp(`queue.get has no option '${name}'.*${meant}`, 's'))
          return error instanceof TypeError
        },
      )
    })

  for (const [options, name] of [
    [{ timeoutMs: '5' }, 'TypeError'],
    [{ timeoutMs: -1 }, 'RangeError'],
    [{ timeoutMs: NaN }, 'RangeError'],
    [{ signal: {} }, 'TypeError'],
    [{ max: 0 }, 'RangeError'],
    [{ max: 1.5 }, 'RangeError'],
    [{ isOpen: 1 }, 'TypeError'],
    [{ mode: 'three' }, 'TypeError'],
    [{ mode: null }, 'TypeError'],
  ] as const)
    it(`are refused with a value that can't be, naming the option: ${JSON.stringify(options)}`, () => {
      assert.throws(() => check(options), { name, message: new RegExp(`^queue.get: ${Object.keys(options)[0]} is `) })
    })
})
