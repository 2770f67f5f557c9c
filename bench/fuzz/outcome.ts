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

/**
 * What docs/protocol.md says to take of peers that aren't trusted, so that reading it takes a tenth of a second at most:
 * those that have the authkey may send more else.
 */
export const maxTextBytes = 1024 * 1024

/**
 * The longest that a bystander's call may take, without what the machine took: a mebibyte before it is read and written
 * again, in a tenth of a second each, and twice that for slow machines.
 */
const mostStallMs = 400

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
  const endMs = worst.fromMs + worst.tookMs
  // What is long is under way for longer.
  const around = latest.filter(
    ({ atMs, bytes }) => atMs > worst.fromMs - (bytes > 20_000 ? 10_000 : 500) && atMs < endMs,
  )
  return around.slice(-400)
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`
}

export function milliseconds(ms: number | undefined): string {
  return ms === undefined ? '?' : `${ms.toFixed(0)} ms`
}
