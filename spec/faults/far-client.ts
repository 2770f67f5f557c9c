import assert from 'node:assert/strict'
import type { Manager } from 'referent'
import { Actor } from './actor.ts'
import type { Fault, State } from './cell.ts'
import { Relay } from './relay.ts'
import { deedOf, subjectOf } from './stage.ts'
import { isSilent, lossOf, sessionStateOf, type Victim } from './victim.ts'

/** A client in a process of its own, which reaches the server by a relay. */
export class FarClient implements Victim {
  readonly #owner: Manager
  readonly #actor: Actor
  readonly #relay: Relay
  readonly #fault: Fault
  readonly #state: State

  private constructor(owner: Manager, actor: Actor, relay: Relay, fault: Fault, state: State) {
    this.#owner = owner
    this.#actor = actor
    this.#relay = relay
    this.#fault = fault
    this.#state = state
  }

  static async start(owner: Manager, fault: Fault, state: State): Promise<FarClient> {
    return Relay.with(owner, async (relay) => {
      const { authkey } = owner
      const [actor] = await Actor.start({
        kind: 'client',
        state: sessionStateOf(state),
        address: relay.address,
        authkey: Buffer.from(authkey.bytes).toString('hex'),
      })
      return new FarClient(owner, actor, relay, fault, state)
    })
  }

  async hit(): Promise<void> {
    // What it sends next is a heartbeat.
    if (this.#fault === 'half a frame, then silence') return this.#relay.halve('to the server')
    const deed = deedOf(this.#fault)
    if (deed === undefined) this.#actor.kill(this.#fault as NodeJS.Signals)
    // By then nothing calls it any more: something that a method left behind does it.
    else if (this.#state === 'shutdown running') this.#actor.tell({ kind: 'commit', deed })
    else (await subjectOf(this.#owner)).tell(deed).catch(() => undefined)
  }

  async assertWorksOn(): Promise<void> {
    if (!isSilent(this.#fault)) return this.#actor.exited()
    this.#actor.kill('SIGCONT')
    const { outcome } = await this.#actor.ask({ kind: 'say' }, 'outcome')
    assert.match(outcome, lossOf(this.#state))
    await this.#actor.ask({ kind: 'next' }, 'worked')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#actor[Symbol.asyncDispose]()
    await this.#relay[Symbol.asyncDispose]()
  }
}
