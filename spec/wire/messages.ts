import type { CallId, CallMessage, Message, MessageHead, StreamId, TargetId } from '../../lib/wire/message.ts'
import { readMessage, writeHead } from '../../lib/wire/message-form.ts'
import { Reader } from '../../lib/wire/reader.ts'
import { Writer } from '../../lib/wire/writer.ts'

const id = 7 as CallId
const to = 3 as TargetId
const stream = 5 as StreamId

/** One message of each kind, without a body; the first is a call. */
export const messages: readonly [Omit<CallMessage, 'body'>, ...MessageHead[]] = [
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

/** Which of them have a body. */
export const bodied: readonly Message['kind'][] = ['call', 'assign', 'result', 'error', 'item', 'end', 'fail']

/** The bytes of a message, whose body is `body`. */
export function bytesOf(head: MessageHead, body: readonly number[] = []): Buffer {
  const writer = new Writer()
  writeHead(writer, head)
  return Buffer.concat([writer.bytes.subarray(0, writer.position), Buffer.from(body)])
}

/** The message that bytes are, without what it says of fields that it doesn't have; its body as a list of numbers. */
export function messageOf(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const entries = Object.entries(readMessage(new Reader(bytes))).filter(
    ([, value]) => value !== undefined && value !== false,
  )
  return Object.fromEntries(entries.map(([name, value]) => [name, value instanceof Reader ? rest(value) : value]))
}

function rest({ bytes, position, end }: Reader): number[] {
  return [...bytes.subarray(position, end)]
}
