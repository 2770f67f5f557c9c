import { currentCall } from '../call-context.ts'
import { isManagerError, ManagerError } from '../errors.ts'
import { assertOptions, type Checks } from '../options.ts'
import { longestTimerMs } from '../patience.ts'
import { callChecks } from '../session/wait.ts'

/** How long somebody waits. */
export interface WaitOptions {
  /** Gives up after so many milliseconds; 0: at once, unless there is nothing to wait for. Absent: without bound. */
  readonly timeoutMs?: number
  /** Gives up when it aborts: the call rejects with `ABORTED`. */
  readonly signal?: AbortSignal
}

/** For the options of whatever takes `WaitOptions` among others. */
export const waitChecks: Checks<WaitOptions> = callChecks

/** What a wait comes to whose time is up. */
export const timedOut: unique symbol = Symbol('timed out')

interface Waiter<Ticket, Served> {
  readonly ticket: Ticket
  readonly serve: (served: Served) => void
  readonly turnAway: (reason: Error) => void
  /** Who came before, and after. */
  previous?: Waiter<Ticket, Served> | undefined
  next?: Waiter<Ticket, Served> | undefined
}

/**
 * Those who wait for one thing, in the order of their coming. Who gives up, or whose caller is gone, is no longer in the
 * line, and is never served. They are linked to each other, so that whoever leaves takes the same time however many there
 * are: V8 looks for the first of a `Set` behind the places of all that were deleted before it.
 */
export class Line<Ticket, Served = void> {
  #first: Waiter<Ticket, Served> | undefined
  #last: Waiter<Ticket, Served> | undefined
  /** By what they came with; of several that came with the same, one. */
  readonly #byTicket = new Map<Ticket, Waiter<Ticket, Served>>()
  #length = 0

  get length(): number {
    return this.#length
  }

  /** What the first of them came with. */
  get first(): Ticket | undefined {
    return this.#first?.ticket
  }

  /** What all of them came with, the first to be served first. */
  tickets(): Ticket[] {
    return this.#all().map(({ ticket }) => ticket)
  }

  /**
   * Waits at the end of the line. Resolves with what it is served, or `timedOut`.
   * @param left is told when somebody gives up, and is out of the line: the next may be able to go on
   * @throws (as a rejection) ManagerError `ABORTED`, or whatever else ended the call; what `turnAway` says
   */
  join(ticket: Ticket, options: WaitOptions = {}, left?: (ticket: Ticket) => void): Promise<Served | typeof timedOut> {
    const signals = signalsOf(options)
    return new Promise((resolve, reject) => {
      for (const signal of signals) if (signal.aborted) throw endOf(signal)
      const timer = timerOf(options, () => giveUp(() => resolve(timedOut)))
      const abort = (event: Event): void => giveUp(() => reject(endOf(event.target as AbortSignal)))
      const leave = (): void => {
        this.#remove(waiter)
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
      this.#push(waiter)
      for (const signal of signals) signal.addEventListener('abort', abort)
    })
  }

  /** Serves the first in the line, or the first that `isMeant` says, if there is one, which then is no longer in it. */
  serve(served: Served, isMeant: (ticket: Ticket) => boolean = () => true): Ticket | undefined {
    for (let waiter = this.#first; waiter !== undefined; waiter = waiter.next) {
      if (!isMeant(waiter.ticket)) continue
      waiter.serve(served)
      return waiter.ticket
    }
    return undefined
  }

  /** Turns those away that `isMeant` says: their waits reject with `reason`. */
  turnAway(reason: Error, isMeant: (ticket: Ticket) => boolean = () => true): void {
    for (const waiter of this.#all()) if (isMeant(waiter.ticket)) waiter.turnAway(reason)
  }

  /** Serves the one that came with this ticket, which nobody else did, if it is in the line. */
  serveOne(ticket: Ticket, served: Served): void {
    this.#byTicket.get(ticket)?.serve(served)
  }

  /** As `turnAway`, of the one that came with this ticket, which nobody else did. */
  turnAwayOne(ticket: Ticket, reason: Error): void {
    this.#byTicket.get(ticket)?.turnAway(reason)
  }

  #all(): Waiter<Ticket, Served>[] {
    const all: Waiter<Ticket, Served>[] = []
    for (let waiter = this.#first; waiter !== undefined; waiter = waiter.next) all.push(waiter)
    return all
  }

  #push(waiter: Waiter<Ticket, Served>): void {
    waiter.previous = this.#last
    if (this.#last === undefined) this.#first = waiter
    else this.#last.next = waiter
    this.#last = waiter
    this.#byTicket.set(waiter.ticket, waiter)
    this.#length++
  }

  /** Each leaves once. Its own links stay, for whoever goes through the line at that time. */
  #remove(waiter: Waiter<Ticket, Served>): void {
    const { previous, next, ticket } = waiter
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
    if (this.#byTicket.get(ticket) === waiter) this.#byTicket.delete(ticket)
    this.#length--
  }
}

/**
 * Refuses bad options, also where there is nothing to wait for, and turns away who has given up already.
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
