import type { Child } from './child.ts'
import type { SentFrame } from './session-log.ts'
import type { Tally } from './tally.ts'

/** What one direction of a run came to. */
export interface Outcome {
  readonly direction: 'client' | 'server'
  readonly tally: Tally
  readonly failures: readonly string[]
  /** The latest frames, where something failed. */
  readonly latest: readonly SentFrame[]
  readonly rows: readonly (readonly [what: string, value: string | number])[]
}

export interface Plan {
  readonly seed: number
  readonly durationMs: number
  readonly mostFrames: number
  readonly lanes: number
  readonly batchLength: number
  readonly replay: readonly { readonly seed: number; readonly frames: number }[] | undefined
}

/** The longest that a bystander's call may take, without what the machine took. */
const mostStallMs = 200

export function stalls({ slow, name }: Child): string[] {
  return slow
    .filter(({ tookMs, stolenMs }) => tookMs - stolenMs > mostStallMs)
    .map(({ tookMs, stolenMs, computedByServerMs, fromMs }) => {
      const parts = `${milliseconds(stolenMs)} the machine's part; the server computed for ${milliseconds(computedByServerMs)}`
      return `${name}: a call took ${milliseconds(tookMs)}, of that ${parts}; from ${fromMs} on`
    })
}

/** Of the latest frames, those that left shortly before that, or while it lasted. */
export function framesAround(latest: readonly SentFrame[], slow: Child['slow']): SentFrame[] {
  const [worst] = slow.toSorted((one, other) => other.tookMs - other.stolenMs - (one.tookMs - one.stolenMs))
  if (worst === undefined) return latest.slice(-200)
  const around = latest.filter(({ atMs }) => atMs > worst.fromMs - 500 && atMs < worst.fromMs + worst.tookMs)
  return around.slice(-200)
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`
}

export function milliseconds(ms: number | undefined): string {
  return ms === undefined ? '?' : `${ms.toFixed(0)} ms`
}
