import type { Login, Welcome } from '../auth/handshake.ts'
import type { ResumableSession, Resumption } from '../auth/resumption.ts'
import { createCodec, type Serializer } from '../codec/codec.ts'
import { atMost } from '../deadline.ts'
import { ManagerError } from '../errors.ts'
import type { ObjectTable } from '../host/object-table.ts'
import type { Referent } from '../host/referent.ts'
import { ImportTable } from '../proxy/import-table.ts'
import { SessionRole } from '../proxy/session-role.ts'
import { tellSession, tellUnhandled, type UnhandledFailure } from '../session-events.ts'
import { Running } from '../session/running.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import { Session } from '../session/session.ts'
import { keptBytesOf, resumableSettings, type SessionSettings } from '../session/session-options.ts'
import { PeerProcess } from '../transport/peer-process.ts'
import { type ResumableOptions, ResumableTransport } from '../transport/resumable-transport.ts'
import type { Transport } from '../transport/transport.ts'
import { type RequestMessage, serverTarget, type TargetId } from '../wire/message.ts'
import { partingMs, settleMs, shuttingDown } from './ending.ts'
import type { Referents } from './referents.ts'
import type { ServerTotals, SessionInspection } from './inspection.ts'
import type { Meter } from './meter.ts'
import { type Administration, performOperation } from './server-operations.ts'

interface LiveSession {
  readonly session: Session<SessionRole>
  readonly pid: number
  readonly transport: Transport
  readonly authority: Login['authority']
  /** By `performance.now()`. */
  readonly sinceMs: number
  readonly resumable: ResumableSession | undefined
}

/** A call of a referent by a session. */
export type SessionCall = readonly [session: string, call: IncomingCall, of: Referent]

/** What the sessions of a server serve, and how. */
interface Served {
  readonly referents: Referents
  readonly administration: Administration
  readonly settings: Readonly<Record<Login['authority'], SessionSettings>>
  /** How many there may be that were opened in the same way. */
  readonly maxSessions: number
  readonly exposeStacks: boolean | 'authkey'
  readonly serializer: Serializer
  readonly meter: Meter
  /** Whether another server may come to the same address. */
  readonly isSucceeded: boolean
  /** Is told of calls that failed and whose promises nobody had taken. */
  readonly unhandled: ((failure: UnhandledFailure) => void) | undefined
}

/** The sessions of a server, each until it is over, and how they end. */
export class Sessions {
  readonly #served: Served
  readonly #live = new Map<string, LiveSession>()
  readonly #open = new Running()
  readonly #counts: Record<Login['authority'], number> = { all: 0, granted: 0 }
  /** Of the sessions that are over. */
  readonly #tally = { calls: 0, errors: 0 }
  #isEnding = false

  constructor(served: Served) {
    this.#served = served
  }

  /** Why no further client is served that is to have this authority, if so. */
  refusal(authority: Login['authority']): ManagerError | undefined {
    const { maxSessions } = this.#served
    if (this.#counts[authority] < maxSessions) return undefined
    const opened = authority === 'all' ? 'the authkey' : 'references'
    return new ManagerError(
      'OVERLOADED',
      `the server has ${maxSessions} sessions that ${opened} opened, and takes no more (maxSessions); close some of them first`,
    )
  }

  /**
   * Serves a client that has logged in on the connection, which this takes.
   * @param address where the server listens, if it does
   */
  serve(connection: Transport, login: Login & Welcome, address: string | undefined): void {
    if (this.#isEnding) return connection.close()
    const { sessionId: id, pid, authority, resumption } = login
    const { exposeStacks, serializer, meter } = this.#served
    const settings = settingsOf(this.#served.settings[authority], resumption)
    const told = { side: 'server', address, session: id, pid } as const
    tellSession({ kind: 'opened', ...told, authority })
    const ended = (error: ManagerError): void => {
      tellSession({ ...told, ...endingOf(error) })
      this.#leave(id)
      this.#counts[authority]--
      this.#open.leave()
    }
    const hidesStacks = exposeStacks === 'authkey' ? authority !== 'all' : !exposeStacks
    const { transport, resumable } = outliving(connection, login, {
      maxKeptBytes: keptBytesOf(settings),
      changed: (kind, error) => tellSession({ ...told, kind, error }),
    })
    const { maxParts } = settings.limits
    const codec = createCodec({ serializer, hidesStacks, maxTextBytes: () => transport.maxTextBytes, maxParts })
    const createRole = (session: Session<SessionRole>): SessionRole =>
      this.#createRole(session, login, address, transport.isLocal, ended)
    this.#counts[authority]++
    const session = new Session(transport, codec, settings, createRole, meter)
    this.#live.set(id, { session, pid, transport, resumable, authority, sinceMs: performance.now() })
    this.#open.enter()
  }

  /** The session of that id, where it can go on over another connection. */
  resumable(id: string): ResumableSession | undefined {
    return this.#live.get(id)?.resumable
  }

  /** At most so many, the oldest first. */
  list(limit: number): SessionInspection[] {
    const listed: SessionInspection[] = []
    for (const [id, live] of this.#live) {
      if (listed.length === limit) break
      listed.push(inspectionOf(id, live))
    }
    return listed
  }

  /** The session of that id. */
  find(id: string): { readonly inspection: SessionInspection; readonly session: Session<SessionRole> } | undefined {
    const live = this.#live.get(id)
    return live && { inspection: inspectionOf(id, live), session: live.session }
  }

  /** The referent that requests of a session to this id are for. */
  reached(session: string, to: TargetId): Referent | undefined {
    const { table } = this.#served.referents
    return this.#live.get(session)?.session.role.exports.reached(to) ?? table.get(to)
  }

  /** The sessions that hold the referent, the oldest first, and by how many references. */
  *holding(referent: Referent): Generator<readonly [session: string, count: number]> {
    for (const [id, { session }] of this.#live) {
      const count = session.role.exports.countOf(referent)
      if (count > 0) yield [id, count]
    }
  }

  /** The calls of referents that have no answer yet, of the oldest sessions first. */
  *pendingCalls(): Generator<SessionCall> {
    for (const id of this.#live.keys()) yield* this.pendingCallsOf(id)
  }

  /** Those of one session, the first that came first. */
  *pendingCallsOf(id: string): Generator<SessionCall> {
    const session = this.#live.get(id)?.session
    for (const call of session?.pendingCalls() ?? []) {
      const referent = session?.role.exports.reached(call.request.to)
      if (referent !== undefined) yield [id, call, referent]
    }
  }

  totals(): Omit<ServerTotals, 'referents'> {
    const totals = { sessions: this.#live.size, pending: 0, ...this.#tally }
    for (const { session } of this.#live.values()) {
      totals.calls += session.tally.calls
      totals.errors += session.tally.errors
      totals.pending += session.pending
    }
    return totals
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

  #leave(id: string): void {
    const { calls = 0, errors = 0 } = this.#live.get(id)?.session.tally ?? {}
    this.#tally.calls += calls
    this.#tally.errors += errors
    this.#live.delete(id)
  }

  #createRole(
    session: Session<SessionRole>,
    login: Login & Welcome,
    address: string | undefined,
    isLocal: boolean,
    ended: (error: ManagerError) => void,
  ): SessionRole {
    const { referents, administration, settings, unhandled } = this.#served
    const { maxReferences } = settings[login.authority]
    const { sessionId: id, pid, task } = login
    return new SessionRole(session, {
      table: referents.table,
      types: referents.hostable,
      imports: new ImportTable(
        {
          end: () => session.end,
          classOf: (typeid) => referents.types.classOf(typeid),
          unhandled: (failure) => {
            const told = { ...failure, session: id, pid }
            tellUnhandled(told)
            unhandled?.(told)
          },
        },
        maxReferences,
      ),
      maxReferences,
      session: { id, pid, address },
      process: new PeerProcess(isLocal ? pid : 0, task),
      open: (reference, shape) => referents.openReference(reference, shape),
      own: (entry) => referents.own(entry),
      refusal: this.#refusal,
      perform: (call) => performOperation(call, { referents, administration, login }),
      ended,
    })
  }

  #sessions(): Session<SessionRole>[] {
    return [...this.#live.values()].map(({ session }) => session)
  }

  /** A server that ends takes no request but that it shall end. */
  readonly #refusal = (request: RequestMessage): ManagerError | undefined => {
    if (!this.#isEnding) return undefined
    const isShutdown = request.kind === 'call' && request.to === serverTarget && request.method === 'shutdown'
    return isShutdown ? undefined : shuttingDown('not-sent')
  }
}

function inspectionOf(
  id: string,
  { session, pid, transport: { host }, authority, sinceMs }: LiveSession,
): SessionInspection {
  return {
    id,
    pid,
    ...(host === undefined ? {} : { host }),
    authority,
    ageMs: performance.now() - sinceMs,
    quietMs: session.quietMs,
    holds: session.role.exports.size,
    streams: session.streams.offered + session.streams.accepted,
    pending: session.pending,
    ...session.tally,
  }
}

function settingsOf(settings: SessionSettings, resumption: Resumption | undefined): SessionSettings {
  return resumption === undefined ? settings : resumableSettings(settings, resumption.resumeMs)
}

/** The transport of a session that was opened over the connection: one that outlives it, where the client has asked for that. */
function outliving(
  connection: Transport,
  { resumption, authority }: Login & Welcome,
  options: Pick<ResumableOptions, 'maxKeptBytes' | 'changed'>,
): { readonly transport: Transport; readonly resumable: ResumableSession | undefined } {
  if (resumption === undefined) return { transport: connection, resumable: undefined }
  const { resumeMs, key } = resumption
  const transport = new ResumableTransport(connection, { ...options, resumeMs })
  const resume: ResumableSession['resume'] = (another, received, answer) => transport.resume(another, received, answer)
  return { transport, resumable: { key, authority, attempt: 0, resume } }
}

/** A client that was killed looks like one that has closed: it, too, ends without an error. */
function endingOf(
  error: ManagerError,
): { readonly kind: 'closed' } | { readonly kind: 'lost'; readonly error: unknown } {
  return error.cause === undefined ? { kind: 'closed' } : { kind: 'lost', error }
}
