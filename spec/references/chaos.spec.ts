import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { sized } from '../harness/size.ts'
import { runChaos } from './chaos/chaos-run.ts'

leaveNothing()

// SEED=... replays a run: the same clients do the same things in the same order, and the same ones are killed.
// `npm run chaos` goes on for longer, and with all clients at once.
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))

describe(`a server whose clients are killed at random, seed ${seed},`, () => {
  it('holds what those hold that live, and nothing when all are gone', async (context) => {
    const { operations, kills } = await runChaos({
      seed,
      pace: 'in turn',
      operations: sized(300, 2000),
      clients: sized(4, 8),
      operationsPerKill: sized(100, 300),
    })
    context.diagnostic(`${operations} operations, ${kills} clients killed, half of them in the midst of one`)
  })

  it('does so too when they all go on at once, in an order that no seed decides', async (context) => {
    const { operations, kills } = await runChaos({
      seed,
      pace: 'at once',
      operations: sized(200, 500),
      clients: sized(3, 4),
      operationsPerKill: sized(100, 300),
    })
    context.diagnostic(`${operations} operations, ${kills} clients killed in their midst`)
  })

  it('comes to the same state by the same operations and kills when the seed is the same', async () => {
    const pace = 'in turn, kills between'
    const options = { seed, pace, operations: 120, clients: 2, operationsPerKill: 40 } as const
    const [one, other] = await Promise.all([runChaos(options), runChaos(options)])
    assert.ok(one.kills > 0)
    assert.equal(one.log.length, one.operations + one.kills)
    assert.deepEqual(other, one)
  })
})
