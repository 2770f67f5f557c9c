import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Manager } from 'referent'
import { Child } from './child.ts'
import { Decoys } from './decoys.ts'
import { framesAround, milliseconds, type Outcome, type Plan, stalls } from './outcome.ts'
import { FuzzCounter } from './target.ts'
import { measureWaits } from './waiting-time.ts'

/** Hostile servers, against a real client process, which is a client of a real server too. */
export async function runHostileServers(plan: Plan): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'fuzz-'))
  const authkey = randomBytes(32)
  try {
    using decoys = new Decoys(folder)
    await using manager = await Manager.start({ authkey })
    // So that the server knows the class before it is measured.
    await using _ = await manager.create(FuzzCounter)
    const order = {
      ...plan,
      address: `unix:${folder}/impostor`,
      authkey: authkey.toString('hex'),
      capability: { id: 0, secret: '' },
      hosts: [manager.address, ...decoys.addresses],
    }
    await using impostors = await Child.start('the impostors', './impostor-main.ts', order)
    await using victim = await Child.start('the client', './victim-main.ts', order)
    return await watch(plan, impostors, victim)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function watch(plan: Plan, impostors: Child, victim: Child): Promise<Outcome> {
  const startMs = performance.now()
  const waits = measureWaits([victim.pid])
  const problems = (): string[] => [...victim.failures, ...stalls(victim), ...impostors.failures]
  while (performance.now() < startMs + plan.durationMs && !impostors.isDone && problems().length === 0) await pause(200)
  const latest = await impostors.tellLatest()
  const waitedMs = waits()
  // First the client, which would wait for its server else.
  await victim.stop(60_000)
  await impostors.stop(70_000)
  // What never goes so far tests nothing.
  const isDeaf = impostors.tally.frames['a result'] === undefined && plan.replay === undefined
  const failures = [
    ...problems(),
    ...(isDeaf ? ['the client asked for nothing: is the handshake another one now?'] : []),
  ]
  return {
    direction: 'server',
    tally: impostors.tally,
    failures,
    latest: failures.length === 0 ? [] : framesAround([...latest, ...impostors.latest], victim.slow),
    rows: [
      ["bystander's calls", victim.calls?.calls ?? 0],
      ['  the slowest', milliseconds(victim.calls?.slowestMs)],
      ["  without the machine's part", milliseconds(victim.calls?.slowestOwnMs)],
      ["client's waits for a processor", milliseconds(waitedMs)],
      ['seconds', ((performance.now() - startMs) / 1000).toFixed(0)],
    ],
  }
}
