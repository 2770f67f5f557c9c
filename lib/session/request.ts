import type { ChainId } from '../call-context.ts'
import type { ManagerError } from '../errors.ts'
import type { TraceContext } from '../tracing.ts'
import type { CallId, CancelMessage, RequestHead, TargetId } from '../wire/message.ts'
import { passedSignal, withOwn, withoutSignal } from './passed-signal.ts'
import type { CallOptions } from './wait.ts'

/** What this side asks of the other. */
export type Request =
  | {
      readonly kind: 'call'
      readonly to: TargetId
      readonly method: string
      readonly args: readonly unknown[]
      /** Which argument had the caller's signal in it. */
      readonly signalAt?: number
      /** Whether the caller that gives up waits for the answer all the same. */
      readonly awaited?: boolean
    }
  | { readonly kind: 'get'; readonly to: TargetId; readonly property: string }
  | { readonly kind: 'assign'; readonly to: TargetId; readonly properties: Readonly<Record<string, unknown>> }
  | { readonly kind: 'snapshot'; readonly to: TargetId }

/** What is asked for, without the signal that was among the arguments: that is the call's own. */
export function liftSignal(
  request: Request & { readonly kind: 'call' },
  options: CallOptions | undefined,
): [Request, CallOptions | undefined] {
  const passed = passedSignal(request.args)
  if (passed === undefined) return [request, options]
  return [
    { ...request, args: withoutSignal(request.args, passed), signalAt: passed.at },
    { ...options, signal: withOwn(options?.signal, passed) },
  ]
}

/** What is asked for, for messages to people. */
export function nameOf(request: Request): string {
  switch (request.kind) {
    case 'call':
      return request.method === '' ? 'a function' : request.method
    case 'get':
      return request.property
    case 'assign':
      return Object.keys(request.properties).join(', ')
    case 'snapshot':
      return 'snapshot'
  }
}

/** The message of a request, without its body. */
export function headOf(
  request: Request,
  id: CallId,
  chain: ChainId | undefined,
  timeoutMs: number,
  trace: TraceContext | undefined,
): RequestHead {
  const head = requestHead(request, id)
  // What is asked for inside a call belongs to that call's chain.
  const chained = chain === undefined ? head : { ...head, chain }
  const timed = timeoutMs > 0 ? { ...chained, timeoutMs: Math.ceil(timeoutMs) } : chained
  return trace?.traceparent === undefined ? timed : { ...timed, ...traceFields(trace) }
}

function traceFields({ traceparent, tracestate }: TraceContext): TraceContext {
  return tracestate === undefined ? { traceparent } : { traceparent, tracestate }
}

function requestHead(request: Request, id: CallId): RequestHead {
  switch (request.kind) {
    case 'call':
      return callHead(request, id)
    case 'get':
      return { kind: 'get', id, to: request.to, property: request.property }
    case 'assign':
      return { kind: 'assign', id, to: request.to }
    case 'snapshot':
      return { kind: 'snapshot', id, to: request.to }
  }
}

function callHead({ to, method, signalAt, awaited }: Request & { readonly kind: 'call' }, id: CallId): RequestHead {
  const head = { kind: 'call', id, to, method } as const
  const signalled = signalAt === undefined ? head : { ...head, signalAt }
  return awaited === true ? { ...signalled, awaited } : signalled
}

/** The message by which a caller says why it no longer waits. */
export function cancelOf(id: CallId, { code }: ManagerError): CancelMessage {
  return code === 'TIMEOUT' ? { kind: 'cancel', id, timedOut: true } : { kind: 'cancel', id }
}
