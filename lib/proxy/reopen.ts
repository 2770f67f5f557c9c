import { isManagerError } from '../errors.ts'
import { withTimeLimit } from '../deadline.ts'

const firstPauseMs = 20
const longestPauseMs = 1000

/**
 * Opens what was lost anew: at once, and again with longer and longer pauses, until it succeeds, `withinMs` are over or
 * `signal` aborts. The signal that an attempt is given ends with either. The pauses don't keep the process alive.
 * @throws the reason of `signal`; else the error of the last attempt, at once for one that another attempt can't help
 */
export async function reopen<T>(
  open: (signal: AbortSignal) => Promise<T>,
  withinMs: number,
  signal: AbortSignal,
): Promise<T> {
  const deadlineMs = performance.now() + withinMs
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await withTimeLimit(Math.max(1, deadlineMs - performance.now()), open, signal)
    } catch (error) {
      signal.throwIfAborted()
      if (!mayPass(error) || performance.now() + pauseMs > deadlineMs) throw error
    }
    await pause(pauseMs, signal)
    signal.throwIfAborted()
  }
}

/** Whether the server may yet come, or come back. */
function mayPass(error: unknown): boolean {
  return ['CONNECT_FAILED', 'SESSION_LOST', 'TIMEOUT'].some((code) => isManagerError(error) && error.code === code)
}

/** Ends before its time where `signal` aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms).unref()
    signal.addEventListener('abort', end, { once: true })
  })
}
