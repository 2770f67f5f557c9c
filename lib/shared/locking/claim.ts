import { AsyncLocalStorage } from 'node:async_hooks'
import { type CurrentCall, currentCall, type SessionPeer } from '../../call-context.ts'
import type { WaitOptions } from '../line.ts'

/** Whether others may have the lock at the same time that ask for it in the same way. */
export type Mode = 'exclusive' | 'shared'

/**
 * How a lock is asked for, and so what ends it: `acquire` is ended by a release of the session, or with that; `hold` by the
 * guard; `run` by the function that runs.
 */
export type Manner = 'acquire' | 'hold' | 'run'

/** What is claimed: a lock, seen from its claims. */
export interface Place {
  /** What messages call it. */
  readonly label: string
  /** Whether only those can free it who hold it: who waits for it waits for them. */
  readonly isOwned: boolean
  /** Those who wait for it, in their order. */
  waiting(): readonly Claim[]
  /** Gives up a claim, held or waiting; `isAbandoned`: because its owner is gone. Does nothing to one that is over. */
  leave(claim: Claim, isAbandoned?: boolean): void
  /** Ends the wait of a claim. */
  turnAway(claim: Claim, reason: Error): void
}

/** Who asks when no call does: the code of this process, all of it together. */
const local: SessionPeer = { id: 'none', pid: process.pid, ended: new AbortController().signal }

/** The claims that the running code holds by `run`, in this process, the outermost first. */
const around = new AsyncLocalStorage<readonly Claim[]>()

/** Who asks now. */
export function currentSession(): SessionPeer {
  return currentCall()?.session ?? local
}

/** What one party has to do with one lock, from when it asks for it until it has given it back. */
export class Claim {
  readonly place: Place
  readonly manner: Manner
  readonly mode: Mode
  /** Whether its wait has an end of its own. */
  readonly isBounded: boolean
  readonly session: SessionPeer
  /** `suspended`: a condition's waiter has given the lock back for a while; `returning`: it waits to have it again. */
  state: 'waiting' | 'held' | 'suspended' | 'returning' | 'over' = 'waiting'
  /** Grows with each hold of the lock: `SharedHold.token`. */
  token = 0
  /** Whether it has the lock from one that died. */
  isAbandoned = false
  /** When it came to its state, by `performance.now()`. */
  sinceMs: number = performance.now()
  readonly #call: CurrentCall | undefined = currentCall()
  readonly #around: readonly Claim[] = around.getStore() ?? []

  constructor(place: Place, manner: Manner, mode: Mode, { timeoutMs }: WaitOptions) {
    this.place = place
    this.manner = manner
    this.mode = mode
    this.isBounded = timeoutMs !== undefined
    this.session = currentSession()
  }

  /** Whether it was asked for by a call, not by code of this process. */
  get isRemote(): boolean {
    return this.#call !== undefined
  }

  /** The ids of the calls that it was asked for in the course of. */
  get callers(): readonly string[] {
    return this.#call?.callers ?? []
  }

  /** The id of the call that asked for it. */
  get callId(): string | undefined {
    return this.#call?.id
  }

  /** Whether it comes from inside of the function that holds `outer` by `run`. This is never wrong. */
  isInside(outer: Claim): boolean {
    if (outer.manner !== 'run') return false
    return this.#around.includes(outer) || (outer.callId !== undefined && this.callers.includes(outer.callId))
  }

  /**
   * Whether it comes from the session that holds `other`, and from no other function of a `run`. A session may do several
   * things at once: then it may come from another one of them.
   */
  isOfSameSession(other: Claim): boolean {
    if (other.manner === 'run' || other.session !== this.session) return false
    const { callers } = this
    return other.callers.every((id) => callers.includes(id))
  }

  /** Whether who asks for this one is taken for the holder of `other`. */
  belongsWith(other: Claim): boolean {
    return this.isInside(other) || this.isOfSameSession(other)
  }

  /** The claims that are held around it, in this process. */
  get outer(): readonly Claim[] {
    return this.#around
  }

  /** Runs `body` inside of it. */
  surround<T>(body: () => T): T {
    return around.run([...this.#around, this], body)
  }

  become(state: Claim['state']): void {
    this.state = state
    this.sinceMs = performance.now()
  }

  /** Is given up where its caller never learns that it has it. To be called before the method of the call ends. */
  handOver(): void {
    void this.#call?.delivered.then((isDelivered) => isDelivered || this.place.leave(this))
  }
}
