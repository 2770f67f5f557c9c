import { isManagerError } from './errors.ts'
import { channel, debugLog } from './platform/node.ts'

/**
 * A turn in the life of a session, as one of its two sides sees it: what subscribers of the channel `referent:session`
 * are given. There is no secret in it.
 *
 * | kind | meaning |
 * |---|---|
 * | `opened` | the client has logged in |
 * | `refused` | it could not: `error` says why; at a server, also for strangers that said nothing |
 * | `closed` | this side has ended the session; at a server, also the client without an error |
 * | `lost` | the session has ended otherwise: `error` |
 * | `interrupted` | it has no connection at the moment, by `error`; within `resumeMs` the client may make another one |
 * | `resumed` | it has another connection |
 * | `reopened` | at a client, another session took the place of the lost one, `replaced` |
 * | `abandoned` | at a client, none did: `error` |
 */
export interface SessionEvent {
  readonly kind: 'opened' | 'refused' | 'closed' | 'lost' | 'interrupted' | 'resumed' | 'reopened' | 'abandoned'
  readonly side: 'client' | 'server'
  /** Where the server listens; undefined where nobody can connect to it. */
  readonly address: string | undefined
  /** Undefined where no session came to be. */
  readonly session?: string
  /** The process at the other end. */
  readonly pid?: number
  /** With `opened`: what the client may do, all or only what it is granted. */
  readonly authority?: 'all' | 'granted'
  readonly replaced?: string
  readonly error?: unknown
}

/**
 * A call that failed and whose promise nobody had taken: what subscribers of the channel `referent:unhandled` are given,
 * instead of an unhandled rejection that would end the process.
 */
export interface UnhandledFailure {
  /** What the call rejected with. */
  readonly error: unknown
  /** Of what was called. */
  readonly typeid: string
  /** The member that was called or read; empty for a function. */
  readonly method: string
  /** The session that it was called by, and the process at its other end; undefined where none came to be. */
  readonly session: string | undefined
  readonly pid: number | undefined
}

const sessions = channel('referent:session')
const unhandled = channel('referent:unhandled')
const debug = debugLog()

/** Tells all subscribers, and with `NODE_DEBUG=referent` the reader of stderr too. */
export function tellSession(event: SessionEvent): void {
  if (sessions.hasSubscribers) sessions.publish(event)
  if (debug.enabled) debug('%s', lineOf(event))
}

/** Tells all subscribers, and with `NODE_DEBUG=referent` the reader of stderr too. */
export function tellUnhandled(failure: UnhandledFailure): void {
  if (unhandled.hasSubscribers) unhandled.publish(failure)
  if (debug.enabled) debug('%s', oneLine(unhandledLine(failure)))
}

/** Tells the reader of stderr, with `NODE_DEBUG=referent`. */
export function tellServer(serverId: string, what: string): void {
  if (debug.enabled) debug('%s', oneLine(`server ${serverId} ${what}`))
}

function lineOf(event: SessionEvent): string {
  const { kind, side, address, session, pid, authority, replaced, error } = event
  const parts = [
    session === undefined ? `${side}: login` : `${side}: session ${session} with process ${pid}`,
    address === undefined ? '' : `at ${address}`,
    kind,
    authority === undefined ? '' : `with authority: ${authority}`,
    replaced === undefined ? '' : `in place of ${replaced}`,
    error === undefined ? '' : `by ${reasonOf(error)}`,
  ]
  return oneLine(parts.filter((part) => part !== '').join(' '))
}

function unhandledLine({ error, typeid, method, session, pid }: UnhandledFailure): string {
  const where = session === undefined ? '' : ` by session ${session} with process ${pid}`
  const what = method === '' ? typeid : `${typeid}.${method}`
  return `nobody took the failure of ${what}, called${where}: ${reasonOf(error)}`
}

/** With its cause: of a lost session, that says how. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is no error'
  const what = `${isManagerError(error) ? error.code : error.name}: ${error.message}`
  return error.cause === undefined ? what : `${what}, by ${reasonOf(error.cause)}`
}

/** The message of an error may be the peer's, and must not look like several lines or move the cursor. */
function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, ' ')
}
