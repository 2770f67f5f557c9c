import { tracingChannel } from './platform/node.ts'

/** A request, as one of its two sides sees it: what subscribers of the tracing channel `referent:call` are given. */
export interface TracedCall {
  readonly side: 'caller' | 'callee'
  readonly kind: 'call' | 'get' | 'assign' | 'snapshot'
  /** Undefined where the request is for the server itself, or for nothing that its caller holds. */
  readonly typeid: string | undefined
  /** The method or property; the operation, where the request is for the server itself. Else the kind. */
  readonly method: string
  /** The session that the request goes by. */
  readonly session: string
  /** The process at the other end of the session. */
  readonly pid: number
  /** Where the server of the session listens; undefined where nobody can connect to it. */
  readonly address: string | undefined
  /** Numbers the request among those of its caller in the session; undefined until it is sent. */
  id: number | undefined
  /**
   * W3C trace context (https://www.w3.org/TR/trace-context/). At the caller, what a subscriber sets by the end of
   * `start` goes with the request; where none does, that of the call it is made for, from then on. At the callee, what it
   * sets is what `currentCall()` has, and what the calls carry that are made for this one.
   */
  traceparent: string | undefined
  tracestate: string | undefined
  /**
   * At the callee, a subscriber may set it by the end of `start`: it runs what runs for the call, which is the method, when its
   * turn comes, and each step of a generator. It has to run `body` once, at once, and to return what that returns.
   */
  within?: (<T>(body: () => T) => T) | undefined
  /** Whether what it gives comes after `end`: then `asyncStart` and `asyncEnd` follow. */
  isAsync?: true
  /** What it gave, once it has; not where the request is for the server itself. */
  result?: unknown
  /** What it threw, if it did. */
  error?: unknown
}

const channel = tracingChannel<TracedCall>('referent:call')

/** Whether anybody listens. */
export function isCallTraced(): boolean {
  return channel.hasSubscribers
}

/**
 * Runs `body` and publishes what comes of it, as `traceSync` does where it is there at once, and as `tracePromise`
 * does for a promise. Returns that promise itself, so that its caller waits no longer than without.
 */
export function traceCall<T>(call: TracedCall, body: () => T): T {
  return channel.start.runStores(call, () => {
    try {
      const outcome = body()
      if (outcome instanceof Promise) watch(call, outcome)
      else keep(call, outcome)
      return outcome
    } catch (error) {
      fail(call, error)
      throw error
    } finally {
      channel.end.publish(call)
    }
  })
}

function watch(call: TracedCall, outcome: Promise<unknown>): void {
  call.isAsync = true
  const end = (): void => {
    channel.asyncStart.publish(call)
    channel.asyncEnd.publish(call)
  }
  outcome.then(
    (result) => {
      keep(call, result)
      end()
    },
    (error: unknown) => {
      fail(call, error)
      end()
    },
  )
}

/** The answers of a server itself are no business of others: they may be what it is made of. */
function keep(call: TracedCall, result: unknown): void {
  if (call.typeid !== undefined) call.result = result
}

function fail(call: TracedCall, error: unknown): void {
  call.error = error
  channel.error.publish(call)
}

/** W3C trace context, as requests carry it: https://www.w3.org/TR/trace-context/ */
export interface TraceContext {
  readonly traceparent?: string | undefined
  /** Means nothing without a `traceparent`. */
  readonly tracestate?: string | undefined
}

/** The one of today has 55 characters; those of later versions may have more. */
const maxTraceparent = 128
/** Participants must be able to carry 512 characters at least. */
const maxTracestate = 4096

/** Whether it may travel; what it means is for tracers to know. */
export function isTraceparent(value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxTraceparent
}

/** Like `isTraceparent`. */
export function isTracestate(value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxTracestate
}
