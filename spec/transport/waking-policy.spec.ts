import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { WakingPolicy } from '../../lib/transport/waking-policy.ts'

/** How long a wait is, in microseconds: where the process stays awake, and where it sleeps. */
type Place = (isAwake: boolean, index: number) => number

const onTwoCores: Place = (isAwake) => (isAwake ? 15 : 70)
const onOneCore: Place = (isAwake) => (isAwake ? 237 : 22)
const longestUs = 200

describe('the policy of staying awake', () => {
  it('stays awake where that makes waits shorter', () => {
    const { meanUs, awakeShare } = waits(new WakingPolicy(longestUs), 10_000, onTwoCores)
    assert.ok(awakeShare > 0.97, `awake in ${awakeShare} of the waits`)
    assert.ok(meanUs < 15 * 1.03, `${meanUs} us`)
  })

  it('sleeps where staying awake makes waits longer', () => {
    const { meanUs, awakeShare } = waits(new WakingPolicy(longestUs), 10_000, onOneCore)
    assert.ok(awakeShare < 0.01, `awake in ${awakeShare} of the waits`)
    assert.ok(meanUs < 22 * 1.03, `${meanUs} us`)
  })

  it('has found the better way after 16 waits', () => {
    for (const [place, best] of [
      [onTwoCores, true],
      [onOneCore, false],
    ] as const) {
      const policy = new WakingPolicy(longestUs)
      waits(policy, 16, place)
      assert.equal(policy.isAwake, best)
    }
  })

  it('sleeps where staying awake gains nothing, or little', () => {
    for (const awakeUs of [30, 26]) {
      const { awakeShare } = waits(new WakingPolicy(longestUs), 10_000, (isAwake) => (isAwake ? awakeUs : 30))
      assert.ok(awakeShare < 0.02, `awake in ${awakeShare} of the waits`)
    }
  })

  it('sleeps where waits are long, however much shorter they would be', () => {
    const { awakeShare } = waits(new WakingPolicy(longestUs), 10_000, (isAwake) => (isAwake ? 201 : 400))
    assert.ok(awakeShare < 0.02, `awake in ${awakeShare} of the waits`)
  })

  it('tries the other way ever more rarely, and never gives it up', () => {
    const policy = new WakingPolicy(longestUs)
    const trials: number[] = []
    for (let index = 0; index < 20_000; index++) {
      const wasAwake = policy.isAwake
      policy.waited(onOneCore(wasAwake, index))
      if (policy.isAwake && !wasAwake) trials.push(index)
    }
    const pauses = trials.slice(1).map((trial, index) => trial - (trials[index] ?? 0))
    assert.ok(trials.length >= 10 && trials.length <= 20, `tried ${trials.length} times`)
    assert.ok(
      pauses.every((pause, index) => pause >= (pauses[index - 1] ?? 0)),
      `pauses of ${pauses.join(', ')}`,
    )
    assert.equal(pauses.at(-1), 8 * 256 + 1)
  })

  it('ends a trial as soon as it has failed', () => {
    const policy = new WakingPolicy(longestUs)
    waits(policy, 16 + 8, onOneCore)
    assert.equal(policy.isAwake, true)
    waits(policy, 1, onOneCore)
    assert.equal(policy.isAwake, false)
  })

  it('follows within 40 waits when the processes come to run elsewhere', () => {
    const policy = new WakingPolicy(longestUs)
    waits(policy, 10_000, onTwoCores)
    assert.equal(policy.isAwake, true)
    waits(policy, 40, onOneCore)
    assert.equal(policy.isAwake, false)
    waits(policy, 10_000, onOneCore)
    waits(policy, 40, onTwoCores)
    assert.equal(policy.isAwake, true)
  })

  it('is back when slow methods become fast ones', () => {
    const policy = new WakingPolicy(longestUs)
    waits(policy, 10_000, () => longestUs)
    assert.equal(policy.isAwake, false)
    waits(policy, 40, onTwoCores)
    assert.equal(policy.isAwake, true)
  })

  it('sees that a process which stays awake loses its core now and then, for long', () => {
    const crowded: Place = (isAwake, index) => (isAwake ? (index % 150 === 149 ? 30_000 : 15) : 50)
    const { meanUs } = waits(new WakingPolicy(longestUs), 40_000, crowded)
    assert.ok(meanUs < 50 * 1.2, `${meanUs} us; 215 for one that is always awake`)
  })

  it('is not misled by pauses between bursts', () => {
    const bursts: Place = (isAwake, index) => (index % 20 === 0 ? longestUs : onTwoCores(isAwake, index))
    const { awakeShare } = waits(new WakingPolicy(longestUs), 10_000, bursts)
    assert.ok(awakeShare > 0.95, `awake in ${awakeShare} of the waits`)
  })

  it('costs little in any place, though it may change every 2,000 waits', () => {
    const changing: Place = (isAwake, index) => (index % 4000 < 2000 ? onOneCore : onTwoCores)(isAwake, index)
    const { meanUs } = waits(new WakingPolicy(longestUs), 40_000, changing)
    assert.ok(meanUs < 18.5 * 1.1, `${meanUs} us; 18.5 for one that knows`)
  })
})

function waits(policy: WakingPolicy, count: number, place: Place): { meanUs: number; awakeShare: number } {
  let [sumUs, awake] = [0, 0]
  for (let index = 0; index < count; index++) {
    const us = place(policy.isAwake, index)
    sumUs += us
    if (policy.isAwake) awake++
    policy.waited(us)
  }
  return { meanUs: sumUs / count, awakeShare: awake / count }
}
