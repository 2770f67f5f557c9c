import { currentCall } from '../call-context.ts'
import { isManagerError, ManagerError } from '../errors.ts'
import { longestTimerMs } from '../patience.ts'

/** How long somebody waits. */
export interface WaitOptions {
  /** Gives up after so many milliseconds; 0: at once, unless there is nothing to wait for. Absent: without bound. */
  readonly timeoutMs?: number
  /** Gives up when it aborts: the call rejects with `ABORTED`. */
  readonly signal?: AbortSignal
}

/** What a wait comes to whose time is up. */
export const timedOut: unique symbol = Symbol('timed out')

interface Waiter<Ticket, Served> {
  readonly ticket: Ticket
  readonly serve: (served: Served) => void
  readonly turnAway: (reason: Error) => void
}

/**
 * Those who wait for one thing, in the order of their coming. Who gives up, or whose caller is gone, is no longer in the
 * line, and is never served.
 */
export class Line<Ticket, Served = void> {
  readonly #waiting = new Set<Waiter<Ticket, Served>>()

  get length(): number {
    return this.#waiting.size
  }

  /** What the first of them came with. */
  get first(): Ticket | undefined {
    const [first] = this.#waiting
    return first?.ticket
  }

  /** What all of them came with, the first to be served first. */
  tickets(): Ticket[] {
    return [...this.#waiting].map(({ ticket }) => ticket)
  }

  /**
   * Waits at the end of the line. Resolves with what it is served, or `timedOut`.
   * @param left is told when somebody gives up, and is out of the line: the next may be able to go on
   * @throws (as a rejection) ManagerError `ABORTED`, or whatever else ended the call; what `turnAway` says; RangeError for a
   * time that can't be
   */
  join(ticket: Ticket, options: WaitOptions = {}, left?: (ticket: Ticket) => void): Promise<Served | typeof timedOut> {
    const signals = signalsOf(options)
    return new Promise((resolve, reject) => {
      for (const signal of signals) if (signal.aborted) throw endOf(signal)
      const timer = timerOf(options, () => giveUp(() => resolve(timedOut)))
      const abort = (event: Event): void => giveUp(() => reject(endOf(event.target as AbortSignal)))
      const leave = (): void => {
        this.#waiting.delete(waiter)
        clearTimeout(timer)
        for (const signal of signals) signal.removeEventListener('abort', abort)
      }
      const giveUp = (settle: () => void): void => {
        leave()
        settle()
        left?.(ticket)
      }
      const waiter: Waiter<Ticket, Served> = {
        ticket,
        serve: (served) => {
          leave()
          resolve(served)
        },
        turnAway: (reason) => {
          leave()
          reject(reason)
        },
      }
      this.#waiting.add(waiter)
      for (const signal of signals) signal.addEventListener('abort', abort)
    })
  }

  /** Serves the first in the line, or the first that `isMeant` says, if there is one, which then is no longer in it. */
  serve(served: Served, isMeant: (ticket: Ticket) => boolean = () => true): Ticket | undefined {
    for (const waiter of this.#waiting) {
      if (!isMeant(waiter.ticket)) continue
      waiter.serve(served)
      return waiter.ticket
    }
    return undefined
  }

  /** Turns those away that `isMeant` says: their waits reject with `reason`. */
  turnAway(reason: Error, isMeant: (ticket: Ticket) => boolean = () => true): void {
    for (const waiter of [...this.#waiting]) if (isMeant(waiter.ticket)) waiter.turnAway(reason)
  }
}

/**
 * For who may not have to wait at all: bad options are refused, and who has given up already is turned away, all the same.
 * @throws RangeError for a time that can't be; ManagerError `ABORTED`
 */
export function checkWait({ timeoutMs, signal }: WaitOptions): void {
  if (timeoutMs !== undefined) checkTime(timeoutMs)
  if (signal?.aborted === true) throw endOf(signal)
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
  checkTime(timeoutMs)
  return setTimeout(expire, timeoutMs)
}

function checkTime(timeoutMs: number): void {
  if (!(timeoutMs >= 0)) throw new RangeError(`timeoutMs is ${timeoutMs}; it must be 0 or more`)
}
