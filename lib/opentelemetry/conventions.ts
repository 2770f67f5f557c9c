import { type Attributes, type SpanStatus, SpanStatusCode } from '@opentelemetry/api'
import { isManagerError } from '../errors.ts'
import type { TracedCall } from '../tracing.ts'

/*
 * OpenTelemetry's semantic conventions for RPC, 1.45.0: https://opentelemetry.io/docs/specs/semconv/rpc/
 */

/** In seconds. Those of the conventions begin with 0.005, in which most calls here have long been answered. */
export const durationBoundaries = [
  ...[0.0001, 0.00025, 0.0005, 0.001, 0.0025],
  ...[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
] as const

/** Longer names are cut: a peer may ask for any. */
const maxMethod = 256
/** So are longer messages of errors. */
const maxMessage = 1024

/** What a call is for, as `Counter/increment`: of a function `Function`, of the server itself `server/create`. */
export function methodOf({ typeid = 'server', method }: TracedCall): string {
  return (method === '' ? typeid : `${typeid}/${method}`).slice(0, maxMethod)
}

/** What spans and measured durations both have. */
export function calledMethod(method: string): Attributes {
  return { 'rpc.system.name': 'referent', 'rpc.method': method }
}

/** What is known of a call when it begins. */
export function attributesOf(call: TracedCall, method: string): Attributes {
  return {
    ...calledMethod(method),
    ...serverOf(call.address),
    'referent.session': call.session,
    'referent.peer.pid': call.pid,
  }
}

/** Where the server listens: the path of a socket, or a host with its port; nothing of a server that only threads reach. */
function serverOf(address = ''): Attributes {
  const [, local, path = ''] = /^(unix|pipe):(.+)$/s.exec(address) ?? []
  if (local !== undefined) return { 'server.address': path, 'network.transport': local }
  const [, host, port] = /^\w+:\/\/(\[[^\]]*\]|[^:/]*):(\d+)/.exec(address) ?? []
  if (host === undefined) return {}
  return { 'server.address': host.replaceAll(/[[\]]/g, ''), 'server.port': Number(port), 'network.transport': 'tcp' }
}

/** The code of a `ManagerError`, else the name of the error, where that is a name: a peer may have sent any text. */
export function errorTypeOf(error: unknown): string {
  const type = codeOf(error) ?? textOf(() => (error instanceof Error ? error.name : undefined)) ?? ''
  return /^[\w$.]{1,64}$/.test(type) ? type : '_OTHER'
}

/** The status of a call that failed. */
export function failureOf(error: unknown): SpanStatus {
  const code = SpanStatusCode.ERROR
  const message = textOf(() => (error instanceof Error ? error.message : undefined))
  return message === undefined ? { code } : { code, message: message.slice(0, maxMessage) }
}

/** Whether somebody asked for what isn't there: by its name, of which there is no end. */
export function isUnrecognized({ side, typeid, error }: TracedCall): boolean {
  if (side === 'caller') return false
  const code = codeOf(error)
  return code === 'NOT_EXPOSED' || (typeid === undefined && (code === 'REFERENT_GONE' || code === 'FORBIDDEN'))
}

function codeOf(error: unknown): string | undefined {
  return textOf(() => (isManagerError(error) ? error.code : undefined))
}

/** A text of an error; undefined where it is none, as a peer's may be, or throws when it is read. */
function textOf(read: () => unknown): string | undefined {
  try {
    const text = read()
    return typeof text === 'string' ? text : undefined
  } catch {
    return undefined
  }
}
