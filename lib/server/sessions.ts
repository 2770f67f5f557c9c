import type { Login, Welcome } from '../auth/handshake.ts'
import type { ManagerError } from '../errors.ts'
import type { ObjectTable } from '../host/object-table.ts'
import { atMost } from '../deadline.ts'
import { Running } from '../session/running.ts'
import type { Session } from '../session/session.ts'
import type { Transport } from '../transport/transport.ts'
import { type RequestMessage, serverTarget } from '../wire/message.ts'
import { partingMs, settleMs, shuttingDown } from './ending.ts'
import type { Inspection } from './inspection.ts'
import { serveSession, type ServerSessionOptions } from './server-session.ts'

interface LiveSession {
  readonly session: Session
  readonly pid: number
}

type Served = Pick<
  ServerSessionOptions,
  'referents' | 'administration' | 'settings' | 'exposeStacks' | 'serializer' | 'unhandled'
> & {
  /** Whether another server may come to the same address. */
  readonly isSucceeded: boolean
}

/** The sessions of a server, each until it is over, and how they end. */
export class Sessions {
  readonly #served: Served
  readonly #live = new Map<string, LiveSession>()
  readonly #open = new Running()
  #isEnding = false

  constructor(served: Served) {
    this.#served = served
  }

  /** Serves a client that has logged in on the transport, which this takes. */
  serve(transport: Transport, login: Login & Welcome, address: string | undefined): void {
    if (this.#isEnding) return transport.close()
    const ended = (): void => {
      this.#live.delete(login.sessionId)
      this.#open.leave()
    }
    const session = serveSession(transport, login, { ...this.#served, address, refusal: this.#refusal, ended })
    this.#live.set(login.sessionId, { session, pid: login.pid })
    this.#open.enter()
  }

  list(): Inspection['sessions'] {
    return [...this.#live].map(([id, { pid }]) => ({ id, pid }))
  }

  /** From now on, new requests are refused with `SHUTTING_DOWN`. */
  refuse(): void {
    this.#isEnding = true
  }

  /**
   * Lets what runs finish within the grace time, aborts the signals of the rest, gives that a moment to settle, and
   * answers for what hasn't even then. Resolves when no call runs on a referent any more, but for those that ignore
   * their signals. Takes at most `graceMs` and half a second; never rejects.
   */
  async settle(table: ObjectTable, graceMs: number): Promise<void> {
    const sessions = this.#sessions()
    const answered = (): Promise<unknown> => Promise.all(sessions.map((session) => session.idle()))
    await atMost(graceMs, answered())
    const reason = shuttingDown('unknown')
    for (const session of sessions) session.abort(reason)
    // Calls whose sessions are gone run too: aborted long ago, though nobody waits for their answers.
    await atMost(settleMs, Promise.all([answered(), table.idle()]))
  }

  /**
   * Ends all sessions; calls without an answer reject with `refusal`. Resolves when they are over and all answers have
   * left, or after one and a half seconds; never rejects.
   */
  async close(refusal: ManagerError): Promise<void> {
    for (const session of this.#sessions()) {
      if (refusal.code === 'SHUTTING_DOWN' && !this.#served.isSucceeded) session.sendGoodbye()
      session.close(refusal)
    }
    await atMost(partingMs, this.#open.over())
  }

  #sessions(): Session[] {
    return [...this.#live.values()].map(({ session }) => session)
  }

  /** A server that ends takes no request but that it shall end. */
  readonly #refusal = (request: RequestMessage): ManagerError | undefined => {
    if (!this.#isEnding) return undefined
    const isShutdown = request.kind === 'call' && request.to === serverTarget && request.method === 'shutdown'
    return isShutdown ? undefined : shuttingDown('not-sent')
  }
}
