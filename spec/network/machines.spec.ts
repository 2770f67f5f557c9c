import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Program } from '../harness/program.ts'
import { Machines } from './machines.ts'

leaveNothing()

const obstacle = Machines.obstacle()

describe('programs on two machines', { timeout: 60_000, skip: obstacle ?? false }, () => {
  let machines: Machines
  let server: Program
  let address = ''
  const authkey = 'a secret of both machines'

  before(async () => {
    machines = new Machines()
    server = await Program.start('./serves.ts', import.meta.url, {
      args: [`tls://${machines.hosts[0]}:0`, authkey],
      before: machines.within(0),
    })
    address = await server.line('at ')
  })

  after(async () => {
    await server[Symbol.asyncDispose]()
    machines[Symbol.dispose]()
  })

  async function visit(cutMs: number, heartbeatMs: number): Promise<readonly string[]> {
    await using visitor = await Program.start('./visits.ts', import.meta.url, {
      args: [address, authkey, String(heartbeatMs)],
      before: machines.within(1),
    })
    await visitor.line('waits')
    if (cutMs > 0) {
      machines.cut()
      // Nothing tells that it is long enough: the other machine is out of reach.
      await pause(cutMs)
      machines.mend()
    }
    return (await visitor.ending()).lines
  }

  it('call each other', async () => {
    assert.deepEqual(await visit(0, 5000), ['waits', 'paused paused', 'counted 20', 'asked well!', 'released true'])
  })

  it('go on after three seconds without a connection as though nothing had been', async () => {
    assert.deepEqual(await visit(3000, 5000), ['waits', 'paused paused', 'counted 20', 'asked well!', 'released true'])
  })

  it('say of each call what has become of it where that takes longer than heartbeats may, and begin anew', async () => {
    assert.deepEqual(await visit(3000, 200), [
      'waits',
      'paused SESSION_LOST unknown',
      'counted SESSION_LOST unknown',
      'asked well!',
      'released NOT_HELD done',
    ])
  })
})
