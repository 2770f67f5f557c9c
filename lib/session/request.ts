import type { ChainId } from '../call-context.ts'
import type { ManagerError } from '../errors.ts'
import type { TraceContext } from '../tracing.ts'
import type { CallId, CancelMessage, RequestHead, TargetId } from '../wire/message.ts'
import { type PassedSignal, withoutSignal } from './passed-signal.ts'

/** A request to the other side, with its values. */
export type Request =
  | {
      readonly kind: 'call'
      readonly to: TargetId
      readonly method: string
      readonly args: readonly unknown[]
      /** The index of the argument that had the caller's signal in it. */
      readonly signalAt?: number
      /** Whether a caller that aborts waits for the answer all the same. */
      readonly awaited?: boolean
    }
  | { readonly kind: 'get'; readonly to: TargetId; readonly property: string }
  | { readonly kind: 'assign'; readonly to: TargetId; readonly properties: Readonly<Record<string, unknown>> }
  | { readonly kind: 'snapshot'; readonly to: TargetId }

/** The call without the signal among its arguments, which belongs to its options. */
export function liftSignal(request: Request & { readonly kind: 'call' }, passed: PassedSignal): Request {
  return { ...request, args: withoutSignal(request.args, passed), signalAt: passed.at }
}

/** The name of the member, for messages to people. */
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

/** Returns the message of a request, without its body. */
export function headOf(
  request: Request,
  id: CallId,
  chain: ChainId | undefined,
  timeoutMs: number,
  trace: TraceContext | undefined,
): RequestHead {
  const head = requestHead(request, id)
  // A request inside a call belongs to the chain of that call.
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

/** Returns the message that cancels a call. */
export function cancelOf(id: CallId, { code }: ManagerError): CancelMessage {
  return code === 'TIMEOUT' ? { kind: 'cancel', id, timedOut: true } : { kind: 'cancel', id }
}
