import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { type CallContext, runInCall } from '../../../lib/call-context.ts'
import { everything, KeyLocks, type Keys } from '../../../lib/types/locks/key-locks.ts'
import { Gate } from '../gate.ts'

/** One who holds some keys, or waits for them: what it wants, and how it ends. */
class Party {
  readonly #abort = new AbortController()
  #end = (): void => undefined
  readonly #ended = new Promise<void>((resolve) => (this.#end = resolve))
  readonly keys: Keys<number>
  readonly settled: Promise<unknown>
  state: 'waits' | 'holds' | 'over' = 'waits'

  constructor(held: KeyLocks<number>, keys: Keys<number>) {
    this.keys = keys
    const call = { signal: this.#abort.signal, id: crypto.randomUUID(), callers: [] } as unknown as CallContext
    const hold = async (): Promise<void> => {
      this.state = 'holds'
      await this.#ended
    }
    const over = (): void => void (this.state = 'over')
    this.settled = runInCall(call, () => held.hold(keys, hold)).then(over, over)
  }

  /** Ends what it does; who waits gives up. */
  end(): Promise<unknown> {
    this.#end()
    this.#abort.abort(new Error('gives up'))
    return this.settled
  }
}

const keys = fc.oneof(
  { weight: 5, arbitrary: fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant(everything) },
)

describe('held keys', () => {
  it('are held by those who came first and want no key that one before them wants', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(keys, fc.nat(9)), { maxLength: 40 }), async (steps) => {
        const held = new KeyLocks<number>('spec')
        let parties: Party[] = []
        for (const step of steps) {
          if (typeof step !== 'number') parties.push(new Party(held, step))
          else await parties[step % Math.max(parties.length, 1)]?.end()
          await new Promise(setImmediate)
          parties = parties.filter(({ state }) => state !== 'over')
          parties.forEach((party, place) => {
            const mayHold = parties.slice(0, place).every((earlier) => !overlap(earlier.keys, party.keys))
            assert.equal(party.state, mayHold ? 'holds' : 'waits')
          })
        }
        for (const party of parties) await party.end()
        assert.ok(held.isFree(everything))
      }),
      { numRuns: 200 },
    )
  })

  it('pass from one to the next as fast however many wait, and for whatever', async () => {
    const held = new KeyLocks<number>('spec')
    const hold = new Gate()
    const first = held.hold([1], () => hold.opened)
    const many = Array.from({ length: 10_000 }, (_, index) => index)
    const done: number[] = []
    const later = many.flatMap((index) => [
      held.write(index % 100 === 0 ? everything : [1], () => done.push(index)),
      held.write([1, index % 7, index % 11], () => undefined),
    ])
    const startMs = performance.now()
    hold.open()
    await Promise.all([first, ...later])
    assert.deepEqual(done, many)
    assert.ok(performance.now() - startMs < 5000)
    assert.ok(held.isFree(everything))
  })

  it('are named in messages, the first few of them', () => {
    const held = new KeyLocks<number>('spec')
    assert.equal(held.describe([1, 2]), '1, 2 of a spec')
    assert.equal(held.describe(Array.from({ length: 1000 }, () => 1)), '1, 1, 1, 1, 1 and 995 more of a spec')
  })

  it('that are free are written at once', () => {
    assert.equal(
      new KeyLocks<number>('spec').write([1], () => 'written'),
      'written',
    )
  })
})

function overlap(one: Keys<number>, other: Keys<number>): boolean {
  return one === everything || other === everything || one.some((key) => other.includes(key))
}
