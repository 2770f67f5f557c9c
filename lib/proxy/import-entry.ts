import { ManagerError } from '../errors.ts'
import type { UnhandledFailure } from '../session-events.ts'
import type { CallOptions } from '../session/wait.ts'
import type { Request } from '../session/outgoing-calls.ts'
import type { TargetId } from '../wire/message.ts'
import type { RemoteType } from './remote-type.ts'
import type { Reference, ServerPlace } from './reference.ts'

/** A call that failed and whose promise nobody had taken, without the session that it went by. */
export type CallFailure = Pick<UnhandledFailure, 'error' | 'typeid' | 'method'>

/** What an entry needs of the side of the session that it belongs to. */
export interface Holder {
  /** The server that hosts the referent; undefined where it lives in a client, which nobody else can connect to. */
  readonly server: ServerPlace | undefined
  /** Names where the referent lives: alike for holders of one server, and for no others. */
  readonly place: string
  /** Whether the holder's session is opened anew when it is lost. */
  readonly isReopened: boolean
  request(entry: ImportEntry, request: Request, options?: CallOptions): Promise<unknown>
  /** Pins the referent, and gives the text that opens it. */
  refer(entry: ImportEntry): Reference
  /** Gives back all the references that the entry counts. */
  release(entry: ImportEntry): void
  /** From now on the proxy of the entry is told when its referent can't be reached any more; at once where that is so. */
  watch(entry: ImportEntry): void
  /** Tells of a call of an entry whose failure nobody has taken. */
  report(failure: CallFailure): void
}

/** How a referent was got that has a name: what to ask the server for, to get it again. */
export interface Recipe {
  readonly operation: 'named' | 'lookup'
  readonly args: readonly unknown[]
}

/**
 * One referent as one client session holds it, with the count of references to it that the server has sent. When the
 * session is lost and the referent was got again by another one, it moves there, and its proxy works on.
 */
export class ImportEntry {
  id: TargetId
  readonly type: RemoteType
  secret: string
  holder: Holder
  count = 0
  recipe: Recipe | undefined
  /** The one proxy of this entry, while anything uses it. */
  proxy: WeakRef<object> | undefined
  isReleased = false
  /** Whether somebody wants to know when the referent is lost. */
  isWatched = false

  constructor(id: TargetId, type: RemoteType, secret: string, holder: Holder) {
    this.id = id
    this.type = type
    this.secret = secret
    this.holder = holder
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

  /** As the session's request, on a referent that is still held. */
  request(request: Request, options?: CallOptions): Promise<unknown> {
    if (!this.isReleased) return this.holder.request(this, request, options)
    return new Promise(() => this.refuseReleased())
  }
}
