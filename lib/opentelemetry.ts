/**
 * Spans and metrics of calls and sessions for OpenTelemetry, of which `@opentelemetry/api` has to be installed.
 *
 * @module referent/opentelemetry
 */
import { metrics, type MeterProvider, trace, type TracerProvider } from '@opentelemetry/api'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { assertOptions, type Check, type Checks, mustBe } from './options.ts'
import { processWide } from './process-wide.ts'
import { CallSpans } from './opentelemetry/call-spans.ts'
import { OpenSessions } from './opentelemetry/open-sessions.ts'

/** What `instrument` takes. */
export interface InstrumentOptions {
  /** What makes the spans; OpenTelemetry's global one unless given. */
  readonly tracerProvider?: TracerProvider
  /** What makes the metrics; OpenTelemetry's global one, of the time when `instrument` is called, unless given. */
  readonly meterProvider?: MeterProvider
}

const scope = 'referent'
/** That of the semantic conventions that names and attributes are of. */
const schemaUrl = 'https://opentelemetry.io/schemas/1.45.0'

/** Another copy of this package in the process publishes on the same channels. */
const instrumented = processWide('instrumented', () => ({ isOn: false }))

/**
 * From now on, each call that this process makes or carries out has a span, client and server, in one trace with those of the
 * other processes that do so; durations of calls are measured, and sessions counted. Call it in each process, when the SDK has
 * been started.
 * @returns what ends that: spans of calls without an answer end, and nothing stays behind
 * @throws TypeError for an unknown option, or of a wrong type; Error where this process is instrumented already
 */
export function instrument(options?: InstrumentOptions): Disposable {
  assertOptions('instrument', options, checks)
  if (instrumented.isOn)
    throw new Error(
      'this process is instrumented already; dispose of what instrument() returned before you call it again',
    )
  const tracer = (options?.tracerProvider ?? trace).getTracer(scope, undefined, { schemaUrl })
  const meter = (options?.meterProvider ?? metrics).getMeter(scope, undefined, { schemaUrl })
  const calls = new CallSpans(tracer, meter)
  const sessions = new OpenSessions(meter)
  const subscribers: readonly (readonly [string, (message: unknown) => void])[] = [
    ['tracing:referent:call:start', calls.start],
    ['tracing:referent:call:end', calls.end],
    ['tracing:referent:call:asyncEnd', calls.asyncEnd],
    ['referent:session', sessions.changed],
  ]
  for (const [channel, subscriber] of subscribers) subscribe(channel, subscriber)
  instrumented.isOn = true
  let isOver = false
  return {
    [Symbol.dispose]() {
      if (isOver) return
      isOver = true
      instrumented.isOn = false
      for (const [channel, subscriber] of subscribers) unsubscribe(channel, subscriber)
      calls.stop()
      sessions.stop()
    },
  }
}

function isProviderOf(method: 'getTracer' | 'getMeter'): Check {
  return (name, value) => {
    if (typeof (value as { readonly [name: string]: unknown } | null)?.[method] !== 'function')
      throw mustBe(name, value, `an object with ${method}`)
  }
}

const checks: Checks<InstrumentOptions> = {
  tracerProvider: isProviderOf('getTracer'),
  meterProvider: isProviderOf('getMeter'),
}
