import { type Attributes, context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { type DataPoint, type Histogram, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type Sampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { Exposed, Shared } from 'referent'
import { instrument } from 'referent/opentelemetry'

/** What was exported of a span. */
export interface SpanNote {
  readonly name: string
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  readonly parent: string | undefined
  readonly attributes: Attributes
  readonly status: { readonly code: number; readonly message?: string }
  readonly durationMs: number
}

export interface MetricNote {
  readonly name: string
  readonly unit: string
  readonly points: readonly { readonly attributes: Attributes; readonly value: number | Histogram }[]
}

class Collector extends MetricReader {
  protected async onForceFlush(): Promise<void> {}

  protected async onShutdown(): Promise<void> {}
}

/** OpenTelemetry's own SDK, which keeps what it exports. */
export class Sdk implements Disposable {
  readonly #exporter = new InMemorySpanExporter()
  readonly #reader = new Collector()
  readonly tracerProvider: BasicTracerProvider
  readonly meterProvider = new MeterProvider({ readers: [this.#reader] })

  /** Takes the place of the global one, and of its context manager. */
  constructor(sampler?: Sampler) {
    const spanProcessors = [new SimpleSpanProcessor(this.#exporter)]
    this.tracerProvider = new BasicTracerProvider({ spanProcessors, ...(sampler === undefined ? {} : { sampler }) })
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    trace.setGlobalTracerProvider(this.tracerProvider)
  }

  instrument(): Disposable {
    const { tracerProvider, meterProvider } = this
    return instrument({ tracerProvider, meterProvider })
  }

  /** The spans that have ended, those of which the name is given, in order. */
  spans(name?: string): SpanNote[] {
    const spans = this.#exporter.getFinishedSpans().filter((span) => (name ?? span.name) === span.name)
    return spans.map((span) => ({
      name: span.name,
      kind: span.kind,
      traceId: span.spanContext().traceId,
      spanId: span.spanContext().spanId,
      parent: span.parentSpanContext?.spanId,
      attributes: span.attributes,
      status: span.status,
      durationMs: span.duration[0] * 1000 + span.duration[1] / 1e6,
    }))
  }

  async metrics(): Promise<MetricNote[]> {
    const { resourceMetrics } = await this.#reader.collect()
    return resourceMetrics.scopeMetrics
      .flatMap(({ metrics }) => metrics)
      .map(({ descriptor: { name, unit }, dataPoints }) => ({
        name,
        unit,
        points: (dataPoints as DataPoint<number | Histogram>[]).map(({ attributes, value }) => ({ attributes, value })),
      }))
  }

  [Symbol.dispose](): void {
    trace.disable()
    context.disable()
  }
}

let here: Sdk | undefined

/** An initializer: the server process is instrumented from now on. */
export function startSdk(): void {
  here = new Sdk()
  here.instrument()
}

/** The same, but no span is ever active there. */
export function startWithoutContext(): void {
  startSdk()
  context.disable()
}

/** Tells what its process has exported. */
@Shared()
export class Recorder {
  @Exposed
  spans(name?: string): SpanNote[] {
    return here?.spans(name) ?? []
  }

  @Exposed
  async metrics(): Promise<MetricNote[]> {
    return (await here?.metrics()) ?? []
  }
}
