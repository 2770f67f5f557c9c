import type { Fault, State } from './cell.ts'
import type { SessionState } from './programs/state.ts'

/** The client of a cell, to be hit. */
export interface Victim extends AsyncDisposable {
  /** Has the fault happen. */
  hit(): Promise<void>
  /** Rejects unless what is left of it has lost its session, and can start another manager. */
  assertWorksOn(): Promise<void>
}

/** What a session is at that a shutdown will end. */
export function sessionStateOf(state: State): SessionState {
  return state === 'shutdown running' ? 'call pending' : state
}

/** Matches how what a client was at has ended, where that is left: a shutdown may have been first. */
export function lossOf(state: State): RegExp {
  return state === 'idle' ? /^SESSION_LOST not-sent$/ : /^(?:SESSION_LOST|SHUTTING_DOWN) unknown$/
}

/** Whether the fault leaves a client that lives, and says nothing. */
export function isSilent(fault: Fault): boolean {
  return fault === 'SIGSTOP' || fault === 'half a frame, then silence'
}
