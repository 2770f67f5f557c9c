import type { CallId, CallMessage, MessageHead, StreamId, TargetId } from '../../lib/wire/message.ts'

const id = 7 as CallId
const to = 3 as TargetId
const stream = 5 as StreamId

/** One message of each kind, without a body; the first is a call. */
export const messages: readonly [Omit<CallMessage, 'value' | 'graph'>, ...MessageHead[]] = [
  { kind: 'call', id, to, method: 'increment' },
  { kind: 'get', id, to, property: 'count' },
  { kind: 'assign', id, to },
  { kind: 'snapshot', id, to },
  { kind: 'result', id },
  { kind: 'error', id },
  { kind: 'cancel', id },
  { kind: 'confirm', ids: [id] },
  { kind: 'release', to, count: 2 },
  { kind: 'pin', to },
  { kind: 'pull', stream, credit: 32 },
  { kind: 'item', stream },
  { kind: 'end', stream },
  { kind: 'fail', stream },
  { kind: 'stop', stream },
  { kind: 'ping' },
  { kind: 'pong' },
  { kind: 'goodbye' },
]
