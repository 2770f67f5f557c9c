import { isManagerError } from '../errors.ts'
import { withTimeLimit } from '../deadline.ts'
import { unref } from '../platform/node.ts'

const firstPauseMs = 20
const longestPauseMs = 1000

interface Attempts {
  /** For how many milliseconds it is tried. */
  readonly withinMs: number
  readonly signal: AbortSignal
  /** How long the first attempt may take, in milliseconds, and each further one twice as long. Default: as long as there is time. */
  readonly firstLimitMs?: number
}

/**
 * Calls `open` at once, and again after longer and longer pauses, until it succeeds, `withinMs` are over or `signal` aborts.
 * Both abort the signal of an attempt. The pauses are of random lengths, so that clients that were cut off together don't
 * come back together, and don't keep the process alive.
 * @throws the reason of `signal`; else the error of the last attempt, at once where another attempt can't help
 */
export async function openAgain<T>(
  open: (signal: AbortSignal) => Promise<T>,
  { withinMs, signal, firstLimitMs = Infinity }: Attempts,
): Promise<T> {
  const deadlineMs = performance.now() + withinMs
  let limitMs = firstLimitMs
  for (let most = firstPauseMs; ; most = Math.min(most * 2, longestPauseMs), limitMs *= 2) {
    const pauseMs = most * (0.5 + Math.random() / 2)
    try {
      return await withTimeLimit(Math.max(1, Math.min(limitMs, deadlineMs - performance.now())), open, signal)
    } catch (error) {
      signal.throwIfAborted()
      const leftMs = deadlineMs - performance.now()
      if (!mayPass(error) || leftMs < firstPauseMs) throw error
      await pause(Math.min(pauseMs, leftMs / 2), signal)
    }
    signal.throwIfAborted()
  }
}

/** Whether another attempt may succeed. */
function mayPass(error: unknown): boolean {
  return ['CONNECT_FAILED', 'SESSION_LOST', 'TIMEOUT', 'OVERLOADED', 'ABORTED'].some(
    (code) => isManagerError(error) && error.code === code,
  )
}

/** Resolves after the time, or when `signal` aborts. It doesn't keep the process alive. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = unref(setTimeout(end, ms))
    signal.addEventListener('abort', end, { once: true })
  })
}
