import { ratesSince } from '../server/rates.ts'
import type { ServerInspection } from '../server/inspection.ts'
import type { SampleRow } from './rows.ts'

/** What a server did between two looks. */
export function sampleOf(now: ServerInspection, before: ServerInspection | undefined, at: number): SampleRow {
  const { load, totals } = now
  const { callsPerS, errorsPerS, cpuPercent } = ratesSince(before, now)
  const { referents, sessions, pending } = totals
  return {
    at,
    callsPerS,
    errorsPerS,
    sessions,
    referents,
    pending,
    ...(load === undefined
      ? {}
      : {
          p50Ms: load.latency.p50Ms,
          p99Ms: load.latency.p99Ms,
          maxMs: load.latency.maxMs,
          loopP99Ms: load.eventLoopDelay.p99Ms,
          rssBytes: load.rssBytes,
          heapUsedBytes: load.heapUsedBytes,
          // Of time in which nobody had asked, there is no number.
          ...(cpuPercent === undefined ? {} : { cpuPercent }),
        }),
  }
}
