import { onAbort } from './abort.ts'
import { unref } from './platform/node.ts'

/** A longer timer would end at once: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
export const longestTimerMs: number = 2 ** 31 - 1

/**
 * Resolves or rejects with the promise, or resolves when the time is up; until then it keeps the process alive.
 * @param ms longer than any timer for no bound
 */
export async function atMost(ms: number, promise: Promise<unknown>): Promise<void> {
  if (ms > longestTimerMs) return void (await keepingAlive(promise))
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((resolve) => (timer = setTimeout(resolve, ms)))
  try {
    await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** As the promise, which keeps the process alive until it has settled. */
export async function keepingAlive<T>(promise: Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, longestTimerMs)
  try {
    return await promise
  } finally {
    clearInterval(timer)
  }
}

/**
 * Runs `body` with a signal that aborts when the time is up, with a `TimeoutError`, or when `signal` aborts. Nothing of
 * it is left when `body` has ended; `AbortSignal.timeout` would leave its timer running, each time.
 * @param limitMs 0, or longer than any timer, for no limit
 */
export async function withTimeLimit<T>(
  limitMs: number,
  body: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const limit = new AbortController()
  const abort = (): void => limit.abort(signal?.reason)
  const timeOut = (): void => limit.abort(new DOMException(`${limitMs} ms are over`, 'TimeoutError'))
  const isBounded = limitMs > 0 && limitMs <= longestTimerMs
  const timer = isBounded ? unref(setTimeout(timeOut, limitMs)) : undefined
  if (signal?.aborted === true) abort()
  const stop = signal && onAbort(signal, abort)
  try {
    return await body(limit.signal)
  } finally {
    clearTimeout(timer)
    stop?.()
  }
}
