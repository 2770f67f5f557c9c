import { closingMs, graceMs, heartbeatMs, killMs } from './bounds.ts'
import type { Cell, Table } from './cell.ts'
import { goingOn, losing, nothingToCut, row } from './row.ts'

const closes: Cell = {
  says: 'close() of the owner resolves',
  calls: 'lost or shut down',
  server: 'ends',
  withinMs: 0,
}

const closesInOrder: Cell = { ...closes, says: 'close() of the owner resolves when the disposal has ended, as ever' }

/** The server process is hit; its owner and another client, which are one process, are left. */
export const serverTable: Table = {
  SIGKILL: row({ calls: 'lost', server: 'ends', when: 'at once' }, losing, closes),
  SIGSTOP: row({ calls: 'lost', server: 'lives', withinMs: heartbeatMs, when: 'after missed heartbeats' }, losing, {
    ...closes,
    withinMs: killMs,
    says: 'close() of the owner kills the server, which does not end as it was told to',
  }),
  SIGTERM: {
    ...row({ calls: 'shut down', server: 'ends', withinMs: graceMs, when: 'after the grace' }, losing, closesInOrder),
    // Where nothing runs there is nothing to wait for: the call finds the server in its shutdown, or gone.
    idle: { says: `${losing.idle}, at once`, calls: 'lost or shut down', server: 'ends', withinMs: 0 },
  },
  // As Python's manager does: Ctrl-C reaches all processes of a terminal, and the owner ends the server in order.
  SIGINT: row({ calls: 'answered', server: 'lives', when: 'as the server takes no notice' }, goingOn, closesInOrder),
  'process.exit in a method': row({ calls: 'lost', server: 'ends', when: 'at once' }, losing, closes),
  "an uncaught error in a method's timer": row({ calls: 'lost', server: 'ends', when: 'at once' }, losing, closes),
  'socket cut': row(
    { calls: 'lost', server: 'lives', when: 'at once, and the server serves whoever connects' },
    losing,
    nothingToCut,
  ),
  'half a frame, then silence': row(
    { calls: 'lost', server: 'lives', withinMs: heartbeatMs, when: 'after missed heartbeats' },
    losing,
    {
      says: 'close() of the client resolves: it waits but a moment for the other side to close too',
      calls: 'lost',
      server: 'lives',
      withinMs: closingMs,
    },
  ),
}
