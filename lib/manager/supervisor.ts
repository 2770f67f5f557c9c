import { ManagerError } from '../errors.ts'
import type { RegistrationKey } from '../registry.ts'
import { type Place, removeFolder } from '../transport/address.ts'
import type { Hosting } from './hosting.ts'
import type { ServerExit, ServerProcess } from './server-process.ts'

/** When a server process that ended is started anew. */
export type RestartPolicy = 'never' | 'on-failure'

/** What a supervisor tells of its server. */
export interface SupervisorEvents {
  /** The process ended, whether or not it was asked to. */
  exited(exit: ServerExit & { readonly willRestart: boolean }): void
  /** Another one listens at the same address. */
  restarted(server: { readonly pid: number }): void
}

const firstPauseMs = 50
const longestPauseMs = 5000

/** A process that has lived for so long ended for a reason of its own: the pauses begin anew. */
const stableMs = 10_000

/** After so many restarts without a stable one between them, another one can't help. */
const maxRestarts = 10

/**
 * Keeps the server process of a manager: one, or with `on-failure` another one in the place of each that was killed,
 * ended with an exit code other than 0, or was silent for too long. Between two restarts it waits longer and longer, up
 * to five seconds; after ten in a row it gives up.
 */
export class Supervisor implements Hosting {
  readonly #launch: () => Promise<ServerProcess>
  readonly #place: Place
  readonly #policy: RestartPolicy
  readonly #events: SupervisorEvents
  /** Resolves when no process is left, nor will be. */
  readonly #over: Promise<void>
  #end: () => void = () => undefined
  /** Settles when a process listens, or none will. */
  #current: Promise<ServerProcess>
  #restarts = 0
  #isEnding = false
  #wake: () => void = () => undefined
  #error: ManagerError | undefined

  /** Takes the place, and the process that listens there; `launch` starts another one in it. */
  constructor(
    server: ServerProcess,
    launch: () => Promise<ServerProcess>,
    place: Place,
    policy: RestartPolicy,
    events: SupervisorEvents,
  ) {
    this.#launch = launch
    this.#place = place
    this.#policy = policy
    this.#events = events
    this.#over = new Promise((resolve) => (this.#end = resolve))
    this.#current = Promise.resolve(server)
    void this.#watch(server)
  }

  async learn(type: RegistrationKey): Promise<void> {
    // Where there is none any more, a `create` says so.
    const server = await this.#current.catch(() => undefined)
    await server?.learn(type)
  }

  /** Its owner has heard nothing of the process for as long as heartbeats may be missed: it is killed for another one. */
  foundSilent(): void {
    if (this.#policy === 'never' || this.#isEnding) return
    this.#current.then(
      (server) => server.kill(),
      () => undefined,
    )
  }

  async end(): Promise<void> {
    this.#isEnding = true
    this.#wake()
    const server = await this.#current.catch(() => undefined)
    await server?.end()
    await this.#over
  }

  /** @throws (as a rejection) ManagerError `SESSION_LOST` where the last process crashed */
  async join(): Promise<void> {
    const server = await this.#current.catch(() => undefined)
    server?.ref()
    await this.#over
    if (this.#error !== undefined) throw this.#error
  }

  async #watch(server: ServerProcess): Promise<void> {
    const startMs = performance.now()
    const exit = await server.exited
    if (performance.now() - startMs > stableMs) this.#restarts = 0
    const isFailure = exit.exitCode !== 0
    const willRestart = this.#policy === 'on-failure' && isFailure && !this.#isEnding && this.#restarts < maxRestarts
    this.#error = exit.error
    if (willRestart) this.#current = this.#restart()
    this.#events.exited({ ...exit, willRestart })
    if (!willRestart) await this.#finish()
  }

  async #restart(): Promise<ServerProcess> {
    for (;;) {
      await this.#pause()
      if (this.#isEnding || this.#restarts++ === maxRestarts) {
        void this.#finish()
        throw new ManagerError('START_FAILED', 'the server process was not started anew')
      }
      const server = await this.#launch().catch(() => undefined)
      if (server === undefined) continue
      void this.#watch(server)
      if (this.#isEnding) return server
      this.#error = undefined
      this.#events.restarted({ pid: server.pid })
      return server
    }
  }

  /** None before the first restart in a row. An idle manager lets the program end meanwhile. */
  async #pause(): Promise<void> {
    if (this.#restarts === 0 || this.#isEnding) return
    const ms = Math.min(firstPauseMs * 2 ** (this.#restarts - 1), longestPauseMs)
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      setTimeout(resolve, ms).unref()
    })
  }

  /** The folder is the owner's to remove: a server that was killed leaves it. */
  async #finish(): Promise<void> {
    if (this.#place.folder !== undefined) await removeFolder(this.#place.folder).catch(() => undefined)
    this.#end()
  }
}
