/** What one process called, and what came of it, when. */
export interface Operation<C> {
  /** The call, with its result. */
  readonly call: C
  /** In nanoseconds of one clock for all processes. */
  readonly calledAt: bigint
  /** Undefined where no result came: it took place at any time since, or never. */
  readonly returnedAt: bigint | undefined
}

/** What an object does whose calls come one after the other. */
export interface Model<S, C> {
  readonly initial: S
  /** The state after the call, which has just the result that it has; undefined where it can't have that in this state. */
  step(state: S, call: C): S | undefined
  /** Alike for states that can't be told apart, and for them only. */
  keyOf(state: S): string
}
