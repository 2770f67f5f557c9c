/** What was sent, and what came of it. */
export interface Tally {
  /** Frames by the name of their attack. */
  readonly frames: Record<string, number>
  /** Connections that the other side closed, by what page and sender know of it. */
  readonly cuts: Record<string, number>
  /** By attack, what breaks the protocol and was not answered by the end of the connection. */
  readonly tolerated: Record<string, number>
  readonly counts: Record<Count, number>
}

export type Count = 'sessions' | 'answered' | 'refused' | 'refused logins' | 'bytes'

export function emptyTally(): Tally {
  const counts = { sessions: 0, answered: 0, refused: 0, 'refused logins': 0, bytes: 0 }
  return { frames: {}, cuts: {}, tolerated: {}, counts }
}

export function count(list: Record<string, number>, name: string, by = 1): void {
  list[name] = (list[name] ?? 0) + by
}

export function total(list: Readonly<Record<string, number>>): number {
  return Object.values(list).reduce((sum, each) => sum + each, 0)
}
