import type { ServerInspection } from '../server/inspection.ts'
import type { SampleRow } from './rows.ts'

/** What a server did between two looks. One that was started anew counts from its own beginning. */
export function sampleOf(now: ServerInspection, before: ServerInspection | undefined, at: number): SampleRow {
  const { uptimeMs, load, totals } = now
  const since = before?.serverId === now.serverId ? before : undefined
  const seconds = Math.max(1, uptimeMs - (since?.uptimeMs ?? 0)) / 1000
  const { referents, sessions, pending } = totals
  return {
    at,
    callsPerS: (totals.calls - (since?.totals.calls ?? 0)) / seconds,
    errorsPerS: (totals.errors - (since?.totals.errors ?? 0)) / seconds,
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
          ...(since?.load === undefined ? {} : { cpuPercent: (load.cpuMs - since.load.cpuMs) / seconds / 10 }),
        }),
  }
}
