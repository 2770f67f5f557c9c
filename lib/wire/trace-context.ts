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

/** As `isTraceparent`. */
export function isTracestate(value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxTracestate
}
