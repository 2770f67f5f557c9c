import { assertOptions, isText, isTime } from '../../options.ts'

/** Options of locks. */
export interface LockOptions {
  /** What error messages call it. */
  readonly name?: string
  /**
   * For how long sessions that hold locks by `acquire` or `hold` must wait for each other before one of them is told
   * `DEADLOCK`, in milliseconds; 1000 unless given. `Infinity`: it is never told so. A circle of `run`s is told at once.
   *
   * A session may be several tasks, of which one keeps a lock for long and another waits for one: two such sessions look like
   * a deadlock the first time. Where programs work so, have locks by `run`, or give more time here than any task takes.
   */
  readonly deadlockMs?: number
}

/** The options of one lock, with nothing left open. */
export class Settings {
  static #unnamed = 0
  readonly label: string
  readonly deadlockMs: number

  /** @throws TypeError, RangeError for what can't be */
  constructor(kind: string, options: LockOptions) {
    assertOptions<LockOptions>(kind, options, { name: isText, deadlockMs: isTime })
    const { name, deadlockMs = 1000 } = options
    // A number tells those apart in one message that nobody gave a name.
    this.label = name === undefined ? `${kind} #${++Settings.#unnamed}` : `${kind} '${name}'`
    this.deadlockMs = deadlockMs
  }
}
