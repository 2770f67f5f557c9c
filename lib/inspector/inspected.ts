import type { CallRecords, WatchCallsOptions } from '../server/call-record.ts'
import type {
  InspectOptions,
  ReferentDetail,
  ServerChoice,
  ServerInspection,
  SessionDetail,
} from '../server/inspection.ts'

/** What an inspector looks at: a manager. */
export interface Inspected {
  inspect(options?: InspectOptions): Promise<{ readonly servers: readonly (ServerInspection | undefined)[] }>
  inspectReferent(id: number, options?: ServerChoice): Promise<ReferentDetail>
  inspectSession(session: string, options?: ServerChoice): Promise<SessionDetail>
  watchCalls(options?: WatchCallsOptions): AsyncGenerator<CallRecords, void, undefined>
  proxyOf(id: number, options?: ServerChoice): Promise<object>
}
