import { isError } from '../codec/builtin-errors.ts'
import type { Referent } from '../host/referent.ts'
import { type Checks, isBoolean, isSignal, isText, isTime, isWhole, shown } from '../options.ts'
import type { Thrown } from '../session/call-meter.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import { methodOf } from '../session/traced-calls.ts'
import { cut, maxName } from './told.ts'

/** Which calls are watched: those that all of this is true of. */
export interface CallFilter {
  readonly typeid?: string
  /** The method or property; `assign` and `snapshot` for these. */
  readonly method?: string
  /** Of which session, by its id. */
  readonly session?: string
  /** Of which referent, by its id. */
  readonly referent?: number
  /** Only those that took longer, in milliseconds. */
  readonly slowerThanMs?: number
  /** Whether only those that failed. Default false. */
  readonly errors?: boolean
}

/** Which calls are watched, of which server, and what ends that. */
export interface WatchCallsOptions extends CallFilter {
  /** The index of the server. Default 0. */
  readonly server?: number
  /** Ends the watch: it rejects with `ABORTED`. */
  readonly signal?: AbortSignal
}

/** The calls that were answered since the last such batch. */
export interface CallRecords {
  readonly calls: readonly CallRecord[]
  /** How many more there were, which the server hasn't kept. */
  readonly missed: number
}

/** A call of a referent that was answered. Texts are cut. */
export interface CallRecord {
  /** Numbers the calls of one watch, from 1; the numbers of those that were missed are left out. */
  readonly seq: number
  readonly session: string
  /** The id of the referent. */
  readonly referent: number
  /** Empty where it was a call of nothing. */
  readonly typeid: string
  /** The name of the referent, where it has one. */
  readonly name?: string
  readonly method: string
  /** When it came, in milliseconds since 1970, by the clock that the server's process had when it began. */
  readonly startMs: number
  /** For how long it was there until it was answered. */
  readonly durationMs: number
  /** For how long of that it waited for its turn, where it had to. */
  readonly waitedMs?: number
  /** `cancelled`: its caller had given up, or was gone. */
  readonly outcome: 'result' | 'error' | 'cancelled'
  /** What it threw. A stack is told where `exposeStacks` isn't false. */
  readonly error?: {
    readonly name: string
    readonly code?: string
    readonly message: string
    readonly stack?: string
  }
  /** Its id: in `callers` of the calls that were made for it, also at other servers that are watched. */
  readonly callId?: string
  /** The ids of the calls that it was made for, the outermost first, as far as these were watched, or somebody asked for their ids. */
  readonly callers?: readonly string[]
  /** Its W3C trace context, if it has one. */
  readonly traceparent?: string
}

const filterChecks: Checks<CallFilter> = {
  typeid: isText,
  method: isText,
  session: isText,
  referent: isWhole(1),
  slowerThanMs: isTime,
  errors: isBoolean,
}

export const watchCallsChecks: Checks<WatchCallsOptions> = { ...filterChecks, server: isWhole(0), signal: isSignal }

/** The longest texts of a record beside names, in characters. */
const maxMessage = 2000
const maxStack = 8000

/** A record but for its number. */
export type Recorded = Omit<CallRecord, 'seq'>

/** What watches choose calls by. */
export type Seen = Pick<CallRecord, 'session' | 'referent' | 'typeid' | 'method' | 'durationMs' | 'outcome'>

/** @param referent undefined for a call of nothing */
export function seenOf(call: IncomingCall, referent: Referent | undefined, thrown: Thrown | undefined): Seen {
  return {
    session: call.session.id,
    referent: referent?.id ?? call.request.to,
    typeid: referent?.type.typeid ?? call.typeid,
    method: methodOf(call.request),
    durationMs: performance.now() - call.sinceMs,
    outcome: call.isCancelled ? 'cancelled' : thrown === undefined ? 'result' : 'error',
  }
}

/** What is told of a call that has been answered. */
export function recordOf(
  seen: Seen,
  call: IncomingCall,
  referent: Referent | undefined,
  thrown: Thrown | undefined,
  showsStacks: boolean,
): Recorded {
  const { sinceMs, enteredMs, traceparent } = call
  const { callId, callers } = call.traced
  const [name] = referent?.names ?? []
  const waitedMs = call.isWaiting ? seen.durationMs : enteredMs === 0 ? undefined : enteredMs - sinceMs
  return {
    ...seen,
    typeid: cut(seen.typeid, maxName),
    method: cut(seen.method, maxName),
    startMs: performance.timeOrigin + sinceMs,
    ...(name === undefined ? {} : { name: cut(name, maxName) }),
    ...(waitedMs === undefined ? {} : { waitedMs }),
    ...(thrown === undefined ? {} : { error: errorOf(thrown.error, showsStacks) }),
    ...(callId === undefined ? {} : { callId }),
    ...(callers.length === 0 ? {} : { callers }),
    ...(traceparent === undefined ? {} : { traceparent }),
  }
}

/** Whether all is true of the call that the filter says. */
export function isWanted(seen: Seen, filter: CallFilter): boolean {
  const { typeid, method, session, referent, slowerThanMs = -1, errors = false } = filter
  return (
    (typeid === undefined || typeid === seen.typeid) &&
    (method === undefined || method === seen.method) &&
    (session === undefined || session === seen.session) &&
    (referent === undefined || referent === seen.referent) &&
    seen.durationMs > slowerThanMs &&
    (!errors || seen.outcome === 'error')
  )
}

/** Errors of the program's own may throw when they are read. */
function errorOf(error: unknown, showsStacks: boolean): NonNullable<CallRecord['error']> {
  try {
    if (typeof error !== 'object' || error === null || !isError(error))
      return { name: typeof error, message: cut(textOf(error), maxMessage) }
    const { name, message, stack } = error as Error
    const code: unknown = Reflect.get(error, 'code')
    return {
      name: cut(textOf(name), maxName),
      ...(code === undefined ? {} : { code: cut(textOf(code), maxName) }),
      message: cut(textOf(message), maxMessage),
      ...(showsStacks && typeof stack === 'string' ? { stack: cut(stack, maxStack) } : {}),
    }
  } catch {
    return { name: 'Error', message: 'it threw when it was read' }
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : shown(value)
}
