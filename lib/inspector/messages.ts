import { either, flag, list, nothing, number, oneOf, type Parsed, shape, tagged, text, whole } from './parsed.ts'
import {
  callRow,
  peerRow,
  pendingRow,
  referentDetail,
  referentRow,
  sampleRow,
  serverRow,
  sessionDetail,
  sessionRow,
  typeRow,
} from './rows.ts'

// What a page and its inspector say to each other: JSON, one message in each of the WebSocket's. Used by both.

/** By what a table of referents is sorted. */
export const referentColumns = ['id', 'typeid', 'name', 'references', 'pins', 'running', 'queued', 'ageMs'] as const

/** By what a table of sessions is sorted. */
export const sessionColumns = [
  ...['id', 'pid', 'host', 'ageMs', 'quietMs', 'holds', 'pending', 'streams', 'calls', 'errors'],
] as const

/** Which rows of a table are seen: all of it may be long. */
const part = { find: text, isDescending: flag, from: whole, count: whole }

/** What a page looks at, of the server of that index; calls are those of all servers. */
const view = tagged('view', {
  overview: shape({ server: whole }),
  sessions: shape({ server: whole, sort: oneOf(...sessionColumns), ...part }),
  referents: shape({ server: whole, sort: oneOf(...referentColumns), ...part }),
  waits: shape({ server: whole }),
  calls: shape({}, { typeid: text, method: text, session: text, slowerThanMs: number, errors: flag }),
  /** `isWatched`: what its `watch` gives too, where pages may call methods. */
  referent: shape({ server: whole, referent: whole, isWatched: flag }),
  session: shape({ server: whole, session: text }),
})
export type View = Parsed<typeof view>

/** What a page says. */
export const ask = tagged('kind', {
  /** The first: the token of the link, or the secret that an earlier page of the tab got for it. */
  open: shape({}, { token: text, secret: text }),
  /** What it looks at from now on; its number is in each answer. */
  look: shape({ look: whole, view }),
  /** Calls a method with JSON arguments, or reads a property, where pages may. */
  call: shape({ call: whole, server: whole, referent: whole, member: text, args: text }),
  /** A copy of what the class of a referent shows of its state. */
  snapshot: shape({ call: whole, server: whole, referent: whole }),
})
export type Ask = Parsed<typeof ask>

const rows = { from: whole, total: whole, isTruncated: flag }

/** What there is to see. */
const shown = tagged('view', {
  /** Those since the last; all of the last 15 minutes the first time. */
  overview: shape({ samples: list(sampleRow), isFirst: flag, types: list(typeRow) }),
  sessions: shape({ rows: list(sessionRow), ...rows }),
  referents: shape({ rows: list(referentRow), ...rows }),
  waits: shape({
    pending: list(pendingRow),
    sessions: list(peerRow),
    isTruncated: flag,
  }),
  /** Those since the last, and how many more there were. */
  calls: shape({ calls: list(callRow), missed: whole }),
  /** The calls and changes since the last; changes are JSON. */
  referent: shape({
    detail: referentDetail,
    sessions: list(peerRow),
    calls: list(callRow),
    changes: list(text),
    missed: whole,
  }),
  session: shape({ detail: sessionDetail }),
})
export type Shown = Parsed<typeof shown>

const failure = shape({ name: text, message: text }, { code: text, stack: text })
export type Failure = Parsed<typeof failure>

/** What an inspector says. */
export const tell = tagged('kind', {
  opened: shape({ secret: text, allowsCalls: flag }),
  servers: shape({ servers: list(serverRow), failure: either(failure, nothing) }),
  shown: shape({ look: whole, shown }),
  failed: shape({ look: whole, failure }),
  /** What a call or snapshot gave, as JSON, or why it failed. */
  answered: shape({ call: whole }, { json: text, failure }),
})
export type Tell = Parsed<typeof tell>

/** Why a WebSocket is closed (RFC 6455, 7.4.2). */
export const closing = { refused: 4401, tooMany: 4429, broken: 4400, ended: 4410 }
