import { captureCall } from '../call-context.ts'
import { isLostUnsent, isManagerError, ManagerError } from '../errors.ts'
import { keepingAlive } from '../deadline.ts'
import type { Request } from '../session/request.ts'
import type { Session } from '../session/session.ts'
import { type CallOptions, within } from '../session/wait.ts'
import type { UnhandledFailure } from '../session-events.ts'
import type { TargetId } from '../wire/message.ts'
import {
  type Capability,
  formatReference,
  locationKey,
  narrowed,
  type Reference,
  type ServerLocation,
} from './reference.ts'
import type { RemoteType } from './remote-type.ts'

/** A call that kills its server must not be repeated for ever. */
const maxAttempts = 3

/** A call that failed and whose promise nobody had taken, without the session that it went by. */
export type CallFailure = Pick<UnhandledFailure, 'error' | 'typeid' | 'method'>

/** The other side, as a table knows it. Only clients have several sessions with it, and so `willReopen`, `attach`, `emptied`. */
export interface ImportPeer {
  /** Why there is no session, nor will be; undefined while there may be. */
  end(): unknown
  /** Whether a lost session is opened anew. */
  willReopen?(): boolean
  /**
   * Attaches to the referent of an entry that isn't live, by the present session or the next one, and returns its proxy.
   * @throws (as a rejection) the error that requests which wait for the entry reject with
   */
  attach?(entry: ImportEntry): Promise<unknown>
  /** The class of that typeid, where it is loaded in this process. */
  classOf(typeid: string): RemoteType['Class']
  emptied?(): void
  /** Is told of calls that failed and whose promises nobody had taken. */
  unhandled(failure: CallFailure): void
}

/** What an entry needs of its table. */
export interface EntryTable {
  /** Names this table, and no other. */
  readonly id: string
  readonly peer: ImportPeer
  /** Attaches an entry that isn't live; where it can't be, it fails. */
  reattach(entry: ImportEntry): void
  /** The entry was released. */
  forget(entry: ImportEntry): void
}

/** What identifies a referent: in one session, and to those who attach to it. */
export interface Identity {
  readonly id: TargetId
  readonly capability: Capability
  readonly server: ServerLocation | undefined
}

/** What waits for an entry to be live. */
interface Waiting {
  readonly go: (session: Session) => void
  readonly fail: (error: unknown) => void
}

/**
 * One referent of a peer, as this side holds it. The entry is live in the session that its references came by, and counts
 * them. Before the first reference came, and after the session was lost, requests wait until the entry is attached, and are
 * then sent in order. A released entry is never live again.
 */
export class ImportEntry {
  readonly type: RemoteType
  /** What requests are sent to in the session, or in the last one: the id of the referent, where it isn't narrowed. */
  id: TargetId
  capability: Capability
  /** The server that hosts the referent; undefined where it lives in a client, which nobody else can connect to. */
  server: ServerLocation | undefined
  /** The name that the referent was got by, which leads to it after a restart of the server. */
  name: string | undefined
  /** How many references the session brought that weren't given back. */
  count = 0
  isReleased = false
  /** Whether the table is attaching it. */
  isAttaching = false
  /** Whether the proxy is to be told when the referent is lost. */
  isWatched = false
  readonly table: EntryTable
  #session: Session | undefined
  #waiting: Set<Waiting> | undefined

  constructor(table: EntryTable, type: RemoteType, { id, capability, server }: Identity) {
    this.table = table
    this.type = type
    this.id = id
    this.capability = capability
    this.server = server
  }

  get isLive(): boolean {
    return this.#session !== undefined && this.#session.end === undefined && !this.isReleased
  }

  /** Whether something waits for the entry to be live. */
  get isWanted(): boolean {
    return this.#waiting !== undefined || (this.isWatched && !this.isReleased && !this.isLive)
  }

  /** The same text for all entries of one server, and for no others. */
  get location(): string {
    return this.server === undefined ? this.table.id : locationKey(this.server)
  }

  /** @throws ManagerError `RELEASED` */
  refuseReleased(): void {
    if (!this.isReleased) return
    throw new ManagerError(
      'RELEASED',
      `this proxy of ${this.type.typeid} was released here; attach to a reference, or get it anew`,
      { delivery: 'not-sent' },
    )
  }

  /**
   * Like `Session.request`, once the entry is live; the options bound the wait for that too.
   * @throws (as a rejection) as `Session.request`; ManagerError `RELEASED`, `REFERENT_GONE`
   */
  request(request: Request, options?: CallOptions): Promise<unknown> {
    const session = this.#session
    if (this.isReleased) return new Promise(() => this.refuseReleased())
    if (session?.isInterrupted === true && session.end === undefined)
      return this.#requestUnlessLost(session, request, options)
    if (session !== undefined && (session.end === undefined || session.end === this.table.peer.end()))
      return session.request(request, options)
    return keepingAlive(this.#requestLater(request, options))
  }

  /** Like `request`, for idempotent members: what is lost with a session is sent again by the next, three times in all. */
  async requestAgain(request: Request, options?: CallOptions): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.request({ ...request, to: this.id }, options)
      } catch (error) {
        if (
          attempt === maxAttempts ||
          !isManagerError(error, 'SESSION_LOST') ||
          this.table.peer.willReopen?.() !== true
        )
          throw error
      }
    }
  }

  /**
   * Pins the referent, and returns the text that opens it, as far as the caveat allows where there is one.
   * @throws ManagerError `RELEASED`, `UNSERIALIZABLE`; RangeError where it was narrowed too often
   */
  refer(caveat?: string): Reference {
    this.refuseReleased()
    const { server, type } = this
    if (server === undefined) throw noAddress(type.typeid)
    const capability = caveat === undefined ? this.capability : narrowed(this.capability, caveat)
    const pin = (session: Session): void => session.send({ kind: 'pin', to: this.id })
    if (this.isLive && this.#session !== undefined) pin(this.#session)
    else this.#whenLive({ go: pin, fail: () => undefined })
    return formatReference({ ...server, ...capability, typeid: type.typeid })
  }

  /** From now on the proxy is told when its referent is lost; at once where it is. */
  watch(): void {
    this.isWatched = true
    if (!this.isLive) this.table.reattach(this)
  }

  /** Gives back all references. Requests that wait are still sent. */
  release(): void {
    if (this.isReleased) return
    if (this.isLive) this.#session?.send({ kind: 'release', to: this.id, count: this.count })
    this.isReleased = true
    this.table.forget(this)
  }

  releaseOne(): void {
    if (this.count === 1) return this.release()
    this.count--
    this.#session?.send({ kind: 'release', to: this.id, count: 1 })
  }

  /** Reports a call whose failure nobody has taken. */
  report(failure: CallFailure): void {
    this.table.peer.unhandled(failure)
  }

  /** Makes the entry live: the first reference came by the session. */
  attach(session: Session, { id, capability, server }: Identity): void {
    this.#session = session
    this.id = id
    this.capability = capability
    this.server = server
    this.count = 1
    for (const { go } of this.#takeWaiting()) go(session)
  }

  /** Like `attach`, by a reference of another entry that is live. */
  attachLike(other: ImportEntry): void {
    if (other.#session !== undefined) this.attach(other.#session, other)
  }

  /** Rejects what waits: the entry can't be attached. */
  fail(error: unknown): void {
    if (isManagerError(error)) Object.assign(error, { delivery: 'not-sent' })
    for (const { fail } of this.#takeWaiting()) fail(error)
  }

  /** By the next session, where this one ends before it has another connection. */
  async #requestUnlessLost(session: Session, request: Request, options?: CallOptions): Promise<unknown> {
    try {
      return await session.request(request, options)
    } catch (error) {
      if (!isLostUnsent(error) || this.table.peer.willReopen?.() !== true) throw error
      return this.request(request, options)
    }
  }

  async #requestLater(request: Request, options: CallOptions = {}): Promise<unknown> {
    const inContext = captureCall()
    let waiting: Waiting | undefined
    const sent = (): Promise<readonly [answer: Promise<unknown>]> =>
      new Promise((resolve, reject) => {
        const go = (session: Session): void =>
          resolve([inContext(() => session.request({ ...request, to: this.id }, options))])
        waiting = { go, fail: reject }
        this.#whenLive(waiting)
      })
    const [answer] = await within('the call', options, sent, (error) => {
      if (waiting !== undefined) this.#waiting?.delete(waiting)
      Object.assign(error, { delivery: 'not-sent' })
    })
    return answer
  }

  #whenLive(waiting: Waiting): void {
    this.#waiting ??= new Set()
    this.#waiting.add(waiting)
    this.table.reattach(this)
  }

  #takeWaiting(): Iterable<Waiting> {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    return waiting
  }
}

function noAddress(typeid: string): ManagerError {
  return new ManagerError(
    'UNSERIALIZABLE',
    `no reference can be made of this ${typeid}: it lives in a client, which others can't connect to; pass its proxy to a method of a shared object instead`,
  )
}
