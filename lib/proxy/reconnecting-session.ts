import { runOutsideCalls } from '../call-context.ts'
import { isLostUnsent, isManagerError, ManagerError } from '../errors.ts'
import { keepingAlive, withTimeLimit } from '../deadline.ts'
import { openAgain } from './attempts.ts'
import { type CallOptions, settledBy } from '../session/wait.ts'
import { type Access, type ClientSession, type LoggedIn, logInTo } from './client-session.ts'

export const connectTimeoutMs = 10_000

/** How a session was lost, and whether it is opened anew. */
interface LostSession {
  readonly error: ManagerError
  readonly willReopen: boolean
}

export interface ReconnectOptions {
  /** How long a session over a network may be without a connection at most, in milliseconds. Default: as the server has it. */
  readonly resumeMs?: number
  /** Whether a lost session is opened anew, where `reconnectMs` says so. Default true. */
  readonly reopens?: boolean
  readonly lost?: (session: LostSession) => void
  /** Called when there is no session, nor will be. */
  readonly ended?: () => void
}

export interface ReconnectHooks {
  /** Begins a session, which calls `over` when it ends. */
  begin(login: LoggedIn): ClientSession
  /** A session was opened in place of a lost one. */
  reopened(lost: ClientSession): void
  /** A caller no longer waits for a session. */
  idle(): void
}

/** A session that is opened anew when it is lost. Callers that need one wait for the next. */
export class ReconnectingSession {
  readonly #access: Access
  readonly #options: ReconnectOptions
  readonly #hooks: ReconnectHooks
  #last: ClientSession | undefined
  /** The attempt to open a session, while there is none; a failed one stays. */
  #opening: Promise<void> | undefined
  #giveUp: (reason: ManagerError) => void = () => undefined
  #waiting = 0
  #end: unknown
  #isClosed = false
  #isAbandoned = false
  readonly #ended: Promise<void>
  #settleEnded: () => void = () => undefined

  /** Begins to open a session. The options bound that; the default of `timeoutMs` is 10 seconds. */
  constructor(
    access: Access,
    options: ReconnectOptions,
    hooks: ReconnectHooks,
    { timeoutMs = connectTimeoutMs, signal }: CallOptions = {},
  ) {
    this.#access = access
    this.#options = options
    this.#hooks = hooks
    this.#ended = new Promise((resolve) => (this.#settleEnded = resolve))
    this.#open((abandoned) => {
      const limit = signal === undefined ? abandoned : AbortSignal.any([abandoned, signal])
      return withTimeLimit(timeoutMs, (timed) => this.#connect(timed), limit)
    })
  }

  /** The present session, or the last one; undefined before the first. */
  get last(): ClientSession | undefined {
    return this.#last
  }

  /** Why there is no session, nor will be; undefined while there may be. */
  get end(): unknown {
    return this.#end
  }

  get isConnected(): boolean {
    return this.#opening === undefined && this.#last?.session.end === undefined && !this.#isClosed
  }

  /** Whether this side has ended it. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Whether a session is opened anew when it is lost. */
  get willReopen(): boolean {
    const isOver = this.#options.reopens === false || this.#isClosed || this.#isAbandoned
    return !isOver && (this.#last?.settings.reconnectMs ?? 0) > 0
  }

  /** Whether callers wait for a session, or use it after having waited. */
  get isWaitedFor(): boolean {
    return this.#waiting > 0
  }

  /** Runs `use` with the present session, or with the next one; a wait keeps the process alive. */
  use<T>(use: (session: ClientSession) => Promise<T>, options?: CallOptions): Promise<T> {
    const session = this.#present()
    if (session === undefined) return keepingAlive(this.#useNext(use, options))
    return session.session.isInterrupted ? this.#useUnlessLost(session, use, options) : use(session)
  }

  /** Like `use`, and again with the next session where one was lost meanwhile; a wait doesn't keep the process alive. */
  async useUntilDone<T>(use: (session: ClientSession) => Promise<T>): Promise<T> {
    for (;;) {
      let used: ClientSession | undefined
      try {
        return await this.#useNext((session) => use((used = session)))
      } catch (error) {
        if (used?.session.end === undefined || !this.willReopen) throw error
      }
    }
  }

  /** Resolves when there is no session, nor will be; keeps the process alive until then. */
  async join(): Promise<void> {
    await keepingAlive(this.#ended)
  }

  /** Ends the session for good, or the attempt to open one. */
  close(): void {
    this.#isClosed = true
    this.#giveUp(new ManagerError('ABORTED', 'it was closed before that'))
    this.#last?.session.close()
  }

  /** From now on, a lost session is not opened anew. */
  abandon(reason: ManagerError): void {
    this.#isAbandoned = true
    this.#giveUp(reason)
  }

  /** The present session is over. */
  over(error: ManagerError): void {
    const { willReopen } = this
    const lost = this.#last
    lost?.tell(this.#isClosed ? { kind: 'closed' } : { kind: 'lost', error })
    if (willReopen && lost !== undefined) this.#open((abandoned) => this.#reopen(lost, abandoned))
    else this.#finish(error)
    if (!this.#isClosed) this.#options.lost?.({ error, willReopen })
  }

  #present(): ClientSession | undefined {
    return this.#opening === undefined ? this.#last : undefined
  }

  /** With the next session, where this one ends before it has another connection. */
  async #useUnlessLost<T>(
    session: ClientSession,
    use: (session: ClientSession) => Promise<T>,
    options?: CallOptions,
  ): Promise<T> {
    try {
      return await use(session)
    } catch (error) {
      if (!isLostUnsent(error) || !this.willReopen) throw error
      return this.use(use, options)
    }
  }

  async #useNext<T>(use: (session: ClientSession) => Promise<T>, options?: CallOptions): Promise<T> {
    this.#waiting++
    try {
      for (;;) {
        const session = this.#present()
        if (session !== undefined) return await use(session)
        await settledBy(this.#opening ?? Promise.resolve(), options)
      }
    } finally {
      this.#waiting--
      this.#hooks.idle()
    }
  }

  /** Opens a session by `attempt`; where that fails, there will be none. */
  #open(attempt: (abandoned: AbortSignal) => Promise<void>): void {
    const abandoned = new AbortController()
    this.#giveUp = (reason) => abandoned.abort(reason)
    this.#opening = runOutsideCalls(() => attempt(abandoned.signal)).catch((error: unknown) => {
      this.#finish(error)
      throw error
    })
    this.#opening.catch(() => undefined) // callers that wait are told
  }

  /** The session is the present one at once when it begins. */
  async #connect(signal: AbortSignal): Promise<void> {
    const login = await logInTo(this.#access, signal, this.#options.resumeMs)
    this.#last = this.#hooks.begin(login)
    this.#opening = undefined
  }

  async #reopen(lost: ClientSession, abandoned: AbortSignal): Promise<void> {
    const { reconnectMs } = lost.settings
    try {
      await openAgain((limit) => this.#connect(limit), { withinMs: reconnectMs, signal: abandoned })
    } catch (cause) {
      lost.tell({ kind: 'abandoned', error: cause })
      throw notReopened(cause, lost.server.address, abandoned.aborted ? undefined : reconnectMs)
    }
    this.#last?.tell({ kind: 'reopened', replaced: lost.welcome.sessionId })
    this.#hooks.reopened(lost)
  }

  #finish(reason: unknown): void {
    this.#end = reason
    this.#settleEnded()
    this.#options.ended?.()
  }
}

/** @param withinMs the time that has passed; undefined where the attempt was given up before */
function notReopened(cause: unknown, address: string, withinMs: number | undefined): unknown {
  if (isManagerError(cause, 'REFERENT_GONE')) return Object.assign(cause, { delivery: 'not-sent' })
  const why = withinMs === undefined && cause instanceof Error ? `: ${cause.message}` : ` within ${withinMs} ms`
  const message = `the session with ${address} was lost, and not opened anew${why}`
  return new ManagerError('SESSION_LOST', message, { cause, delivery: 'not-sent' })
}
