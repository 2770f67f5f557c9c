import type { Cell, Expectation, Row } from './cell.ts'
import type { SessionState } from './programs/state.ts'

/** What users see in each state. */
export type Sights = Readonly<Record<SessionState, string>>

/** The same for each state of a session, said in the words of that state. `withinMs` is 0 unless given. */
export function row(
  common: Omit<Expectation, 'says' | 'withinMs'> & { readonly withinMs?: number; readonly when: string },
  sights: Sights,
  shutdown: Cell,
): Row {
  const { when, ...expectation } = common
  const cell = (sight: string): Cell => ({ withinMs: 0, ...expectation, says: `${sight}, ${when}` })
  return {
    idle: cell(sights.idle),
    'call pending': cell(sights['call pending']),
    'stream open': cell(sights['stream open']),
    'callback running': cell(sights['callback running']),
    'shutdown running': shutdown,
  }
}

/** What callers see whose session is lost. */
export const losing: Sights = {
  idle: 'the next call says that it was not sent',
  'call pending': 'the call rejects',
  'stream open': 'the next item rejects',
  'callback running': 'the call rejects and the signal of the callback aborts',
}

/** What callers see whom it doesn't concern. */
export const goingOn: Sights = {
  idle: 'the next call is answered',
  'call pending': 'the call is answered',
  'stream open': 'the next item comes',
  'callback running': 'the callback gives its answer',
}

/** What the server does about a client that is lost. */
export const givingBack: Sights = {
  idle: 'the server takes back what the client held',
  'call pending': 'the signal of the method aborts',
  'stream open': 'the generator runs its finally',
  'callback running': 'what waits for the callback rejects in the server',
}

/** A shutdown ends the sessions before it disposes of anything. */
export const nothingToCut: Cell = {
  impossible: 'no connection is left to be cut while a shutdown disposes of what the server made',
}
