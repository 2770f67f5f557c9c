import { captureAll, ContextStorage, pid } from './platform/node.ts'
import { processWide } from './process-wide.ts'

/** The session that a call came by. One object for each session, for as long as it lives. */
export interface SessionPeer {
  readonly id: string
  /** The process at its other end. */
  readonly pid: number
  /** Aborts when the session is over: its other end closed it, died, or was lost. */
  readonly ended: AbortSignal
}

/** The remote call that the running code belongs to. */
export interface CurrentCall {
  /** A unique id of this call, across processes. Created when first asked for. */
  readonly id: string
  /**
   * The ids of the calls that this one is made for, the outermost first, as far as somebody asked for their ids before
   * it was made: a method that calls back to its caller finds its own id here when it is called from there.
   */
  readonly callers: readonly string[]
  /** The typeid of the referent. */
  readonly typeid: string
  /** The member that is called, read or assigned; `constructor` while a referent is made. */
  readonly method: string
  readonly session: SessionPeer
  /** Aborts when the caller no longer waits: it aborted, timed out, or is gone. */
  readonly signal: AbortSignal
  /** When the caller stops waiting, in milliseconds since 1970 by this process's clock; undefined: it has set no bound. */
  readonly deadline: number | undefined
  /**
   * Whether the caller has received the answer, so that a method can take back what it hands over. Asked for before the
   * method has a result, it makes the caller confirm that: it resolves with true when the caller has, and with false when
   * it never will, as it has given up, ended or lost its session, or the method threw. First asked for after the call was
   * answered, also by the end of the server, it resolves with false. Never rejects.
   */
  readonly delivered: Promise<boolean>
  /** Whether it was answered: code that still runs for it no longer contributes to the answer. */
  readonly isAnswered: boolean
  /** The W3C trace context of the call, if it has one; calls that the method makes pass it on. */
  readonly traceparent: string | undefined
  readonly tracestate: string | undefined
}

/**
 * The ids of the calls that a call is made for, in whatever processes, as far as they have ids: the outermost first,
 * separated by spaces.
 */
export type ChainId = string

export interface CallContext extends CurrentCall {
  /** Whether it was aborted, or its time is up. Its signal may abort a moment later. */
  readonly isAborted: boolean
  /** The reason of its signal; undefined where it isn't aborted. */
  readonly abortReason: Error | undefined
  /**
   * Calls `listener` once when it is aborted before its time is up; for whoever watches the time as well. It must not throw.
   * Lighter than the signal, which most methods never ask for.
   * @returns what stops it
   */
  onAbort(listener: (reason: Error) => void): () => void
  /** The milliseconds until the deadline, more than 0; undefined without one. */
  readonly remainingMs: number | undefined
  /** The link of the session by which its request came. */
  readonly link: object
  /** The id of its request in that session. */
  readonly requestId: number
  /** The chain for calls that this one makes: its own id included, where it has one or its referent is serial. */
  readonly chain: ChainId | undefined
  /** What a tracer has set to run all of it. */
  readonly within: CapturedContext | undefined
}

// Several copies of this package in one process share it: an object of one may be called through another.
const storage = processWide('call-context', () => new ContextStorage<CallContext | undefined>())

/** The call that this code runs for, also after an `await`; undefined outside of one. */
export function currentCall(): CurrentCall | undefined {
  return storage.getStore()
}

/** The session of code that runs for no call: all such code of this process. It never ends. */
const local: SessionPeer = { id: 'none', pid, ended: new AbortController().signal }

/**
 * The session that a call came by, which owns what the call takes; of `undefined`, one that stands for this process
 * itself: it never ends.
 */
export function sessionOf(call: CurrentCall | undefined): SessionPeer {
  return call?.session ?? local
}

/**
 * Whether the caller receives what this call hands over, like `CurrentCall.delivered`: where it is false, take that back.
 * Undefined where nothing is handed over: outside of a call, and in code that still runs after its call was answered.
 */
export function deliveryOf(call: CurrentCall | undefined): Promise<boolean> | undefined {
  return call === undefined || call.isAnswered ? undefined : call.delivered
}

/** Like `currentCall`, with what the calls of this code inherit from it. */
export function currentContext(): CallContext | undefined {
  return storage.getStore()
}

/** Runs `body` outside of any call: what several callers wait for must not end with the call of one. */
export function runOutsideCalls<T>(body: () => T): T {
  return storage.run(undefined, body)
}

/** Runs a body in the async context that it was captured in. */
export type CapturedContext = <T>(body: () => T) => T

/**
 * Captures the values of all `AsyncLocalStorage`s of the program, without the running call: what is kept for later
 * belongs to the call that uses it then, if any.
 */
export function captureContext(): CapturedContext {
  return runOutsideCalls(captureCall)
}

/** Like `captureContext`, with the running call: for what is done on its behalf later. */
export function captureCall(): CapturedContext {
  return captureAll()
}

/**
 * Runs `body` for the current call, but not within its bounds: calls that `body` makes go on when this one is aborted or
 * its time is up. `currentCall().signal` still tells of that. Like Python's `asyncio.shield`.
 */
export function shield<T>(body: () => T): T {
  const context = storage.getStore()
  if (context === undefined) return body()
  // A call that is aborted already bounds no calls that are made for it. All else is asked of the context itself, as its
  // getters have private state behind them.
  const shielded = new Proxy(context, {
    get: (target, name) => name === 'isAborted' || (Reflect.get(target, name) as unknown),
  })
  return storage.run(shielded, body)
}

/** Runs `body`, and all that it starts, as part of `call`. */
export function runInCall<T>(call: CallContext, body: () => T): T {
  const { within } = call
  return within === undefined ? storage.run(call, body) : within(() => storage.run(call, body))
}
