import {
  assertOptions,
  callToEnd,
  checkWait,
  Exposed,
  isFunction,
  isTime,
  isWhole,
  ManagerError,
  Shared,
  type State,
  type Stateful,
  stateOf,
  timedOut,
  type WaitOptions,
  WaitQueue,
} from '../extension.ts'

export interface BarrierOptions {
  /** Is called where it came from, when all have come and before any goes on. Where it fails, the barrier breaks. */
  readonly action?: () => unknown
  /** How long a `wait` without a `timeoutMs` of its own lasts, in milliseconds. */
  readonly timeoutMs?: number
}

/** One coming together of all parties. */
class Round {
  readonly waiters = new WaitQueue<number>()
  broken: ManagerError | undefined

  break(error: ManagerError): void {
    this.broken = error
    this.waiters.rejectAll(error)
  }
}

/**
 * Where a number of parties wait for each other: Python's `Barrier`. A party that gives up, times out or dies while it waits
 * breaks it for all: the others, and all that come later, get `BARRIER_BROKEN`, until `reset`.
 */
@Shared({ module: 'referent' })
export class SharedBarrier implements Stateful {
  readonly #parties: number
  readonly #options: BarrierOptions
  #round = new Round()
  /** In which all have come, and the action isn't over. */
  readonly #complete = new Set<Round>()
  #lastAction: Promise<unknown> = Promise.resolve()

  /** @throws TypeError, RangeError for a number of parties, or options, that can't be */
  constructor(parties: number, options: BarrierOptions = {}) {
    isWhole(1)('SharedBarrier: parties', parties)
    assertOptions<BarrierOptions>('SharedBarrier', options, { action: isFunction, timeoutMs: isTime })
    this.#parties = parties
    this.#options = options
  }

  [stateOf](): State {
    return { parties: this.parties, waiting: this.waiting, isBroken: this.isBroken }
  }

  /**
   * Waits until all parties have come. Resolves with a number from 0 that no other party gets, in the order of their
   * coming.
   * @throws ManagerError `TIMEOUT` when the time was up before, `ABORTED`: that breaks the barrier; `BARRIER_BROKEN`; for
   * the party that came last, whatever the action throws
   */
  @Exposed({ timeoutMs: 0 })
  wait(options: WaitOptions = {}): number | Promise<number> {
    checkWait('SharedBarrier.wait', options)
    const round = this.#round
    if (round.broken !== undefined) throw round.broken
    const index = round.waiters.length
    if (index + 1 < this.#parties) return this.#await(round, index, options)
    this.#round = new Round()
    const { action } = this.#options
    return action === undefined ? pass(round, index) : this.#act(round, index, action)
  }

  /** Breaks the barrier. */
  @Exposed
  abort(): void {
    this.#break(brokenError('it was aborted'))
  }

  /** Makes the barrier as new. Waits reject with `BARRIER_BROKEN`. */
  @Exposed
  reset(): void {
    this.#break(brokenError('it was reset'))
    this.#round = new Round()
  }

  @Exposed
  get parties(): number {
    return this.#parties
  }

  /** How many wait for the others. Python's `n_waiting`. */
  @Exposed
  get waiting(): number {
    return this.#round.waiters.length
  }

  /** Python's `broken`. */
  @Exposed
  get isBroken(): boolean {
    return this.#round.broken !== undefined
  }

  async #await(round: Round, index: number, options: WaitOptions): Promise<number> {
    const { timeoutMs = this.#options.timeoutMs } = options
    const bounds = timeoutMs === undefined ? options : { ...options, timeoutMs }
    const gaveUp = (): void => this.#break(brokenError('a party that was waited for gave up, or is gone'))
    if ((await round.waiters.wait(index, bounds, gaveUp)) !== timedOut) return index
    throw new ManagerError('TIMEOUT', `not all ${this.#parties} parties came within ${timeoutMs} ms`)
  }

  /** Actions run one after the other, however many parties come. */
  async #act(round: Round, index: number, action: () => unknown): Promise<number> {
    this.#complete.add(round)
    const acted = this.#lastAction.then(() => round.broken ?? callToEnd(action))
    this.#lastAction = acted.catch(() => undefined)
    try {
      await acted
      if (round.broken !== undefined) throw round.broken
      return pass(round, index)
    } catch (error) {
      if (round.broken === undefined) this.#break(brokenError('its action failed', error))
      throw error
    } finally {
      this.#complete.delete(round)
    }
  }

  #break(error: ManagerError): void {
    for (const round of [...this.#complete, this.#round]) round.break(error)
  }
}

function pass({ waiters }: Round, index: number): number {
  waiters.resolveAll()
  return index
}

function brokenError(why: string, cause?: unknown): ManagerError {
  const options = cause === undefined ? {} : { cause }
  return new ManagerError('BARRIER_BROKEN', `the barrier is broken: ${why}; reset() makes it as new`, options)
}
