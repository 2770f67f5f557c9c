import { type Delivery, ManagerError } from '../errors.ts'
import { disposalMs } from '../host/object-table.ts'
import { longestTimerMs } from '../deadline.ts'

const defaultGraceMs = 2000

/** How long methods may take to end once their signals have aborted. */
export const settleMs = 500

/** How long the last answers may take to leave: longer than a closed transport waits for its other side. */
export const partingMs = 1500

/**
 * How long running calls may take to finish once the server is to end.
 * @throws RangeError for a time that no timer can keep
 */
export function graceOf(graceMs: number = defaultGraceMs): number {
  if (graceMs >= 0 && graceMs <= longestTimerMs) return graceMs
  throw new RangeError(`graceMs is ${graceMs}; it must be from 0 to ${longestTimerMs} (24 days)`)
}

/** The longest that a server takes to end, if nothing blocks its event loop: all its waits, one after the other. */
export function endingMs(graceMs: number | undefined): number {
  return graceOf(graceMs) + settleMs + Math.max(partingMs, disposalMs)
}

/** What calls reject with where the server ends by an error of its own. @param what it runs in */
export function crashed(cause: unknown, what: string): ManagerError {
  const message = cause instanceof Error ? cause.message : String(cause)
  return new ManagerError('SESSION_LOST', `the ${what} ended by an error that nothing there caught: ${message}`, {
    cause,
    delivery: 'unknown',
  })
}

/** What a request is answered with that comes too late (`not-sent`), or that doesn't end in time. */
export function shuttingDown(delivery: Delivery): ManagerError {
  const what = delivery === 'not-sent' ? 'it takes no new calls' : 'this call did not end in time'
  return new ManagerError('SHUTTING_DOWN', `the server is shutting down: ${what}`, { delivery })
}
