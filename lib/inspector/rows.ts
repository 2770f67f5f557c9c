import { either, flag, list, nothing, number, oneOf, type Parsed, shape, text, whole } from './parsed.ts'

// What a page shows of a server, as `lib/server/inspection.ts` has it: checked, as the server may be of another version.

export const referentRow = shape(
  { id: whole, typeid: text, references: whole, pins: whole, running: whole },
  { queued: whole, name: text, ageMs: number },
)
export type ReferentRow = Parsed<typeof referentRow>

export const sessionRow = shape(
  {
    id: text,
    pid: whole,
    authority: oneOf('all', 'granted'),
    ageMs: number,
    holds: whole,
    pending: whole,
    calls: whole,
    errors: whole,
  },
  { host: text, quietMs: number, streams: whole },
)
export type SessionRow = Parsed<typeof sessionRow>

const pendingCall = shape({ session: text, method: text, ageMs: number, isWaiting: flag })

const holderRow = shape({ session: text, ageMs: number }, { within: text, traceparent: text })

/** The calls of one referent that have no answer yet, and who has what they wait for. */
export const pendingRow = shape(
  { id: whole, typeid: text, calls: list(pendingCall) },
  { name: text, holders: list(holderRow) },
)

export const typeRow = shape({ typeid: text, count: whole })
export type TypeRow = Parsed<typeof typeRow>

/** One server of the manager; null in the place of one that has ended. */
export const serverRow = either(
  shape({
    serverId: text,
    pid: whole,
    host: text,
    uptimeMs: number,
    totals: shape({ referents: whole, sessions: whole, calls: whole, errors: whole, pending: whole }),
  }),
  nothing,
)
export type ServerRow = Parsed<typeof serverRow>

/** What a server did in one moment. What isn't measured is absent: nobody had asked for it. */
export const sampleRow = shape(
  {
    /** When, in milliseconds since 1970. */
    at: number,
    callsPerS: number,
    errorsPerS: number,
    sessions: whole,
    referents: whole,
    pending: whole,
  },
  {
    p50Ms: number,
    p99Ms: number,
    maxMs: number,
    loopP99Ms: number,
    cpuPercent: number,
    rssBytes: number,
    heapUsedBytes: number,
  },
)
export type SampleRow = Parsed<typeof sampleRow>
