import type { ServerInspection } from './inspection.ts'

/** What a server did between two looks, by the second. */
export interface Rates {
  readonly callsPerS: number
  readonly errorsPerS: number
  /** Of one core; undefined where one of the looks didn't ask for the load. */
  readonly cpuPercent: number | undefined
}

/** One that was started anew since the look before counts from its own beginning, as one does that is looked at first. */
export function ratesSince(before: ServerInspection | undefined, now: ServerInspection): Rates {
  const since = before?.serverId === now.serverId ? before : undefined
  const seconds = Math.max(1, now.uptimeMs - (since?.uptimeMs ?? 0)) / 1000
  const cpuMs = [since === undefined ? 0 : since.load?.cpuMs, now.load?.cpuMs] as const
  return {
    callsPerS: (now.totals.calls - (since?.totals.calls ?? 0)) / seconds,
    errorsPerS: (now.totals.errors - (since?.totals.errors ?? 0)) / seconds,
    cpuPercent: cpuMs[0] === undefined || cpuMs[1] === undefined ? undefined : (cpuMs[1] - cpuMs[0]) / seconds / 10,
  }
}
