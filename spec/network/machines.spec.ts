import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Program } from '../harness/program.ts'
import { isFull } from '../harness/size.ts'
import { type Cable, Machines } from './machines.ts'

leaveNothing()

const seed = Date.now() % 1_000_000
const cables: readonly [what: string, obstacle: string | undefined, cable?: Cable][] = [
  ['a cable', Machines.obstacle()],
  [
    `a cable that delays by 20 ms and loses 3 packets of 100, seed ${seed},`,
    Machines.obstacleToCables(),
    { delayMs: 20, lostPercent: 3, seed },
  ],
]

function unharmed(isInterrupted: boolean): readonly string[] {
  return ['waits', 'paused paused', 'counted 20', 'asked well!', `interrupted ${isInterrupted}`, 'released true']
}

for (const [what, obstacle, cable] of cables) {
  describe(`programs on two machines with ${what} between them`, { timeout: 120_000, skip: obstacle ?? false }, () => {
    const skip = cable !== undefined && !isFull && 'FULL=1 plays it'
    let machines: Machines
    let server: Program
    let address = ''
    const authkey = 'a secret of both machines'

    before(async () => {
      machines = await Machines.join(cable)
      server = await Program.start('./serves.ts', import.meta.url, {
        args: [`tls://${machines.hosts[0]}:0`, authkey],
        before: machines.within(0),
      })
      address = await server.line('at ')
    })

    after(async () => {
      await server[Symbol.asyncDispose]()
      await machines[Symbol.asyncDispose]()
    })

    function start(path: string, ...args: readonly string[]): Promise<Program> {
      return Program.start(path, import.meta.url, { args: [address, authkey, ...args], before: machines.within(1) })
    }

    interface Visit {
      readonly cutMs?: number
      readonly isReset?: boolean
      readonly heartbeatMs?: number
      readonly resumeMs?: number
    }

    async function visit({
      cutMs = 0,
      isReset = false,
      heartbeatMs = 5000,
      resumeMs = 10_000,
    }: Visit): Promise<readonly string[]> {
      await using visitor = await start('./visits.ts', String(heartbeatMs), String(resumeMs))
      await visitor.line('waits')
      if (cutMs > 0) {
        machines.cut()
        if (isReset) machines.reset()
        // Nothing tells that it is long enough: the other machine is out of reach.
        await pause(cutMs)
        machines.mend()
      }
      return (await visitor.ending()).lines
    }

    it('call each other', async () => {
      assert.deepEqual(await visit({}), unharmed(false))
    })

    it('share a queue, proxies and a counter, and a lock whose holder is killed', async () => {
      await using producer = await start('./produces.ts')
      await producer.line('holds the lock')
      await using consumer = await start('./consumes.ts')
      await consumer.line('got 100 in order')
      await producer.line('has put')
      producer.kill('SIGKILL')
      assert.deepEqual((await consumer.ending()).lines, ['got 100 in order', 'got a desk: well', 'has the lock', '500'])
    })

    it('go on after three seconds without a connection as though nothing had been', { skip }, async () => {
      assert.deepEqual(await visit({ cutMs: 3000 }), unharmed(false))
    })

    it(
      'go on by another connection where theirs is reset, or silent for as long as heartbeats may be',
      { skip },
      async () => {
        assert.deepEqual(await visit({ cutMs: 3000, isReset: true }), unharmed(true))
        assert.deepEqual(await visit({ cutMs: 3000, heartbeatMs: 200 }), unharmed(true))
      },
    )

    it(
      'say of each call what has become of it where a session is without a connection for too long, and begin anew',
      { skip },
      async () => {
        assert.deepEqual(await visit({ cutMs: 3000, heartbeatMs: 200, resumeMs: 1000 }), [
          'waits',
          'paused SESSION_LOST unknown',
          'counted SESSION_LOST unknown',
          'asked well!',
          'interrupted true',
          'released NOT_HELD done',
        ])
      },
    )
  })
}

describe(
  'programs on two machines far from each other',
  { timeout: 60_000, skip: Machines.obstacleToCables() ?? false },
  () => {
    it('wait for a call hardly longer than for bare bytes', async () => {
      await using machines = await Machines.join({ delayMs: 20, lostPercent: 0, seed })
      await using server = await Program.start('./serves.ts', import.meta.url, {
        args: [`tls://${machines.hosts[0]}:0`, 'a secret'],
        before: machines.within(0),
      })
      const args = [await server.line('at '), 'a secret', await server.line('echoes at ')]
      await using client = await Program.start('./times.ts', import.meta.url, { args, before: machines.within(1) })
      const { lines } = await client.ending()
      const [bareMs = NaN, callMs = NaN] = lines.map(Number)
      assert.ok(bareMs >= 40, `bare bytes took ${bareMs} ms`)
      assert.ok(callMs < 1.3 * bareMs, `a call took ${callMs} ms, bare bytes ${bareMs} ms`)
    })
  },
)
