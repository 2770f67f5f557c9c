import { graceMs, heartbeatMs } from './bounds.ts'
import type { Cell, Table } from './cell.ts'
import { goingOn, losing, nothingToCut, row } from './row.ts'

const ended = { calls: 'lost or shut down', server: 'ends', withinMs: graceMs, when: 'as the server ends too' } as const

const endsAlone: Cell = {
  says: 'the server ends as it was told to, though nobody waits for it any more',
  calls: 'lost or shut down',
  server: 'ends',
  withinMs: 0,
}

const noPlaceForARelay: Cell = {
  impossible:
    'nothing can come between an owner and the server it starts; its session is one like any other, see the client',
}

/** The owner is hit; its server is left without it, and another client. */
export const ownerTable: Table = {
  SIGKILL: row(ended, losing, endsAlone),
  SIGSTOP: row(
    { calls: 'answered', server: 'lives', withinMs: heartbeatMs, when: 'as others still need it' },
    goingOn,
    { ...endsAlone, says: 'the server ends as it was told to, and its owner finds that when it goes on' },
  ),
  SIGTERM: row(ended, losing, endsAlone),
  SIGINT: row(ended, losing, endsAlone),
  'process.exit in a method': row(ended, losing, endsAlone),
  "an uncaught error in a method's timer": row(ended, losing, endsAlone),
  'socket cut': row(
    { calls: 'answered', server: 'lives', when: "as it is the owner's own session that is lost" },
    goingOn,
    nothingToCut,
  ),
  'half a frame, then silence': {
    idle: noPlaceForARelay,
    'call pending': noPlaceForARelay,
    'stream open': noPlaceForARelay,
    'callback running': noPlaceForARelay,
    'shutdown running': noPlaceForARelay,
  },
}
