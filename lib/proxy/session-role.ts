import { ExportTable } from '../host/export-table.ts'
import type { HostableTypes } from '../host/referent.ts'
import type { ObjectTable } from '../host/object-table.ts'
import type { ManagerError } from '../errors.ts'
import type { CapturedContext, SessionPeer } from '../call-context.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import type { Role } from '../session/role.ts'
import type { Session } from '../session/session.ts'
import type { TracedCall } from '../tracing.ts'
import type { PeerProcess } from '../transport/peer-process.ts'
import { type RequestMessage, serverTarget, type TargetId } from '../wire/message.ts'
import type { ImportTable } from './import-table.ts'
import { type OpenReference, References } from './references.ts'

export interface SessionRoleOptions {
  /** What this side hosts, and what it may come to host. */
  readonly table: ObjectTable
  readonly types: HostableTypes
  /** What this side holds of the other. */
  readonly imports: ImportTable
  /** The session as both sides call it, and the process at its other end. */
  readonly session: { readonly id: string; readonly pid: number }
  readonly process: PeerProcess
  readonly open: OpenReference
  /** Why a request isn't taken at the moment, if that is so; without it, all are taken. */
  readonly refusal?: (request: RequestMessage) => ManagerError | undefined
  /** Carries out a request to this side itself. */
  readonly perform: (call: IncomingCall, exports: ExportTable) => unknown
  /** Told whenever something has ended that may have been the last thing the session was for. */
  readonly idle?: () => void
  /** Told when the other side ends for good. */
  readonly goodbye?: () => void
  readonly ended: (error: ManagerError) => void
}

/** One side of a session, client's or server's: what it serves to its peer, and what it holds of it. */
export class SessionRole implements Role {
  readonly peer: Peer
  readonly references: References
  readonly exports: ExportTable
  readonly imports: ImportTable
  readonly #options: SessionRoleOptions

  constructor(session: Session, options: SessionRoleOptions) {
    this.#options = options
    this.peer = new Peer(options.session)
    this.exports = new ExportTable(options.table, options.types, options.idle)
    this.imports = options.imports
    this.references = new References(session, this.exports, this.imports, options.open)
  }

  refusal(request: RequestMessage): ManagerError | undefined {
    return this.#options.refusal?.(request)
  }

  contextOf(to: TargetId): CapturedContext | undefined {
    return this.exports.contextOf(to)
  }

  dispatch(call: IncomingCall): unknown {
    if (call.request.to === serverTarget) return this.#options.perform(call, this.exports)
    return this.exports.dispatch(call)
  }

  describe(side: TracedCall['side'], to: TargetId): Pick<TracedCall, 'session' | 'pid' | 'typeid'> {
    const { id, pid } = this.peer
    return { session: id, pid, typeid: (side === 'caller' ? this.imports : this.exports).typeidOf(to) }
  }

  isPeerBusy(): boolean {
    return this.#options.process.isBusy()
  }

  idle(): void {
    this.#options.idle?.()
  }

  goodbye(): void {
    this.#options.goodbye?.()
  }

  ended(error: ManagerError): void {
    // First: who disposes of what the session held can see why.
    this.peer.end(error)
    this.exports.end()
    this.#options.ended(error)
    // Last: what was held may live on in the session that takes the place of this one.
    this.imports.ended()
  }
}

/** The other end of a session, as methods see it: one object for each session. */
class Peer implements SessionPeer {
  readonly id: string
  readonly pid: number
  #endReason: unknown
  #controller: AbortController | undefined

  constructor({ id, pid }: SessionRoleOptions['session']) {
    this.id = id
    this.pid = pid
  }

  /** Made when first asked for: most sessions are never asked. */
  get ended(): AbortSignal {
    return (this.#controller ??= this.#createController()).signal
  }

  end(reason: ManagerError): void {
    this.#endReason = reason
    this.#controller?.abort(reason)
  }

  #createController(): AbortController {
    const controller = new AbortController()
    if (this.#endReason !== undefined) controller.abort(this.#endReason)
    return controller
  }
}
