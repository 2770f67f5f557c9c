import type { ReferenceDescriptor, ReferencePort } from '../codec/reference-port.ts'
import type { CapturedContext, SessionPeer } from '../call-context.ts'
import type { ManagerError } from '../errors.ts'
import type { TracedCall } from '../tracing.ts'
import type { RequestMessage, TargetId } from '../wire/message.ts'
import type { IncomingCall } from './incoming-call.ts'

/** The references of one session, as one side of it counts them. */
export interface SessionReferences extends ReferencePort {
  /** Whether the peer may have all that was exported to it. @throws ManagerError `OVERLOADED` where that is too much */
  refuseTooMany(): void
  /** The message with the descriptor was sent: what is said from now on comes after it. */
  sent(descriptor: ReferenceDescriptor): void
  /** Undoes `export`, where the message with the descriptor was never sent. */
  unexport(descriptor: ReferenceDescriptor): void
  /** Gives back a received reference that is not imported. */
  discard(descriptor: ReferenceDescriptor): void
  /** The peer has given back so many references. */
  released(to: TargetId, count: number): void
  /** The peer has pinned a referent: a reference to it travels outside the session. */
  pinned(to: TargetId): void
}

/** What one side of a session is to the other: all that differs between clients and servers. */
export interface Role {
  /** The other end, as methods see it in `currentCall`. */
  readonly peer: SessionPeer
  readonly references: SessionReferences
  /** Why a request is refused, if it is: its caller is told that it has not run. */
  refusal?(request: RequestMessage): ManagerError | undefined
  /** The async context that requests to this target run in, if it has one. */
  contextOf?(to: TargetId): CapturedContext | undefined
  /** Carries out a request; returns its result or a promise of it. The peer's call rejects with what it throws. */
  dispatch(call: IncomingCall): unknown
  /** What tracers see of a request's session and target; called only while calls are traced. */
  describe(side: TracedCall['side'], to: TargetId): Pick<TracedCall, 'session' | 'pid' | 'address' | 'typeid'>
  /** Whether the peer's process has computed since the last call, so that it may be alive though silent. */
  isPeerBusy?(): boolean
  /** The session may be idle now. An answer that has just arrived may yet be decoded. */
  idle?(): void
  /** The peer has said that it ends. */
  goodbye?(): void
  /** The session is over; no message comes or goes any more. Called once. */
  ended(error: ManagerError): void
}
