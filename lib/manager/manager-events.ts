import type { EventEmitter } from 'node:events'
import type { ManagerError } from '../errors.ts'
import type { UnhandledFailure } from '../session-events.ts'
import type { ServerExit } from './owned-server.ts'

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

/** What is told of one server. None of them throws. */
export interface ServerEvents {
  /** The process ended, whether or not it was asked to. */
  readonly exited: (exit: ServerExit & { readonly willRestart: boolean }) => void
  /** Another one listens at the same address. */
  readonly restarted: (server: { readonly pid: number }) => void
  /** The session was lost; `willReopen`: another one is on its way. */
  readonly lost: (session: { readonly error: ManagerError; readonly willReopen: boolean }) => void
  /** A session was opened in the place of one that was lost. */
  readonly reopened: (server: { readonly pid: number }) => void
  /** A call failed whose promise nobody had taken. */
  readonly unhandled: (failure: UnhandledFailure) => void
}

/** What tells the listeners of a manager of its server of this index. */
export function eventsOf(manager: EventEmitter<ManagerEvents>, server: number): ServerEvents {
  return {
    exited: (exit) => throwingLater(() => manager.emit('exit', { server, ...exit })),
    restarted: (process) => throwingLater(() => manager.emit('restart', { server, ...process })),
    lost: (session) => throwingLater(() => manager.emit('session', { state: 'lost', server, ...session })),
    reopened: (process) => throwingLater(() => manager.emit('session', { state: 'reopened', server, ...process })),
    unhandled: (failure) => throwingLater(() => manager.emit('unhandled', failure)),
  }
}

/** Calls listeners. What they throw is the program's own, uncaught: it hinders nothing that is yet to be done here. */
function throwingLater(tell: () => unknown): void {
  try {
    tell()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
