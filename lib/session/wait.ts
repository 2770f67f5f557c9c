import { onAbort } from '../abort.ts'
import { type CallContext, currentContext } from '../call-context.ts'
import { isManagerError, ManagerError } from '../errors.ts'
import { assertOptions, type Checks, isSignal, isTime } from '../options.ts'
import { longestTimerMs } from '../deadline.ts'

/** How long a caller waits. */
export interface CallOptions {
  /** Aborts the call: it rejects with `ABORTED`, and the method sees its own signal abort. */
  readonly signal?: AbortSignal
  /**
   * After so many milliseconds the call rejects with `TIMEOUT`, and the method sees its own signal abort. 0: no bound;
   * absent: as the method was exposed with, else as the manager has it.
   */
  readonly timeoutMs?: number
}

/** For the options of whatever takes `CallOptions` among others. */
export const callChecks: Checks<CallOptions> = { signal: isSignal, timeoutMs: isTime }

/**
 * What may end a caller's wait before there is an answer: its own options, and what ends the call that it is made for.
 * One that nobody waits for any more bounds nothing: it may have to clean up.
 */
export class Wait {
  /** So many milliseconds from when it was made; 0: no bound. */
  readonly timeoutMs: number
  readonly #signal: AbortSignal | undefined
  readonly #outer: CallContext | undefined

  /** @throws TypeError, RangeError for options that can't be */
  constructor(options: CallOptions, context: CallContext | undefined) {
    assertOptions('the call', options, callChecks)
    const { signal, timeoutMs = 0 } = options
    const outer = context?.isAborted === false ? context : undefined
    const bounds = [timeoutMs, outer?.remainingMs ?? 0].filter((ms) => ms > 0 && ms <= longestTimerMs)
    this.timeoutMs = bounds.length === 0 ? 0 : Math.min(...bounds)
    this.#signal = signal
    this.#outer = outer
  }

  /** Why there is nothing to wait for, if that is so. */
  refusal(what: string): ManagerError | undefined {
    const signal = this.#signal
    return signal?.aborted === true ? abortedError(what, signal.reason, 'not-sent') : undefined
  }

  /** Calls `expire` when the wait is over; returns what stops the watch. */
  watch(what: string, expire: (error: ManagerError) => void): () => void {
    const { timeoutMs } = this
    const timeOut = (): void => expire(timeoutError(what, timeoutMs))
    const timer = timeoutMs > 0 ? setTimeout(timeOut, timeoutMs) : undefined
    const end = (reason: unknown): void => expire(endedBy(what, reason, timeoutMs))
    const signal = this.#signal
    const unwatchSignal = signal && onAbort(signal, () => end(signal.reason))
    const unwatchOuter = this.#outer?.onAbort(end)
    return () => {
      clearTimeout(timer)
      unwatchSignal?.()
      unwatchOuter?.()
    }
  }
}

/** Like `promise`, but no longer than the options say. @throws ManagerError `TIMEOUT`, `ABORTED`: `not-sent` */
export async function settledBy<T>(promise: Promise<T>, options: CallOptions | undefined): Promise<T> {
  if (options === undefined) return promise
  promise.catch(() => undefined) // nobody may be left to wait for it
  return within(
    'the call',
    options,
    () => promise,
    (error) => void Object.assign(error, { delivery: 'not-sent' }),
  )
}

/**
 * Like `begin`, but no longer than the options say; what was begun goes on.
 * @param giveUp is told when that is so, with the error that the wait ends with
 * @throws (as a rejection) ManagerError `TIMEOUT`, `ABORTED`: `not-sent` where it was not begun; RangeError for a time that
 *   can't be
 */
export async function within<T>(
  what: string,
  options: CallOptions,
  begin: () => Promise<T>,
  giveUp: (error: ManagerError) => void,
): Promise<T> {
  const wait = new Wait(options, currentContext())
  const refusal = wait.refusal(what)
  if (refusal !== undefined) throw refusal
  let unwatch = (): void => undefined
  const over = new Promise<never>((_, reject) => {
    unwatch = wait.watch(what, (error) => {
      giveUp(error)
      reject(error)
    })
  })
  try {
    return await Promise.race([begin(), over])
  } finally {
    unwatch()
  }
}

/** A call that is made for another one ends as that does: its time is up too, or its server ends. */
function endedBy(what: string, reason: unknown, timeoutMs: number): ManagerError {
  if (isManagerError(reason, 'TIMEOUT')) return timeoutError(what, timeoutMs)
  if (!isManagerError(reason, 'SHUTTING_DOWN')) return abortedError(what, reason, 'unknown')
  const message = `'${what}' was given up: ${reason.message}`
  return new ManagerError('SHUTTING_DOWN', message, { cause: reason, delivery: 'unknown' })
}

export function abortedError(what: string, reason: unknown, delivery: 'not-sent' | 'unknown'): ManagerError {
  return new ManagerError('ABORTED', `'${what}' was aborted by its caller's signal`, { cause: reason, delivery })
}

export function timeoutError(what: string, timeoutMs: number): ManagerError {
  return new ManagerError('TIMEOUT', `'${what}' gave no answer within ${Math.ceil(timeoutMs)} ms`, {
    delivery: 'unknown',
  })
}
