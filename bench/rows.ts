import type { Looker, Operations, Over } from './peers/peer.ts'
import type { ValueName } from './values.ts'

/** One thing that is measured of all that can do it. */
export interface Row {
  readonly name: string
  /** How it is shown: the time of one operation, how many there are in a second, or bytes. */
  readonly unit: 'us' | 'ms' | '/s' | 'B'
  readonly operation: keyof Operations<unknown>
  /** How many operations there are at a time; one unless said. */
  readonly inFlight?: number
  /** Client processes of one server, each with so many in flight; one unless said. */
  readonly clients?: number
  /** What is between the processes; what the peer has unless said. */
  readonly over?: Over
  /** What `echo` sends. */
  readonly value?: ValueName
  /** The items of a stream, of which each counts as an operation, or of a pool, of which all do. */
  readonly items?: number
  /** Measured in a new program in each round, once: from before it starts the other side, or from when that is ready. */
  readonly fresh?: 'starting' | 'ready'
  /** How many operations a fresh program does, one after the other; one unless said. */
  readonly times?: number
  readonly bytesPer?: 'referent' | 'proxy'
  readonly referents?: number
  readonly sessions?: number
  /** Who looks at the server meanwhile, from another process: who asks for its load each second, or who watches all calls too. */
  readonly looker?: Looker
  /** Rows of one group take turns, and are compared with the first of them. */
  readonly group?: string
  /** Takes long to prepare: measured with `--full`. */
  readonly isBig?: boolean
}

export const rows: readonly Row[] = [
  { name: 'start to first call', unit: 'ms', operation: 'call', fresh: 'starting' },
  { name: 'cold, first 100 calls', unit: 'us', operation: 'call', fresh: 'ready', times: 100 },
  { name: 'sequential', unit: 'us', operation: 'call' },
  { name: '16 in flight', unit: '/s', operation: 'call', inFlight: 16 },
  { name: '64 in flight', unit: '/s', operation: 'call', inFlight: 64 },
  { name: '1,000 in flight', unit: '/s', operation: 'call', inFlight: 1000 },
  { name: '4 client processes', unit: '/s', operation: 'call', inFlight: 64, clients: 4 },
  { name: 'sequential, tcp', unit: 'us', operation: 'call', over: 'tcp' },
  { name: '64 in flight, tcp', unit: '/s', operation: 'call', inFlight: 64, over: 'tcp' },
  { name: 'sequential, tls', unit: 'us', operation: 'call', over: 'tls' },
  { name: '64 in flight, tls', unit: '/s', operation: 'call', inFlight: 64, over: 'tls' },
  { name: 'create + release', unit: 'us', operation: 'create' },
  { name: '1,000 plain records', unit: 'ms', operation: 'echo', value: 'plain' },
  { name: '1,000 rich records', unit: 'ms', operation: 'echo', value: 'rich' },
  { name: '1 MiB of bytes', unit: 'ms', operation: 'echo', value: 'bytes' },
  { name: '100,000 numbers', unit: 'ms', operation: 'echo', value: 'numbers' },
  { name: 'callback', unit: 'us', operation: 'callBack' },
  { name: 'stream items', unit: '/s', operation: 'stream', items: 2000 },
  { name: 'lock acquire + release', unit: 'us', operation: 'lock' },
  { name: 'queue put + get', unit: 'us', operation: 'queue' },
  { name: 'pool, map of 40,000', unit: 'ms', operation: 'map', items: 40_000 },
  { name: 'pool, 4,000 single tasks', unit: 'ms', operation: 'tasks', items: 4000 },
  { name: 'bytes per referent', unit: 'B', operation: 'bytes', fresh: 'ready', bytesPer: 'referent' },
  { name: 'bytes per proxy', unit: 'B', operation: 'bytes', fresh: 'ready', bytesPer: 'proxy' },
  { name: 'among 1 referent', unit: 'us', operation: 'among', referents: 1, group: 'among referents' },
  { name: 'among 1,000 referents', unit: 'us', operation: 'among', referents: 1000, group: 'among referents' },
  {
    name: 'among 100,000 referents',
    unit: 'us',
    operation: 'among',
    referents: 100_000,
    group: 'among referents',
    isBig: true,
  },
  {
    name: 'among 1,000,000 referents',
    unit: 'us',
    operation: 'among',
    referents: 1_000_000,
    group: 'among referents',
    isBig: true,
  },
  { name: 'among 1 session', unit: 'us', operation: 'among', sessions: 1, group: 'among sessions' },
  { name: 'among 100 sessions', unit: 'us', operation: 'among', sessions: 100, group: 'among sessions' },
  {
    name: 'among 1,000 sessions',
    unit: 'us',
    operation: 'among',
    sessions: 1000,
    group: 'among sessions',
    isBig: true,
  },
  { name: 'looked at by nobody', unit: '/s', operation: 'lookedAt', inFlight: 64, group: 'looked at' },
  { name: 'looked at, page', unit: '/s', operation: 'lookedAt', inFlight: 64, looker: 'page', group: 'looked at' },
  { name: 'looked at, tail', unit: '/s', operation: 'lookedAt', inFlight: 64, looker: 'tail', group: 'looked at' },
]
