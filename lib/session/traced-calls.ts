import type { CallContext } from '../call-context.ts'
import { traceCall, type TracedCall, isTraceparent, isTracestate, type TraceContext } from '../tracing.ts'
import type { TargetId } from '../wire/message.ts'
import type { IncomingCall } from './incoming-call.ts'
import type { Role } from './role.ts'

/** A request that this side is about to make, as its tracers see it. */
export function outgoingTrace(role: Role, request: Asked & { readonly to: TargetId }): TracedCall {
  return {
    side: 'caller',
    kind: request.kind,
    ...role.describe('caller', request.to),
    method: methodOf(request),
    id: undefined,
    traceparent: undefined,
    tracestate: undefined,
  }
}

/** The trace context that a request goes with, which its tracers see from now on. */
export function carriedTrace(traced: TracedCall, context: CallContext | undefined): TraceContext {
  // What the peer would refuse stays here, rather than ending the session.
  const given: TraceContext | undefined = isTraceparent(traced.traceparent) ? traced : context
  const { traceparent, tracestate } = given ?? {}
  return Object.assign(traced, { traceparent, tracestate: isTracestate(tracestate) ? tracestate : undefined })
}

/** As `role.dispatch`, for the tracers of calls to see. */
export function dispatchTraced(role: Role, call: IncomingCall): unknown {
  const { kind, to, id, traceparent, tracestate } = call.request
  const seen = role.describe('callee', to)
  const traced: TracedCall = {
    side: 'callee',
    kind,
    ...seen,
    method: methodOf(call.request),
    id,
    traceparent,
    tracestate,
  }
  return traceCall(traced, () => {
    call.carry(carriedTrace(traced, call), traced.within)
    return role.dispatch(call)
  })
}

type Asked =
  | { readonly kind: 'call'; readonly method: string }
  | { readonly kind: 'get'; readonly property: string }
  | { readonly kind: 'assign' | 'snapshot' }

/** Alike on both sides: which properties are assigned is in the body, which may not be read just to look. */
export function methodOf(asked: Asked): string {
  switch (asked.kind) {
    case 'call':
      return asked.method
    case 'get':
      return asked.property
    case 'assign':
    case 'snapshot':
      return asked.kind
  }
}
