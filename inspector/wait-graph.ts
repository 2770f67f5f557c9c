import type { PendingRow } from '../lib/inspector/rows.ts'

/** A session that waits for a referent. */
interface Wait {
  readonly session: string
  readonly referent: number
  readonly method: string
  readonly ageMs: number
  /** Whether it can't end: whoever has the referent waits for what somebody has who waits, and so on in a circle. */
  readonly isStuck: boolean
}

/** A session that has a referent. */
interface Hold {
  readonly session: string
  readonly referent: number
  readonly ageMs: number
  readonly what: string | undefined
  readonly within: string | undefined
  /** Whether it is part of what is stuck. */
  readonly isStuck: boolean
}

export interface WaitGraph {
  readonly sessions: readonly string[]
  readonly referents: readonly PendingRow[]
  readonly waits: readonly Wait[]
  readonly holds: readonly Hold[]
}

/** Who waits for what, and for whom. */
export function waitGraphOf(pending: readonly PendingRow[]): WaitGraph {
  const waits = pending.flatMap(({ id, calls }) =>
    calls.map(({ session, method, ageMs }) => ({ session, referent: id, method, ageMs })),
  )
  const holds = pending.flatMap(({ id, holders = [] }) =>
    holders.map(({ session, ageMs, what, within }) => ({ session, referent: id, ageMs, what, within })),
  )
  const stuck = stuckOf(waits, holds)
  const isStuck = (session: string): boolean => waits.some((wait) => wait.session === session && stuck.has(wait))
  const sessions = [...new Set([...waits, ...holds].map(({ session }) => session))]
  return {
    sessions,
    referents: pending,
    waits: waits.map((wait) => ({ ...wait, isStuck: stuck.has(wait) })),
    holds: holds.map((hold) => ({ ...hold, isStuck: isStuck(hold.session) && isWanted(hold, stuck) })),
  }
}

interface Edge {
  readonly session: string
  readonly referent: number
}

/**
 * The waits that nothing ends: all who have the referent wait for another one that is held so, too. One that somebody holds who
 * waits for nothing else ends when they let go; a session may wait for what it holds itself, as it can do several things at once.
 */
function stuckOf<W extends Edge>(waits: readonly W[], holds: readonly Edge[]): ReadonlySet<W> {
  const stuck = new Set(waits)
  for (let before = -1; before !== stuck.size;) {
    before = stuck.size
    for (const wait of stuck) {
      const holders = holds.filter(({ referent }) => referent === wait.referent)
      const isHeld = (holder: Edge): boolean =>
        [...stuck].some(({ session, referent }) => session === holder.session && referent !== wait.referent)
      if (holders.length === 0 || !holders.every(isHeld)) stuck.delete(wait)
    }
  }
  return stuck
}

function isWanted(hold: Edge, stuck: ReadonlySet<Edge>): boolean {
  return [...stuck].some(({ referent }) => referent === hold.referent)
}
