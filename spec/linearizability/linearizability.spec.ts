import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { inspect } from 'node:util'
import { Manager, SharedLock, SharedMap, SharedQueue } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Random } from '../references/chaos/random.ts'
import { logOf, type Objects, startClient } from './client.ts'
import { lockSubject } from './lock-subject.ts'
import { readLog } from './log.ts'
import { mapSubject } from './map-subject.ts'
import { queueSize, queueSubject } from './queue-subject.ts'
import type { Record, Subject } from './subject.ts'

leaveNothing()

// SEED=... has each process choose the same again. How their calls meet, no seed decides.
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const clients = Array.from({ length: 8 }, (_, index) => index)
const victims = [0, 1]
const calls = 200
// More than it ever comes to.
const callsOfVictim = 100 * calls

describe(`what eight processes saw, two of which were killed, seed ${seed},`, () => {
  let folder: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'history-'))
    await using manager = await Manager.start()
    await record(await objectsOf(manager))
  })
  after(() => rm(folder, { recursive: true }))

  async function objectsOf(manager: Manager): Promise<Objects> {
    const [queue, map, lock, ready, start] = await Promise.all([
      manager.create(SharedQueue<string>, queueSize),
      manager.create(SharedMap<string, number>),
      manager.create(SharedLock),
      manager.create(SharedQueue<number>),
      manager.create(SharedQueue<string>),
    ])
    return { queue, map, lock, ready, start }
  }

  async function record(objects: Objects): Promise<void> {
    const processes = clients.map((client) => {
      const most = victims.includes(client) ? callsOfVictim : calls
      return startClient({ seed, process: client, folder, calls: most }, objects)
    })
    for (const _ of clients) await within('all have come', objects.ready.get())
    await objects.start.putMany(clients.map(() => 'begin'))
    const random = new Random(seed)
    await Promise.all(
      victims.map(async (victim) => {
        await hasWritten(victim, random.below(20_000))
        processes[victim]?.kill()
      }),
    )
    const endings = await within('all have ended', Promise.all(processes.map((each) => each.join())))
    assert.deepEqual(endings, [null, null, 0, 0, 0, 0, 0, 0])
  }

  async function hasWritten(client: number, bytes: number): Promise<void> {
    const path = logOf(folder, client, 'queue')
    const size = (): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0
    await eventually(`client ${client} has come that far`, () => (size() > bytes ? true : undefined))
  }

  async function recordsOf<R, O>(name: string): Promise<Record<R, O>[]> {
    return Promise.all(
      clients.map(async (client) => ({
        process: client,
        calls: await readLog<R, O>(logOf(folder, client, name)),
        wasKilled: victims.includes(client),
      })),
    )
  }

  async function assertLinearizable<P, R, O>(subject: Subject<P, R, O>, name: string): Promise<string> {
    const records = await recordsOf<R, O>(name)
    const [count, unanswered] = countCalls(records)
    assert.ok(count > 6 * calls)
    const verdict = subject.check(records)
    if (verdict.isLinearizable) return `${count} calls, ${unanswered} of them without an answer`
    const last = inspect(verdict.before.slice(-20), { depth: 3, breakLength: 120 })
    return assert.fail(`no order explains ${inspect(verdict.stuck, { depth: 3 })} after ${last}`)
  }

  it('of a queue goes in one order', async (test) => test.diagnostic(await assertLinearizable(queueSubject, 'queue')))
  it('of a map goes in one order', async (test) => test.diagnostic(await assertLinearizable(mapSubject, 'map')))
  it('of a lock goes in one order', async (test) => test.diagnostic(await assertLinearizable(lockSubject, 'lock')))
})

function countCalls(records: readonly Record<unknown, unknown>[]): [count: number, unanswered: number] {
  const all = records.flatMap((record) => record.calls)
  return [all.length, all.filter(({ answer }) => answer === undefined).length]
}
