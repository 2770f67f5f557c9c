import type { ReferenceDescriptor, ReferencePort } from '../codec/reference-port.ts'
import type { CapturedContext, SessionPeer } from '../call-context.ts'
import type { ManagerError } from '../errors.ts'
import type { TracedCall } from '../tracing.ts'
import type { RequestMessage, TargetId } from '../wire/message.ts'
import type { IncomingCall } from './incoming-call.ts'

/** The references of one session, as one side of it counts them. */
export interface SessionReferences extends ReferencePort {
  /** Takes back what `export` counted, where the message that described it was never sent. */
  unexport(descriptor: ReferenceDescriptor): void
  /** Gives back what a received descriptor counts, where nobody is left to want it. */
  discard(descriptor: ReferenceDescriptor): void
  /** The peer gives back so many references. */
  released(to: TargetId, count: number): void
  /** The peer lets a reference travel outside the session. */
  pinned(to: TargetId): void
}

/** What one side of a session is to the other: all that differs between clients and servers. */
export interface Role {
  /** The other end, as methods see it in `currentCall`. */
  readonly peer: SessionPeer
  readonly references: SessionReferences
  /** Why a request isn't taken at the moment, if that is so: its caller is told that it has not run. */
  refusal?(request: RequestMessage): ManagerError | undefined
  /** The async context that requests to this target run in, where it has one of its own. */
  contextOf?(to: TargetId): CapturedContext | undefined
  /** Carries out a request; returns its result or a promise of it. What it throws, the peer's call throws. */
  dispatch(call: IncomingCall): unknown
  /** What a request to that target goes by and to, for who traces calls: asked for only while somebody does. */
  describe(side: TracedCall['side'], to: TargetId): Pick<TracedCall, 'session' | 'pid' | 'typeid'>
  /** Whether the peer's process has computed since this was last asked, so that its silence means little. */
  isPeerBusy?(): boolean
  /** Something has ended, and nothing waits for the peer now. An answer that has just come may yet be decoded. */
  idle?(): void
  /** The peer ends for good, and the session with it. */
  goodbye?(): void
  /** The session is over; no message comes or goes any more. Called once. */
  ended(error: ManagerError): void
}
