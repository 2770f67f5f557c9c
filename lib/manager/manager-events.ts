import type { ManagerError } from '../errors.ts'
import type { UnhandledFailure } from '../session-events.ts'

/** What a manager emits, for `manager.on`. `server` is the index of the server that it is about: 0 where there is but one. */
export interface ManagerEvents {
  /**
   * The server process that this manager started has ended, as it was asked to or by itself; `error` is what nothing in
   * it caught. `willRestart`: another one is about to be started.
   */
  exit: [
    {
      readonly server: number
      readonly exitCode: number | null
      readonly signal: NodeJS.Signals | null
      readonly error?: ManagerError
      readonly willRestart: boolean
    },
  ]
  /** Another server process listens at the same address (`restart: 'on-failure'`). */
  restart: [{ readonly server: number; readonly pid: number }]
  /** This manager's session with a server was lost, or was opened anew after that. */
  session: [
    | { readonly state: 'lost'; readonly server: number; readonly error: ManagerError; readonly willReopen: boolean }
    | { readonly state: 'reopened'; readonly server: number; readonly pid: number },
  ]
  /**
   * A call failed and nobody had taken its promise, such as one of a callback whose owner is gone: in the server that this
   * manager started or serves, or in what this program has shared with a server. Of many at a time in a server process,
   * not all are told.
   */
  unhandled: [UnhandledFailure]
}

/** Calls listeners. What they throw is the program's own, uncaught: it hinders nothing that is yet to be done here. */
export function throwingLater(tell: () => unknown): void {
  try {
    tell()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
