import type { Manager, Remote } from 'referent'
import type { Expectation, Fault, State } from './cell.ts'
import { describe } from './programs/describe.ts'
import { beginClosing, connectManager } from './programs/manager.ts'
import { enter, type Outcome, type SessionState } from './programs/state.ts'
import type { Subject } from './programs/subject.ts'
import { Relay } from './relay.ts'
import { assertFate, deedOf, Holdup, inTime, ServerEnd, type Stage, subjectOf } from './stage.ts'

/** This process is the owner, and another client, which reaches the server by a relay. */
export async function hitServer(stage: Stage, fault: Fault, state: State, expectation: Expectation): Promise<void> {
  const owner = await stage.takeManager()
  const end = new ServerEnd(owner.pid, owner.address)
  try {
    await using relay = await Relay.start(owner)
    const client = await connectManager(relay.address, owner.authkey.bytes)
    const hit = new HitServer(owner, client, relay)
    try {
      if (state === 'shutdown running') await hit.shuttingDown(fault, expectation)
      else await hit.inState(fault, state, expectation)
      if (expectation.server === 'ends') await end.gone()
    } finally {
      hit.wake()
      await client.close()
    }
  } finally {
    await owner.close()
  }
  await end.gone()
  await stage.assertNextWorks()
}

class HitServer {
  readonly #owner: Manager
  readonly #client: Manager
  readonly #relay: Relay
  readonly #pid: number

  constructor(owner: Manager, client: Manager, relay: Relay) {
    this.#owner = owner
    this.#client = client
    this.#relay = relay
    this.#pid = owner.pid
  }

  async inState(fault: Fault, state: SessionState, expectation: Expectation): Promise<void> {
    const outcomes = await this.#enter(fault === 'half a frame, then silence' ? [] : [this.#owner], state)
    const isLost = expectation.calls !== 'answered'
    const subject = await subjectOf(this.#owner)
    await inTime(expectation, async () => {
      await this.#commit(fault)
      if (!isLost) await subject.answer()
      for (const outcome of outcomes) assertFate(await outcome(isLost), expectation, state)
    })
    if (fault === 'socket cut') await this.#assertServes()
  }

  async shuttingDown(fault: Fault, expectation: Expectation): Promise<void> {
    const [pending] = await this.#enter([], 'call pending')
    if (fault === 'half a frame, then silence') {
      await this.#commit(fault)
      return inTime(expectation, () => this.#client.close())
    }
    await using holdup = new Holdup()
    const closed = await beginClosing(this.#owner, holdup.file)
    await holdup.reached()
    await inTime(expectation, async () => {
      const deed = deedOf(fault)
      if (deed === undefined) await this.#commit(fault)
      else await holdup.commit(deed)
      if (fault === 'SIGINT' || fault === 'SIGTERM') await holdup.end()
      await closed(true)
      assertFate((await pending?.(true)) ?? '', expectation, 'shutdown running')
    })
  }

  /** A stopped process couldn't end in order. */
  wake(): void {
    try {
      process.kill(this.#pid, 'SIGCONT')
    } catch {
      // It has ended.
    }
  }

  #enter(others: readonly Manager[], state: SessionState): Promise<Outcome[]> {
    const entering = [this.#client, ...others].map(async (manager) => enter(state, await subjectOf(manager)))
    return Promise.all(entering)
  }

  async #commit(fault: Fault): Promise<void> {
    switch (fault) {
      case 'process.exit in a method':
        return this.#commitBy((subject) => subject.commit('exit'))
      case "an uncaught error in a method's timer":
        return this.#commitBy((subject) => subject.commit('throw'))
      case 'socket cut':
        return this.#commitBy((subject) => subject.cutAll())
      case 'half a frame, then silence':
        return this.#commitBy((subject) => {
          this.#relay.halve('to the client')
          return subject.ping()
        })
      default:
        process.kill(this.#pid, fault)
    }
  }

  /** What becomes of the call itself doesn't matter: it may be lost as all others are. */
  async #commitBy(call: (subject: Remote<Subject>) => Promise<unknown>): Promise<void> {
    void describe(call(await subjectOf(this.#client)))
  }

  async #assertServes(): Promise<void> {
    const another = await connectManager(this.#owner.address, this.#owner.authkey.bytes)
    await (await subjectOf(another)).ping()
    await another.close()
  }
}
