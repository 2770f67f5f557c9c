import type { InspectOptions, ServerInspection } from '../server/inspection.ts'

/** What an inspector looks at: a manager. */
export interface Inspected {
  inspect(options?: InspectOptions): Promise<{ readonly servers: readonly (ServerInspection | undefined)[] }>
}
