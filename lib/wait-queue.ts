import { currentCall } from './call-context.ts'
import { longestTimerMs } from './deadline.ts'
import { isManagerError, ManagerError } from './errors.ts'
import { LinkedList } from './linked-list.ts'
import { assertOptions, type Checks, isSignal, isTime } from './options.ts'

/** How long somebody waits. */
export interface WaitOptions {
  /** Gives up after so many milliseconds; 0: at once, unless there is nothing to wait for. Absent: without bound. */
  readonly timeoutMs?: number
  /** Gives up when it aborts: the call rejects with `ABORTED`. */
  readonly signal?: AbortSignal
}

/** For the options of whatever takes `WaitOptions` among others. */
export const waitChecks: Checks<WaitOptions> = { signal: isSignal, timeoutMs: isTime }

/** What a wait comes to whose time is up. */
export const timedOut: unique symbol = Symbol('timed out')

interface Waiter<Request, Result> {
  readonly request: Request
  readonly resolve: (result: Result) => void
  readonly reject: (reason: Error) => void
}

/**
 * Waits for one thing, in the order of their arrival. One that is given up, or whose caller is gone, is no longer among
 * them, and is never resolved.
 * @typeParam Request what each waits for; where `resolve` and `reject` name one, each its own
 */
export class WaitQueue<Request, Result = void> {
  readonly #waiters = new LinkedList<Waiter<Request, Result>>()
  /** Of several with the same request, one. */
  readonly #byRequest = new Map<Request, Waiter<Request, Result>>()

  get length(): number {
    return this.#waiters.length
  }

  /** What the first waits for. */
  get first(): Request | undefined {
    return this.#waiters.first?.request
  }

  /** What all wait for, the first to be resolved first. */
  requests(): Request[] {
    return Array.from(this.#waiters, ({ request }) => request)
  }

  /**
   * Waits behind all others. Resolves with its result, or with `timedOut`.
   * @param onGivenUp is called when this one has given up, and no longer waits: the next may be able to go on
   * @throws (as a rejection) ManagerError `ABORTED`, or whatever else ended the call; what it is rejected with
   */
  wait(request: Request, options: WaitOptions = {}, onGivenUp?: () => void): Promise<Result | typeof timedOut> {
    const signals = signalsOf(options)
    return new Promise((resolve, reject) => {
      for (const signal of signals) if (signal.aborted) throw endOf(signal)
      const timer = timerOf(options, () => giveUp(() => resolve(timedOut)))
      const abort = (event: Event): void => giveUp(() => reject(endOf(event.target as AbortSignal)))
      const leave = (): void => {
        this.#waiters.delete(node)
        if (this.#byRequest.get(request) === waiter) this.#byRequest.delete(request)
        clearTimeout(timer)
        for (const signal of signals) signal.removeEventListener('abort', abort)
      }
      const giveUp = (settle: () => void): void => {
        leave()
        settle()
        onGivenUp?.()
      }
      const waiter: Waiter<Request, Result> = {
        request,
        resolve: (result) => {
          leave()
          resolve(result)
        },
        reject: (reason) => {
          leave()
          reject(reason)
        },
      }
      const node = this.#waiters.add(waiter)
      this.#byRequest.set(request, waiter)
      for (const signal of signals) signal.addEventListener('abort', abort)
    })
  }

  /** Resolves the first, if there is one. */
  resolveFirst(result: Result): void {
    this.#waiters.first?.resolve(result)
  }

  /** Resolves all that wait now. */
  resolveAll(result: Result): void {
    for (const waiter of this.#waiters) waiter.resolve(result)
  }

  /** Resolves the one with this request, if it waits. */
  resolve(request: Request, result: Result): void {
    this.#byRequest.get(request)?.resolve(result)
  }

  /** Rejects the one with this request, if it waits. */
  reject(request: Request, reason: Error): void {
    this.#byRequest.get(request)?.reject(reason)
  }

  /** Rejects all, or those that `isMeant` says. */
  rejectAll(reason: Error, isMeant: (request: Request) => boolean = () => true): void {
    for (const waiter of this.#waiters) if (isMeant(waiter.request)) waiter.reject(reason)
  }
}

/**
 * Refuses bad options, also where there is nothing to wait for, and those of a caller that has given up already.
 * @param what is asked to wait, for messages: `queue.get`
 * @param checks of all options that it takes
 * @throws TypeError, RangeError for options that can't be; ManagerError `ABORTED`
 */
export function checkWait(
  what: string,
  options: WaitOptions | undefined,
  checks: Checks<WaitOptions> = waitChecks,
): void {
  if (options === undefined) return
  refuseBare(what, options)
  assertOptions(what, options, checks)
  if (options.signal?.aborted === true) throw endOf(options.signal)
}

/** As Python's `acquire(False)` and `wait(0.1)`. */
function refuseBare(what: string, options: unknown): void {
  if (typeof options !== 'boolean' && typeof options !== 'number') return
  const how =
    typeof options === 'number' ? 'a time to wait is { timeoutMs }, in milliseconds' : 'not to wait is { timeoutMs: 0 }'
  throw new TypeError(`the options of ${what} are ${options}; they must be an object: ${how}`)
}

/** Calls end with an error that tells how; other signals abort with whatever they like. */
function endOf({ reason }: AbortSignal): Error {
  if (isManagerError(reason)) return reason
  return new ManagerError('ABORTED', 'the wait was aborted by its signal', { cause: reason })
}

/** The caller's own signal, and that of the call, which aborts when the caller is gone; often they are one. */
function signalsOf({ signal }: WaitOptions): readonly AbortSignal[] {
  const signals = [signal, currentCall()?.signal].filter((each) => each !== undefined)
  return [...new Set(signals)]
}

function timerOf({ timeoutMs }: WaitOptions, expire: () => void): NodeJS.Timeout | undefined {
  if (timeoutMs === undefined || timeoutMs > longestTimerMs) return undefined
  return setTimeout(expire, timeoutMs)
}
