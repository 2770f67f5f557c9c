import type { Manager } from 'referent'
import { eventually } from '../harness/eventually.ts'
import type { Expectation, Fault, State } from './cell.ts'
import { FarClient } from './far-client.ts'
import { NearClient } from './near-client.ts'
import { beginClosing } from './programs/manager.ts'
import type { SessionState } from './programs/state.ts'
import { Holdup, inTime, ServerEnd, type Stage, subjectOf } from './stage.ts'
import { isSilent, type Victim } from './victim.ts'

/** What the server's subject notes when the client is lost. */
const notes: Readonly<Record<SessionState, readonly string[]>> = {
  idle: [],
  'call pending': ['call aborted'],
  'stream open': ['stream ended'],
  'callback running': ['callback SESSION_LOST unknown'],
}

/** This process is the owner. The client is a process too, unless it's only its connection that is cut. */
export async function hitClient(stage: Stage, fault: Fault, state: State, expectation: Expectation): Promise<void> {
  const owner = await stage.takeManager()
  const end = new ServerEnd(owner.pid, owner.address)
  try {
    await using victim = await startVictim(owner, fault, state)
    if (state === 'shutdown running') await shutDown(owner, victim, fault, expectation)
    else await assertGivenBack(owner, victim, state, expectation)
    await victim.assertWorksOn()
  } catch (error) {
    await owner.close()
    throw error
  }
  if (state !== 'shutdown running') return stage.giveBack(owner)
  await end.gone()
  await stage.assertNextWorks()
}

function startVictim(owner: Manager, fault: Fault, state: State): Promise<Victim> {
  return fault === 'socket cut' ? NearClient.connect(owner, state) : FarClient.start(owner, fault, state)
}

async function assertGivenBack(
  owner: Manager,
  victim: Victim,
  state: SessionState,
  expectation: Expectation,
): Promise<void> {
  const subject = await subjectOf(owner)
  await inTime(expectation, async () => {
    await victim.hit()
    await eventually('the server holds nothing for the client', async () => {
      const { sessions, referents } = await owner.inspect()
      return (sessions.length === 1 && referents.length === 1) || undefined
    })
    await eventually('the methods are told', async () => {
      const events = await subject.events()
      return notes[state].every((note) => events.includes(note)) || undefined
    })
  })
}

async function shutDown(owner: Manager, victim: Victim, fault: Fault, expectation: Expectation): Promise<void> {
  await using holdup = new Holdup()
  if (isSilent(fault)) await victim.hit()
  const closed = await beginClosing(owner, holdup.file)
  await holdup.reached()
  await inTime(expectation, async () => {
    if (!isSilent(fault)) await victim.hit()
    await holdup.end()
    await closed(true)
  })
}
