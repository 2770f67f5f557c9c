import { ManagerError } from '../../errors.ts'
import { keepers } from './keepers.ts'
import type { Party } from './party.ts'

/**
 * The shortest circle of parties of which each holds up the next, and the last one the first; undefined where there is
 * none that leads back to `closing`.
 * @param isCertain as `Party.holdsUp`
 */
export function findCircle(closing: Party, isCertain: boolean): readonly Party[] | undefined {
  const cameFrom = new Map<Party, Party>()
  const reached = [closing]
  for (const party of reached) {
    for (const next of party.holdsUp(isCertain)) {
      if (next === closing) return pathTo(party, cameFrom)
      if (cameFrom.has(next)) continue
      cameFrom.set(next, party)
      reached.push(next)
    }
  }
  return undefined
}

/**
 * Ends the wait of the one that came last, and tells it why.
 * @param doubt why it may be no deadlock after all, where that is so
 */
export function report(circle: readonly Party[], doubt?: string): void {
  const [victim] = circle
    .filter(({ mayBeTurnedAway }) => mayBeTurnedAway)
    .toSorted((one, other) => other.sinceMs - one.sinceMs)
  victim?.turnAway(deadlockError(circle, doubt))
}

function pathTo(last: Party, cameFrom: ReadonlyMap<Party, Party>): Party[] {
  const path = [last]
  for (let party = cameFrom.get(last); party !== undefined; party = cameFrom.get(party)) path.unshift(party)
  return path
}

function deadlockError(circle: readonly Party[], doubt?: string): ManagerError {
  const lines = circle.flatMap((party, at) => (party.isWaiting ? [describe(party, circle[at + 1] ?? party)] : []))
  const why = `each waits for what another holds:\n${lines.join('\n')}`
  const fix = 'The wait that came last was ended; the others go on. Take the locks in the same order everywhere'
  const orResult = 'and give the new value of what a function computes as its result, rather than write it there'
  return new ManagerError('DEADLOCK', `${why}\n${fix}, ${orResult}.${doubt === undefined ? '' : `\n${doubt}`}`)
}

function describe(waits: Party, keeps: Party): string {
  const { id, pid } = waits.session
  const held = `holds ${keeps.label} (by ${keeps.manner}, for ${age(keeps)})`
  return `- session ${id} of process ${pid} ${held} and waits for ${waits.label} (for ${age(waits)})${stackOf(waits)}`
}

/** All that the wait is within, as far as this process knows it: the outermost first. */
function stackOf(waits: Party): string {
  const around = keepers.around(waits).map(({ label, manner }) => `${manner} of ${label}`)
  return around.length === 0 ? '' : `, within ${around.join(' > ')}`
}

function age({ sinceMs }: Party): string {
  return `${Math.round(performance.now() - sinceMs)} ms`
}
