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
  constructor(kind: string, { name, deadlockMs = 1000 }: LockOptions) {
    if (name !== undefined && typeof name !== 'string') throw new TypeError('the name of a lock must be a text')
    if (!(deadlockMs >= 0)) throw new RangeError(`deadlockMs is ${deadlockMs}; it must be 0 or more`)
    // A number tells those apart in one message that nobody gave a name.
    this.label = name === undefined ? `${kind} #${++Settings.#unnamed}` : `${kind} '${name}'`
    this.deadlockMs = deadlockMs
  }
}
