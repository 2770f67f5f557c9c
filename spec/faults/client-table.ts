import { graceMs, heartbeatMs } from './bounds.ts'
import type { Cell, Table } from './cell.ts'
import { givingBack, nothingToCut, row } from './row.ts'

const closes: Cell = {
  says: 'close() of the owner resolves when the disposal has ended, as ever',
  calls: 'lost or shut down',
  server: 'ends',
  withinMs: 0,
}

/** A shutdown that begins when the client no longer says anything: it has a call without an answer. */
const isNotHeldUp: Cell = {
  says: 'close() of the owner resolves: a client that says nothing does not hold it up',
  calls: 'lost or shut down',
  server: 'ends',
  withinMs: graceMs,
}

const atOnce = { calls: 'lost', server: 'lives', when: 'at once' } as const

const silent = {
  calls: 'lost',
  server: 'lives',
  withinMs: heartbeatMs,

  when: 'after missed heartbeats',
} as const

/** A client that isn't the owner is hit; the server and its owner are left, and the client where it lives. */
export const clientTable: Table = {
  SIGKILL: row(atOnce, givingBack, closes),
  SIGSTOP: row(silent, givingBack, isNotHeldUp),
  SIGTERM: row(atOnce, givingBack, closes),
  SIGINT: row(atOnce, givingBack, closes),
  'process.exit in a method': row(atOnce, givingBack, closes),
  "an uncaught error in a method's timer": row(atOnce, givingBack, closes),
  'socket cut': row(atOnce, givingBack, nothingToCut),
  'half a frame, then silence': row(silent, givingBack, isNotHeldUp),
}
