import type { CallContext } from '../../call-context.ts'
import type { Entry } from './queue-entries.ts'

/** Who takes items out of a queue: a session, or this process itself. */
export type Holder = object

/** Takes back what was handed over in vain. */
export interface Source<T> {
  giveBack(entries: readonly Entry<T>[]): void
  /** Something is known now that may end waits. */
  review(): void
}

/** Answers for what was taken out of a queue until it is certain that it needn't come back. */
export interface Custody<T> {
  /** @param call the one whose answer takes the entries along; undefined where no other process is to have them */
  handOver(entries: readonly Entry<T>[], call: CallContext | undefined, source: Source<T>): void
  /** Whether something may still come back while `holder` waits for more. */
  mayReturn(holder: Holder): boolean
  /**
   * Whose wait has to end where these wait, in the order of their coming, for nothing but what they have themselves;
   * undefined where that isn't so.
   */
  whoGivesWay(waiting: readonly Holder[]): Holder | undefined
}

/** All that code of this process takes for itself. */
const here: Holder = Object.freeze({})

export function holderOf(call: CallContext | undefined): Holder {
  return call?.session ?? here
}
