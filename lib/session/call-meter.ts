import type { IncomingCall } from './incoming-call.ts'

/** What measures the requests of several sessions, while somebody looks. */
export interface CallMeter {
  readonly isOn: boolean
  /** A request has come, while it is on. */
  begin(call: IncomingCall): void
  /** A request is answered, while it is on: with what was thrown, if something was. */
  end(call: IncomingCall, thrown?: Thrown): void
}

export interface Thrown {
  readonly error: unknown
}

/** For sessions that nobody looks at. */
export const noMeter: CallMeter = { isOn: false, begin: () => undefined, end: () => undefined }
