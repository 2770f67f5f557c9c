import type { MessagePort } from 'node:worker_threads'
import { ManagerError } from '../errors.ts'
import { keepingAlive } from '../deadline.ts'
import { clearPlace, type Place } from '../transport/address.ts'
import type { ServerEvents } from './manager-events.ts'
import type { ServerExit, OwnedServer } from './owned-server.ts'
import type { Imports } from './server-messages.ts'

/** A server that a manager started and therefore ends: a process of its own, or one in this process. */
export interface Hosting {
  /** Ends the server and waits until nothing of it is left. Idempotent, bounded, never rejects. */
  end(): Promise<void>
  /** Resolves when the server has ended; keeps this program alive until then. */
  join(): Promise<void>
}

/** When a server process that ended is started anew. */
export type RestartPolicy = 'never' | 'on-failure'

/** What a supervisor tells of its server. */
export type SupervisorEvents = Pick<ServerEvents, 'exited' | 'restarted' | 'unhandled'>

/** How often a server process is started anew. */
export interface RestartPace {
  readonly firstPauseMs: number
  readonly longestPauseMs: number
  /** After so many restarts without a stable one between them, another one can't help. */
  readonly most: number
}

const patientPace: RestartPace = { firstPauseMs: 50, longestPauseMs: 5000, most: 10 }

/** A process that has lived for so long ended for a reason of its own: the pauses begin anew. */
const stableMs = 10_000

/**
 * Keeps the server process of a manager: one, or with `on-failure` another one in the place of each that was killed,
 * ended with an exit code other than 0, or was silent for too long. Between two restarts it waits longer and longer, up
 * to five seconds; after ten in a row it gives up.
 */
export class Supervisor implements Hosting {
  /** Resolves when no process is left, nor will be, with what clients that are still there can be told. */
  readonly over: Promise<ManagerError>
  readonly #launch: () => Promise<OwnedServer>
  readonly #place: Place
  readonly #policy: RestartPolicy
  readonly #events: SupervisorEvents
  readonly #pace: RestartPace
  #end: (reason: ManagerError) => void = () => undefined
  #current: Promise<OwnedServer | undefined>
  #restarts = 0
  #isEnding = false
  #wake: () => void = () => undefined
  #error: ManagerError | undefined

  /** Takes the place, and the process that listens there; `launch` starts another one in it. */
  constructor(
    server: OwnedServer,
    launch: () => Promise<OwnedServer>,
    place: Place,
    policy: RestartPolicy,
    events: SupervisorEvents,
    pace: RestartPace = patientPace,
  ) {
    this.#launch = launch
    this.#place = place
    this.#policy = policy
    this.#events = events
    this.#pace = pace
    this.over = new Promise((resolve) => (this.#end = resolve))
    this.#current = Promise.resolve(server)
    void this.#watch(server)
  }

  /** The process that listens, as soon as one does; undefined where none will. */
  get current(): Promise<OwnedServer | undefined> {
    return this.#current
  }

  /**
   * Has the process import more. One that is started anew imports all that is registered by then.
   * @throws (as a rejection) as `OwnedServer.import`
   */
  async import(imports: Imports): Promise<void> {
    const server = await this.#current
    await server?.import(imports)
    // Its session may not have noticed yet that the process has ended: what is sent there now would be lost.
    if (server?.isOver === true) await this.#current
  }

  /** Hands the server a port that a client has the other end of; one for which there is none is closed. */
  async connect(port: MessagePort): Promise<void> {
    const server = await this.#current
    if (server === undefined) port.close()
    else server.connect(port)
  }

  async end(): Promise<void> {
    this.#isEnding = true
    this.#wake()
    const server = await this.#current
    await server?.end()
    await this.over
  }

  /**
   * @throws (as a rejection) ManagerError `SESSION_LOST` where the last process crashed, `START_FAILED` where it was given
   * up for another reason
   */
  async join(): Promise<void> {
    await keepingAlive(this.over)
    if (this.#error !== undefined) throw this.#error
  }

  async #watch(server: OwnedServer): Promise<void> {
    const startMs = performance.now()
    server.onUnhandled((failure) => this.#events.unhandled(failure))
    const exit = await server.exited
    if (performance.now() - startMs > stableMs) this.#restarts = 0
    this.#error = exit.error
    if (this.#policy === 'never' || exit.exitCode === 0 || this.#isEnding) return this.#finish(exit)
    if (this.#restarts === this.#pace.most) return this.#giveUp(exit, exit.error ?? givenUp(this.#restarts))
    this.#current = this.#restart(exit)
    this.#events.exited({ ...exit, willRestart: true })
  }

  /** The process in the place of one that ended so, once it listens; undefined where there will be none. */
  async #restart(exit: ServerExit): Promise<OwnedServer | undefined> {
    let cause: unknown
    while (this.#restarts < this.#pace.most) {
      await this.#pause()
      if (this.#isEnding) break
      this.#restarts++
      try {
        return this.#take(await this.#launch())
      } catch (error) {
        cause = error
      }
    }
    await (this.#isEnding ? this.#leave(exit) : this.#giveUp(exit, givenUp(this.#restarts, cause)))
    return undefined
  }

  #take(server: OwnedServer): OwnedServer {
    this.#error = undefined
    void this.#watch(server)
    if (!this.#isEnding) this.#events.restarted({ pid: server.pid })
    return server
  }

  /** None before the first restart in a row. An idle manager lets the program end meanwhile. */
  async #pause(): Promise<void> {
    if (this.#restarts === 0 || this.#isEnding) return
    const { firstPauseMs, longestPauseMs } = this.#pace
    const ms = Math.min(firstPauseMs * 2 ** (this.#restarts - 1), longestPauseMs)
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      setTimeout(resolve, ms).unref()
    })
  }

  async #giveUp(exit: ServerExit, error: ManagerError): Promise<void> {
    this.#error = error
    await this.#finish({ ...exit, error })
  }

  async #finish(exit: ServerExit): Promise<void> {
    this.#events.exited({ ...exit, willRestart: false })
    await this.#leave(exit)
  }

  /** The folder is the owner's to remove: a server that was killed leaves it. */
  async #leave(exit: ServerExit): Promise<void> {
    await clearPlace(this.#place)
    this.#end(exit.error ?? ended(exit))
  }
}

/** @param cause why the last one couldn't be started */
function givenUp(restarts: number, cause?: unknown): ManagerError {
  const reason = cause instanceof Error ? `: ${cause.message}` : ''
  const message = `the server was started anew ${restarts} times in a row, and is given up${reason}`
  return new ManagerError('START_FAILED', message, cause === undefined ? {} : { cause })
}

function ended({ exitCode, signal }: ServerExit): ManagerError {
  const message = `the server has ended (${signal ?? `exit code ${exitCode}`})`
  return new ManagerError('SESSION_LOST', message)
}
