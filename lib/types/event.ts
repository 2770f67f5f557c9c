import {
  checkWait,
  Exposed,
  Shared,
  type State,
  type Stateful,
  stateOf,
  timedOut,
  type WaitOptions,
  WaitQueue,
} from '../extension.ts'

/** A flag that can be waited for: Python's `Event`. */
@Shared({ module: 'referent' })
export class SharedEvent implements Stateful {
  readonly #waiters = new WaitQueue<undefined>()
  #isSet = false

  /** Sets the flag: all waits resolve, even if it is cleared right after. */
  @Exposed
  set(): void {
    this.#isSet = true
    this.#waiters.resolveAll()
  }

  @Exposed
  clear(): void {
    this.#isSet = false
  }

  /** Python's `is_set()`. */
  @Exposed
  get isSet(): boolean {
    return this.#isSet
  }

  /** How many wait. */
  @Exposed
  get waiting(): number {
    return this.#waiters.length
  }

  [stateOf](): State {
    return { isSet: this.isSet, waiting: this.waiting }
  }

  /**
   * Resolves with true once the flag is set, with false when `timeoutMs` passed before.
   * @throws ManagerError `ABORTED`; TypeError, RangeError for options that can't be
   */
  @Exposed({ timeoutMs: 0 })
  wait(options: WaitOptions = {}): boolean | Promise<boolean> {
    checkWait('SharedEvent.wait', options)
    if (this.#isSet) return true
    return options.timeoutMs === 0 ? false : this.#wait(options)
  }

  async #wait(options: WaitOptions): Promise<boolean> {
    return (await this.#waiters.wait(undefined, options)) !== timedOut
  }
}
