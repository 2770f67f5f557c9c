import assert from 'node:assert/strict'
import type { Manager } from 'referent'
import { eventually } from '../harness/eventually.ts'
import { Actor } from './actor.ts'
import type { Expectation, Fault, State } from './cell.ts'
import { describe } from './programs/describe.ts'
import { assertServingWorks, connectManager } from './programs/manager.ts'
import { enter, type SessionState } from './programs/state.ts'
import { assertFate, deedOf, Holdup, inTime, ServerEnd, subjectOf } from './stage.ts'
import { lossOf, sessionStateOf } from './victim.ts'

/** The owner is a process of its own; this one is another client of its server. */
export async function hitOwner(fault: Fault, state: State, expectation: Expectation): Promise<void> {
  const [actor, { address, authkey, serverPid }] = await Actor.start({ kind: 'owner', state: sessionStateOf(state) })
  await using owner = actor
  const end = new ServerEnd(serverPid, address)
  const client = await connectManager(address, Buffer.from(authkey, 'hex'))
  const hit = new HitOwner(owner, client, end, fault)
  try {
    if (state === 'shutdown running') await hit.shuttingDown(expectation)
    else await hit.inState(state, expectation)
    if (fault === 'SIGSTOP' || fault === 'socket cut') await hit.assertOwnerWorksOn(state)
    else await owner.exited()
  } finally {
    await client.close()
  }
  await end.gone()
  await assertServingWorks()
}

class HitOwner {
  readonly #owner: Actor
  readonly #client: Manager
  readonly #end: ServerEnd
  readonly #fault: Fault

  constructor(owner: Actor, client: Manager, end: ServerEnd, fault: Fault) {
    this.#owner = owner
    this.#client = client
    this.#end = end
    this.#fault = fault
  }

  async inState(state: SessionState, expectation: Expectation): Promise<void> {
    const subject = await subjectOf(this.#client)
    const outcome = await enter(state, subject)
    const isLost = expectation.calls !== 'answered'
    await inTime(expectation, async () => {
      await this.#commit()
      if (!isLost) await this.#ownerLost()
      if (!isLost) await subject.answer()
      assertFate(await outcome(isLost), expectation, state)
      if (expectation.server === 'ends') await this.#end.gone()
    })
  }

  async shuttingDown(expectation: Expectation): Promise<void> {
    const pending = await enter('call pending', await subjectOf(this.#client))
    await using holdup = new Holdup()
    await this.#owner.ask({ kind: 'close', file: holdup.file }, 'closing')
    await holdup.reached()
    await inTime(expectation, async () => {
      const deed = deedOf(this.#fault)
      if (deed === undefined) await this.#commit()
      else this.#owner.tell({ kind: 'commit', deed })
      await holdup.end()
      assertFate(await pending(true), expectation, 'shutdown running')
      await this.#end.gone()
    })
  }

  /** What is left of the owner has lost its session, or has closed it, and can start another manager. */
  async assertOwnerWorksOn(state: State): Promise<void> {
    this.#owner.kill('SIGCONT')
    const { outcome } = await this.#owner.ask({ kind: 'say' }, 'outcome')
    assert.match(outcome, state === 'shutdown running' ? /^closed$/ : lossOf(state))
    await this.#owner.ask({ kind: 'next' }, 'worked')
  }

  async #commit(): Promise<void> {
    const deed = deedOf(this.#fault)
    if (deed !== undefined) void describe((await subjectOf(this.#client)).tell(deed))
    else if (this.#fault === 'socket cut') await (await subjectOf(this.#client)).cutOwner()
    else this.#owner.kill(this.#fault as NodeJS.Signals)
  }

  /** Resolves when this process has the only session that is left. */
  async #ownerLost(): Promise<void> {
    await eventually('the session of the owner is over', async () => {
      return (await this.#client.inspect()).sessions.length === 1 || undefined
    })
  }
}
