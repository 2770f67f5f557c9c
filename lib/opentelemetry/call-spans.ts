import {
  type Attributes,
  type Context,
  context,
  type Histogram,
  type Meter,
  type Span,
  SpanKind,
  trace,
  type Tracer,
} from '@opentelemetry/api'
import type { TracedCall } from '../tracing.ts'
import {
  attributesOf,
  calledMethod,
  durationBoundaries,
  errorTypeOf,
  failureOf,
  isUnrecognized,
  methodOf,
} from './conventions.ts'
import { carry, parentOf } from './trace-context.ts'

interface Running {
  readonly span: Span
  readonly own: Context
  readonly method: string
  readonly startMs: number
}

/** Makes a span of each call, from `start` to its answer, and measures how long that takes. */
export class CallSpans {
  readonly #tracer: Tracer
  readonly #durations: { readonly [Side in TracedCall['side']]: Histogram }
  readonly #running = new Map<TracedCall, Running>()

  constructor(tracer: Tracer, meter: Meter) {
    this.#tracer = tracer
    const durations = (name: string, description: string): Histogram =>
      meter.createHistogram(name, {
        description,
        unit: 's',
        advice: { explicitBucketBoundaries: [...durationBoundaries] },
      })
    this.#durations = {
      caller: durations('rpc.client.call.duration', 'How long the calls took that this process made.'),
      callee: durations('rpc.server.call.duration', 'How long the calls took that this process carried out.'),
    }
  }

  /** Subscribes to `start`. */
  readonly start = (message: unknown): void => {
    const call = message as TracedCall
    const method = methodOf(call)
    const parent = parentOf(call)
    const kind = call.side === 'caller' ? SpanKind.CLIENT : SpanKind.SERVER
    const span = this.#tracer.startSpan(method, { kind, attributes: attributesOf(call, method) }, parent)
    const own = trace.setSpan(parent, span)
    carry(span.spanContext(), call)
    if (call.side === 'callee') call.within = (body) => context.with(own, body)
    this.#running.set(call, { span, own, method, startMs: performance.now() })
  }

  /** Subscribes to `end`. */
  readonly end = (message: unknown): void => {
    const call = message as TracedCall
    if (call.isAsync !== true) this.#finish(call)
  }

  /** Subscribes to `asyncEnd`. */
  readonly asyncEnd = (message: unknown): void => this.#finish(message as TracedCall)

  /** Ends all spans that haven't ended. */
  stop(): void {
    for (const { span } of this.#running.values()) span.end()
    this.#running.clear()
  }

  #finish(call: TracedCall): void {
    const running = this.#running.get(call)
    // It has begun before anybody listened.
    if (running === undefined) return
    this.#running.delete(call)
    const { span, own, startMs } = running
    const measured: Attributes = { ...calledMethod(running.method) }
    if ('error' in call) {
      const { error } = call
      measured['error.type'] = errorTypeOf(error)
      if (isUnrecognized(call)) Object.assign(measured, calledMethod('_OTHER'))
      if (measured['rpc.method'] !== running.method) {
        span.updateName('_OTHER')
        span.setAttribute('rpc.method_original', running.method)
      }
      span.setAttributes(measured)
      span.setStatus(failureOf(error))
    }
    const seconds = (performance.now() - startMs) / 1000
    span.end()
    this.#durations[call.side].record(seconds, measured, own)
  }
}
