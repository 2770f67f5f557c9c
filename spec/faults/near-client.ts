import assert from 'node:assert/strict'
import type { Manager } from 'referent'
import type { State } from './cell.ts'
import { assertServingWorks, connectManager } from './programs/manager.ts'
import { enter, type Outcome } from './programs/state.ts'
import { Relay } from './relay.ts'
import { subjectOf } from './stage.ts'
import { lossOf, sessionStateOf, type Victim } from './victim.ts'

/** A client in this process, whose connection is cut. */
export class NearClient implements Victim {
  readonly #relay: Relay
  readonly #manager: Manager
  readonly #state: State
  readonly #outcome: Outcome

  private constructor(relay: Relay, manager: Manager, state: State, outcome: Outcome) {
    this.#relay = relay
    this.#manager = manager
    this.#state = state
    this.#outcome = outcome
  }

  static async connect(owner: Manager, state: State): Promise<NearClient> {
    return Relay.with(owner, async (relay) => {
      const manager = await connectManager(relay.address, owner.authkey.bytes)
      const outcome = await enter(sessionStateOf(state), await subjectOf(manager))
      return new NearClient(relay, manager, state, outcome)
    })
  }

  async hit(): Promise<void> {
    this.#relay.cut()
  }

  async assertWorksOn(): Promise<void> {
    assert.match(await this.#outcome(true), lossOf(this.#state))
    await assertServingWorks()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#manager.close()
    await this.#relay[Symbol.asyncDispose]()
  }
}
