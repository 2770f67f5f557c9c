import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isManagerError } from 'referent'
import { launchServer, type OwnedServer } from '../../lib/manager/owned-server.ts'
import type { Order } from '../../lib/manager/server-messages.ts'
import { Supervisor, type SupervisorEvents } from '../../lib/manager/supervisor.ts'
import { privateAddress } from '../../lib/transport/address.ts'
import { within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Program } from '../harness/program.ts'

leaveNothing()

const order: Order = {
  authkey: Buffer.alloc(32),
  types: [],
  modules: [],
  serving: {},
  isSucceeded: false,
}
const pace = { firstPauseMs: 1, longestPauseMs: 1, most: 2 }

describe('a supervisor whose server process fails again and again', { timeout: 60_000 }, () => {
  it('gives it up when it can no longer be started, and says why', async () => {
    const refusal = new Error('the disk is full')
    const { supervisor, told } = await supervise(() => Promise.reject(refusal))
    const givenUp = { code: 'START_FAILED', message: /2 times in a row, and is given up: the disk is full/ }
    await assert.rejects(within('the end', supervisor.join()), (error: Error) => error.cause === refusal)
    await assert.rejects(supervisor.join(), givenUp)
    assert.ok(isManagerError(await supervisor.over, 'START_FAILED'))
    assert.deepEqual(told, ['exit by SIGKILL, will restart', 'exit by SIGKILL: START_FAILED'])
    await within('it ends', supervisor.end())
  })

  it('gives it up when it ends each time, and says so', async () => {
    const { supervisor, told } = await supervise(async (launch) => killed(await launch()))
    await assert.rejects(within('the end', supervisor.join()), { code: 'START_FAILED', message: /2 times in a row/ })
    const restart = ['exit by SIGKILL, will restart', 'restart']
    assert.deepEqual(told, [...restart, ...restart, 'exit by SIGKILL: START_FAILED'])
    await within('it ends', supervisor.end())
  })
})

describe('a manager whose listeners throw', () => {
  it('closes and restarts all the same; what they throw is uncaught in the program', async () => {
    const { code, lines, stderr } = await Program.run('./programs/throwing-listeners.ts', import.meta.url)
    const uncaught = ['session', 'exit', 'restart', 'session', 'exit'].map((event) => `uncaught: ${event}`)
    assert.deepEqual([code, lines.toSorted(), stderr], [0, [...uncaught, 'answers again', 'closed'].toSorted(), ''])
  })
})

/** A supervisor of a server process that was just killed. */
async function supervise(again: (launch: () => Promise<OwnedServer>) => Promise<OwnedServer>) {
  const place = await privateAddress()
  const launch = () => launchServer(order, { place, timeoutMs: 0 })
  const told: string[] = []
  const events: SupervisorEvents = {
    exited: ({ signal, error, willRestart }) =>
      void told.push(`exit by ${signal}${willRestart ? ', will restart' : `: ${error?.code}`}`),
    restarted: () => void told.push('restart'),
    unhandled: () => undefined,
  }
  const server = await launch()
  const supervisor = new Supervisor(server, () => again(launch), place, 'on-failure', events, pace)
  server.kill()
  return { supervisor, told }
}

function killed(server: OwnedServer): OwnedServer {
  server.kill()
  return server
}
