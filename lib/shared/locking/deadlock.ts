import { longestTimerMs } from '../../patience.ts'
import { findCircle, report } from '../waits/circle.ts'
import type { Party } from '../waits/party.ts'
import type { Claim } from './claim.ts'

/**
 * Looks for a circle of those who wait, which this wait may have closed: each keeps something that the next one waits for.
 *
 * Who holds a lock by `run` can't give it back before what its function waits for, and who computes a value can't either: a
 * circle of those is certain, and is reported at once. What is held by `acquire` or `hold` belongs to a session, which may
 * do several things at once: it may give back one lock while it waits for another. So such a circle counts only where none
 * of its sessions was ever seen to do several things with locks at once, and when it has stood for `deadlockMs`. It is a
 * false alarm still where a session does several things at once for the first time, and takes that long to give a lock back.
 *
 * Waits with a `timeoutMs` are in no circle: they end by themselves.
 *
 * @returns what ends the watch, to be called when the wait is over
 */
export function watchForDeadlock(closing: Claim, deadlockMs: number): () => void {
  if (closing.isBounded || !closing.place.isOwned) return () => undefined
  const certain = findCircle(closing, true)
  if (certain !== undefined) {
    report(certain)
    return () => undefined
  }
  const circle = findCircle(closing, false)
  if (circle === undefined || deadlockMs > longestTimerMs) return () => undefined
  return watchCircle(closing, circle, deadlockMs)
}

function watchCircle(closing: Party, circle: readonly Party[], deadlockMs: number): () => void {
  let timer = setTimeout(check, deadlockMs, circle)
  function check(before: readonly Party[]): void {
    const now = findCircle(closing, false)
    if (now === undefined) return
    if (isSame(before, now)) report(now, doubtAfter(deadlockMs))
    else timer = setTimeout(check, deadlockMs, now)
  }
  return () => clearTimeout(timer)
}

function isSame(one: readonly Party[], other: readonly Party[]): boolean {
  return one.length === other.length && one.every((party, at) => party === other[at])
}

function doubtAfter(deadlockMs: number): string {
  const why = `It is taken for a deadlock as it has stood for ${deadlockMs} ms and no session was seen to do several things`
  const fix =
    'Where one does, have locks by run, which can be told apart, or give the locks a longer deadlockMs, or Infinity'
  return `${why} at once. ${fix}.`
}
