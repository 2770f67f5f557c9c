import { ManagerError } from '../../errors.ts'
import { longestTimerMs } from '../../patience.ts'
import { Account } from './account.ts'
import type { Claim } from './claim.ts'
import { runs } from './runs.ts'

/** One party of a circle: it keeps a lock, and waits for what the next party keeps. */
interface Party {
  readonly waits: Claim
  readonly keeps: Claim
  /** Whether what it keeps surely stays kept until its wait is over. */
  readonly isCertain: boolean
}

/**
 * Looks for a circle of those who wait, which this wait may have closed: each keeps a lock that the next one waits for.
 *
 * Who holds a lock by `run` can't give it back before what its function waits for: a circle of those is certain, and is
 * reported at once. What is held by `acquire` or `hold` belongs to a session, which may do several things at once: it may
 * give back one lock while it waits for another. So such a circle counts only where none of its sessions was ever seen to
 * do several things with locks at once, and when it has stood for `deadlockMs`. It is a false alarm still where a session
 * does several things at once for the first time, and takes that long to give a lock back.
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

function watchCircle(closing: Claim, circle: readonly Party[], deadlockMs: number): () => void {
  let timer = setTimeout(check, deadlockMs, circle)
  function check(before: readonly Party[]): void {
    const now = findCircle(closing, false)
    if (now === undefined) return
    if (isSame(before, now)) report(now)
    else timer = setTimeout(check, deadlockMs, now)
  }
  return () => clearTimeout(timer)
}

function findCircle(closing: Claim, isCertain: boolean): Party[] | undefined {
  return pathBack(closing, closing, isCertain, new Set())
}

/** From a wait to those who wait for what it keeps, and on, until that is what the closing one waits for. */
function pathBack(waits: Claim, closing: Claim, onlyCertain: boolean, seen: Set<Claim>): Party[] | undefined {
  for (const party of partiesOf(waits, onlyCertain)) {
    const { place } = party.keeps
    // Who waits for what its own session holds waits for another thing that it does, more likely than for itself.
    if (place === closing.place && (party.isCertain || waits !== closing)) return [party]
    for (const next of place.isOwned ? place.waiting() : []) {
      if (next.isBounded || seen.has(next)) continue
      const rest = pathBack(next, closing, onlyCertain, seen.add(next))
      if (rest !== undefined) return [party, ...rest]
    }
  }
  return undefined
}

function partiesOf(waits: Claim, onlyCertain: boolean): Party[] {
  const certain = runs.around(waits).map((keeps) => ({ waits, keeps, isCertain: true }))
  const account = Account.of(waits.session)
  const held = onlyCertain || account.isConcurrent || !waits.isRemote ? [] : [...account.claims]
  const likely = held.filter((claim) => waits.isOfSameSession(claim))
  return [...certain, ...likely.map((keeps) => ({ waits, keeps, isCertain: false }))].filter(
    ({ keeps }) => keeps.state === 'held',
  )
}

function isSame(one: readonly Party[], other: readonly Party[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ waits, keeps }, at) => waits === other[at]?.waits && keeps === other[at].keeps)
  )
}

/** Turns away the one that came last. Who waits to have back what it held can't be: it would go on without it. */
function report(circle: readonly Party[]): void {
  const [victim] = circle
    .map(({ waits }) => waits)
    .filter(({ state }) => state === 'waiting')
    .toSorted((one, other) => other.sinceMs - one.sinceMs)
  victim?.place.turnAway(victim, deadlockError(circle))
}

function deadlockError(circle: readonly Party[]): ManagerError {
  const lines = circle.map(({ waits, keeps }) => {
    const { id, pid } = waits.session
    const held = `holds ${keeps.place.label} (by ${keeps.manner}, for ${age(keeps)})`
    return `- session ${id} of process ${pid} ${held} and waits for ${waits.place.label} (for ${age(waits)})`
  })
  const fix = 'The wait that came last was ended; the others go on. Take the locks in the same order everywhere.'
  return new ManagerError('DEADLOCK', `each waits for what another holds:\n${lines.join('\n')}\n${fix}`)
}

function age({ sinceMs }: Claim): string {
  return `${Math.round(performance.now() - sinceMs)} ms`
}
