import { either, flag, list, nothing, number, oneOf, type Parsed, record, shape, text, whole } from './parsed.ts'

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

/** Of which process a session is, and of which machine where that is another one. */
export const peerRow = shape({ id: text, pid: whole }, { host: text })
export type PeerRow = Parsed<typeof peerRow>

const pendingCall = shape({ session: text, method: text, ageMs: number, isWaiting: flag })

const holderRow = shape({ session: text, ageMs: number }, { what: text, within: text, traceparent: text })

/** The calls of one referent that have no answer yet, and who has what they wait for. */
export const pendingRow = shape(
  { id: whole, typeid: text, calls: list(pendingCall) },
  { name: text, holders: list(holderRow) },
)
export type PendingRow = Parsed<typeof pendingRow>

export const typeRow = shape({ typeid: text, count: whole })
export type TypeRow = Parsed<typeof typeRow>

/** One server of the manager; null in the place of one that has ended. */
export const serverRow = either(
  nothing,
  shape({
    serverId: text,
    pid: whole,
    host: text,
    uptimeMs: number,
    totals: shape({ referents: whole, sessions: whole, calls: whole, errors: whole, pending: whole }),
  }),
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

const statePart = either(either(text, number), flag)

/** What an object tells of itself. Numbers that JSON doesn't have are texts. */
const stateRow = record<string | number | boolean>((value, at) =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : statePart(value, at),
)

const namedRow = { id: whole, typeid: text }

export const referentDetail = shape(
  {
    referent: referentRow,
    names: list(text),
    sessions: list(shape({ session: text, count: whole })),
    members: list(shape({ name: text, kind: oneOf('method', 'property') }, { isWritable: flag, isStream: flag })),
    canSnapshot: flag,
    calls: list(pendingCall),
  },
  { holders: list(holderRow), state: stateRow },
)
export type ReferentDetailRow = Parsed<typeof referentDetail>

export const sessionDetail = shape({
  session: sessionRow,
  holds: list(shape({ ...namedRow, count: whole }, { name: text })),
  calls: list(shape({ ...namedRow, method: text, ageMs: number, isWaiting: flag }, { name: text })),
  streams: list(shape({ direction: oneOf('out', 'in'), items: whole, ageMs: number }, { typeid: text, method: text })),
})

const errorRow = shape({ name: text, message: text }, { code: text, stack: text })

/** A call that was answered, by the server of that index. */
export const callRow = shape(
  {
    server: whole,
    seq: whole,
    session: text,
    referent: whole,
    typeid: text,
    method: text,
    startMs: number,
    durationMs: number,
    outcome: oneOf('result', 'error', 'cancelled'),
  },
  { name: text, waitedMs: number, error: errorRow, callId: text, callers: list(text), traceparent: text },
)
export type CallRow = Parsed<typeof callRow>
