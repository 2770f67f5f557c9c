import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SharedList, SharedMap, SharedSet } from 'referent'
import { setOf, Spread } from '../lib/spread.ts'
import { cross } from './codec/crossing.ts'

/** V8 hashes the lowest 64 bits of an integer only. */
const ofOneHash = Array.from({ length: 20_000 }, (_, index) => (BigInt(index) << 64n) + 1n)
const hasOneHash = { name: 'RangeError', message: /have one hash/ }

/** In a time that is quadratic in their number, 20,000 take five times as long. */
const linearMs = 2000

const usual: Readonly<Record<string, (index: number) => unknown>> = {
  'numbers in a row': (index) => index,
  thousands: (index) => -index * 1000,
  'powers of two': (index) => index * 2 ** 16,
  moments: (index) => 1.7e12 + index * 1000,
  fractions: (index) => index / 10,
  integers: (index) => BigInt(index) * 1000n,
  'numbers of snowflakes': (index) => BigInt(1_700_000_000_000 + index) << 22n,
  'the same few': (index) => index % 3,
  texts: (index) => `k${index}`,
}

describe('keys that have one hash', () => {
  for (const [what, make] of Object.entries(usual)) {
    it(`are none of ${what}`, () => {
      const keys = Array.from({ length: 100_000 }, (_, index) => make(index))
      assert.deepEqual(setOf(keys), new Set(keys))
    })
  }

  it('are refused by shared sets and maps, which stay quick', () => {
    const startMs = performance.now()
    const set = new SharedSet<bigint>()
    assert.throws(() => set.addMany(ofOneHash), hasOneHash)
    assert.throws(() => ofOneHash.forEach((key) => set.add(key)), hasOneHash)
    const map = new SharedMap<bigint, number>()
    assert.throws(() => ofOneHash.forEach((key) => void map.set(key, 1)), hasOneHash)
    assert.throws(() => void map.setMany(ofOneHash.map((key) => [key, 1] as const)), hasOneHash)
    assert.ok(performance.now() - startMs < linearMs)
  })

  it('come again when others have gone', () => {
    const set = new SharedSet<bigint>()
    for (const key of ofOneHash) {
      assert.equal(set.add(key), true)
      assert.equal(set.delete(key), true)
    }
    const [key = 0n] = ofOneHash
    const map = new SharedMap<bigint, number>()
    for (const each of ofOneHash.slice(0, 60)) void map.set(each, 1)
    for (const value of ofOneHash.keys()) void map.set(key, value)
    void map.clear()
    for (const each of ofOneHash.slice(60, 120)) void map.set(each, 1)
    assert.equal(map.size, 60)
  })

  it('cross as items of a list in no more time than others', () => {
    const startMs = performance.now()
    assert.deepEqual(cross(new SharedList(ofOneHash).toArray()), ofOneHash)
    assert.ok(performance.now() - startMs < linearMs)
  })

  it('are counted by what is hashed without a secret', () => {
    const [spread, none] = [new Spread(), new Set()]
    assert.ok(ofOneHash.every((key) => spread.admits(String(key), none)))
    assert.ok(ofOneHash.every((key) => spread.admits({ key }, none)))
    assert.ok(!ofOneHash.every((key) => spread.admits(-key, none)))
  })
})
