import type { Member } from '../decorators/member.ts'
import type { HostedType } from '../host/hosted-type.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import type { Request } from '../session/outgoing-calls.ts'
import { StreamReader } from '../session/incoming-stream.ts'
import type { TargetId } from '../wire/message.ts'
import type { ImportEntry } from './import-entry.ts'
import { proxyStateOf } from './proxy.ts'
import type { RemoteType } from './remote-type.ts'

/** The type of a hosted proxy: requests to it go on to what it is a proxy of. */
export function forwardedType({ shape, members }: RemoteType): HostedType {
  const { kind, typeid, iterator, properties } = shape
  return { kind, typeid, members, hosting: { iterator, properties }, forward }
}

/**
 * Hands a request on to the side that hosts what `proxy` is a proxy of, and that checks it. When its caller no longer
 * waits, that side is told.
 * @throws (as a rejection) what a call of the proxy throws
 */
async function forward(proxy: object, call: IncomingCall): Promise<unknown> {
  const entry = proxyStateOf(proxy)?.entry
  const result = await entry?.request(requestTo(entry.id, call), { signal: call.signal })
  if (result instanceof StreamReader && calledMember(entry, call)?.stepwise === true) result.takeNoneAhead()
  return result
}

function calledMember(entry: ImportEntry | undefined, { request }: IncomingCall): Member | undefined {
  return request.kind === 'call' ? entry?.type.members.get(request.method) : undefined
}

function requestTo(to: TargetId, call: IncomingCall): Request {
  const { request } = call
  switch (request.kind) {
    case 'call':
      return { kind: 'call', to, method: request.method, args: call.args(), awaited: request.awaited === true }
    case 'get':
      return { kind: 'get', to, property: request.property }
    case 'assign':
      return { kind: 'assign', to, properties: call.properties() }
    case 'snapshot':
      return { kind: 'snapshot', to }
  }
}
