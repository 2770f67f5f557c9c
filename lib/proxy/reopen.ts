import { isManagerError, ManagerError } from '../errors.ts'

const firstPauseMs = 20
const longestPauseMs = 1000

/**
 * Opens what was lost anew: at once, and again with longer and longer pauses, until it succeeds, `withinMs` are over or
 * `signal` aborts.
 * @throws the error of the last attempt; at once for one that another attempt can't help
 */
export async function reopen<T>(open: () => Promise<T>, withinMs: number, signal: AbortSignal): Promise<T> {
  const deadlineMs = performance.now() + withinMs
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await open()
    } catch (error) {
      if (signal.aborted || !mayPass(error) || performance.now() + pauseMs > deadlineMs) throw error
    }
    await pause(pauseMs, signal)
  }
}

/** Whether the server may yet come, or come back. */
function mayPass(error: unknown): boolean {
  return ['CONNECT_FAILED', 'SESSION_LOST', 'TIMEOUT'].some((code) => isManagerError(error) && error.code === code)
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer)
      reject(new ManagerError('ABORTED', 'the session was closed before it was opened anew'))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    }, ms)
    signal.addEventListener('abort', abort, { once: true })
  })
}
