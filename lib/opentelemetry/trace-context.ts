import {
  context,
  type Context,
  createTraceState,
  isSpanContextValid,
  ROOT_CONTEXT,
  type SpanContext,
  trace,
} from '@opentelemetry/api'
import { currentCall } from '../call-context.ts'
import type { TraceContext, TracedCall } from '../tracing.ts'

/*
 * W3C trace context, which is what calls carry, whatever propagator the program uses for others:
 * https://www.w3.org/TR/trace-context/#traceparent-header
 */

const form = /^(?!ff)([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:$|-)/

/**
 * What the span of a call has for its parent. At the caller, the active span, or where there is none, that of the call that the
 * running code belongs to; at the callee, that of the caller.
 */
export function parentOf(call: TracedCall): Context {
  if (call.side === 'caller') {
    const active = context.active()
    return trace.getSpanContext(active) === undefined ? withRemote(active, currentCall()) : active
  }
  // Functions run in the context that they were passed in. In others it is that of whatever opened the connection.
  return withRemote(call.typeid === 'Function' ? context.active() : ROOT_CONTEXT, call)
}

/** Has the call carry the span on. */
export function carry(span: SpanContext, call: TracedCall): void {
  if (!isSpanContextValid(span)) return
  const { traceId, spanId, traceFlags, traceState } = span
  call.traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
  const tracestate = traceState?.serialize() ?? ''
  call.tracestate = tracestate === '' ? undefined : tracestate
}

function withRemote(base: Context, carried: TraceContext | undefined): Context {
  const { traceparent = '', tracestate } = carried ?? {}
  const [, version, traceId = '', spanId = '', flags = ''] = form.exec(traceparent) ?? []
  if (version === '00' && traceparent.length !== 55) return base
  const span: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & 1,
    isRemote: true,
    ...(tracestate === undefined ? {} : { traceState: createTraceState(tracestate) }),
  }
  return isSpanContextValid(span) ? trace.setSpanContext(base, span) : base
}
