import { ManagerError } from '../errors.ts'
import { isTraceparent, isTracestate } from '../tracing.ts'
import { maxChainCalls, maxChainLength, maxConfirmed, maxNameLength } from './limits.ts'
import type {
  AssignMessage,
  CallHead,
  CallId,
  CallMessage,
  CancelMessage,
  ErrorHead,
  ErrorMessage,
  GetMessage,
  Message,
  MessageHead,
  ReleaseMessage,
  Requesting,
  ResultMessage,
  SnapshotMessage,
  StreamId,
  TargetId,
} from './message.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/** The first byte of a message. */
const code = {
  call: 1,
  get: 2,
  assign: 3,
  snapshot: 4,
  result: 5,
  error: 6,
  cancel: 7,
  confirm: 8,
  release: 9,
  pin: 10,
  pull: 11,
  item: 12,
  end: 13,
  fail: 14,
  stop: 15,
  ping: 16,
  pong: 17,
  goodbye: 18,
} as const satisfies Record<Message['kind'], number>

/** What the flags of a request say: which fields it has, and of a call whether its caller waits in any case. */
const has = { signalAt: 1, within: 2, chain: 4, timeoutMs: 8, traceparent: 16, tracestate: 32, awaited: 64 } as const
const ofRequest = has.chain | has.timeoutMs | has.traceparent | has.tracestate
const ofCall = ofRequest | has.signalAt | has.within | has.awaited

const ofResult = { confirm: 1 } as const
const ofError = { notSent: 1, unknown: 2, ended: 4 } as const
const ofCancel = { timedOut: 1, awaited: 2 } as const

/**
 * Writes a message without its body, which is to follow. Where it has one and none follows, that is `undefined`.
 * @throws ManagerError `FRAME_TOO_LARGE`, as the writer does
 */
export function writeHead(writer: Writer, head: MessageHead): void {
  writer.byte(code[head.kind])
  switch (head.kind) {
    case 'call':
      return writeCall(writer, head)
    case 'get':
      writeRequest(writer, head, flagsOf(head))
      writer.text(head.property)
      return writeAsked(writer, head)
    case 'assign':
    case 'snapshot':
      writeRequest(writer, head, flagsOf(head))
      return writeAsked(writer, head)
    case 'result':
      writer.byte(head.confirm === true ? ofResult.confirm : 0)
      return writer.varint(head.id)
    case 'error':
      writer.byte(flagsOfError(head))
      return writer.varint(head.id)
    case 'cancel':
      writer.byte((head.timedOut === true ? ofCancel.timedOut : 0) | (head.awaited === true ? ofCancel.awaited : 0))
      return writer.varint(head.id)
    case 'confirm':
      writer.varint(head.ids.length)
      for (const id of head.ids) writer.varint(id)
      return
    case 'release':
      writer.varint(head.to)
      return writer.varint(head.count)
    case 'pin':
      return writer.varint(head.to)
    case 'pull':
      writer.varint(head.stream)
      return writer.varint(head.credit)
    case 'item':
    case 'end':
    case 'fail':
    case 'stop':
      return writer.varint(head.stream)
    case 'ping':
    case 'pong':
    case 'goodbye':
  }
}

function writeCall(writer: Writer, head: CallHead): void {
  const { signalAt, within, awaited } = head
  const signal = signalAt === undefined ? 0 : has.signalAt
  const outer = within === undefined ? 0 : has.within
  writeRequest(writer, head, flagsOf(head) | signal | outer | (awaited === true ? has.awaited : 0))
  writer.text(head.method)
  if (signalAt !== undefined) writer.varint(signalAt)
  if (within !== undefined) writer.varint(within)
  writeAsked(writer, head)
}

function flagsOf({ chain, timeoutMs, traceparent, tracestate }: Requesting): number {
  return (
    (chain === undefined ? 0 : has.chain) |
    (timeoutMs === undefined ? 0 : has.timeoutMs) |
    (traceparent === undefined ? 0 : has.traceparent) |
    (tracestate === undefined ? 0 : has.tracestate)
  )
}

function writeRequest(writer: Writer, { id, to }: Requesting, flags: number): void {
  writer.byte(flags)
  writer.varint(id)
  writer.varint(to)
}

function writeAsked(writer: Writer, { chain, timeoutMs, traceparent, tracestate }: Requesting): void {
  if (chain !== undefined) writer.text(chain)
  if (timeoutMs !== undefined) writer.varint(timeoutMs)
  if (traceparent !== undefined) writer.text(traceparent)
  if (tracestate !== undefined) writer.text(tracestate)
}

function flagsOfError({ delivery, ended }: ErrorHead): number {
  const ran = delivery === undefined ? 0 : delivery === 'not-sent' ? ofError.notSent : ofError.unknown
  return ended === true ? ran | ofError.ended : ran
}

/**
 * The one door for what a peer sends: past it, a message has the form its type says. Its body is what the reader has left, and
 * is the codec's to check.
 * @throws ManagerError `PROTOCOL`, naming the field
 */
export function readMessage(reader: Reader): Message {
  switch (reader.isAtEnd ? 0 : reader.byte()) {
    case code.call:
      return readCall(reader)
    case code.get:
      return whole(reader, readGet(reader))
    case code.assign:
      return readAssign(reader)
    case code.snapshot:
      return whole(reader, readSnapshot(reader))
    case code.result:
      return readResult(reader)
    case code.error:
      return readError(reader)
    case code.cancel:
      return whole(reader, readCancel(reader))
    case code.confirm:
      return whole(reader, { kind: 'confirm', ids: idsIn(reader) })
    case code.release:
      return whole(reader, readRelease(reader))
    case code.pin:
      return whole(reader, { kind: 'pin', to: targetIn(reader, 'pin') })
    case code.pull:
      return whole(reader, {
        kind: 'pull',
        stream: streamIn(reader, 'pull'),
        credit: numberIn(reader, 'pull', 'credit'),
      })
    case code.item:
      return { kind: 'item', stream: streamIn(reader, 'item'), body: reader }
    case code.end:
      return { kind: 'end', stream: streamIn(reader, 'end'), body: reader }
    case code.fail:
      return { kind: 'fail', stream: streamIn(reader, 'fail'), body: reader }
    case code.stop:
      return whole(reader, { kind: 'stop', stream: streamIn(reader, 'stop') })
    case code.ping:
      return whole(reader, { kind: 'ping' })
    case code.pong:
      return whole(reader, { kind: 'pong' })
    case code.goodbye:
      return whole(reader, { kind: 'goodbye' })
    default:
      throw new ManagerError('PROTOCOL', 'the peer sent a message of no known kind')
  }
}

// Each kind has the same fields in the same order, present or not, which keeps whoever reads them fast.

function readCall(reader: Reader): CallMessage {
  const flags = flagsIn(reader, 'call', ofCall)
  return {
    kind: 'call',
    id: idIn(reader, 'call'),
    to: targetIn(reader, 'call'),
    method: nameIn(reader, 'call', 'method'),
    signalAt: (flags & has.signalAt) === 0 ? undefined : numberIn(reader, 'call', 'signalAt'),
    within: (flags & has.within) === 0 ? undefined : (numberIn(reader, 'call', 'within') as CallId),
    chain: chainIn(reader, 'call', flags),
    timeoutMs: timeoutIn(reader, 'call', flags),
    traceparent: traceparentIn(reader, 'call', flags),
    tracestate: tracestateIn(reader, 'call', flags),
    awaited: (flags & has.awaited) !== 0,
    body: reader,
  }
}

function readGet(reader: Reader): GetMessage {
  const flags = flagsIn(reader, 'get', ofRequest)
  return {
    kind: 'get',
    id: idIn(reader, 'get'),
    to: targetIn(reader, 'get'),
    property: nameIn(reader, 'get', 'property'),
    chain: chainIn(reader, 'get', flags),
    timeoutMs: timeoutIn(reader, 'get', flags),
    traceparent: traceparentIn(reader, 'get', flags),
    tracestate: tracestateIn(reader, 'get', flags),
  }
}

function readAssign(reader: Reader): AssignMessage {
  const flags = flagsIn(reader, 'assign', ofRequest)
  return {
    kind: 'assign',
    id: idIn(reader, 'assign'),
    to: targetIn(reader, 'assign'),
    chain: chainIn(reader, 'assign', flags),
    timeoutMs: timeoutIn(reader, 'assign', flags),
    traceparent: traceparentIn(reader, 'assign', flags),
    tracestate: tracestateIn(reader, 'assign', flags),
    body: reader,
  }
}

function readSnapshot(reader: Reader): SnapshotMessage {
  const flags = flagsIn(reader, 'snapshot', ofRequest)
  return {
    kind: 'snapshot',
    id: idIn(reader, 'snapshot'),
    to: targetIn(reader, 'snapshot'),
    chain: chainIn(reader, 'snapshot', flags),
    timeoutMs: timeoutIn(reader, 'snapshot', flags),
    traceparent: traceparentIn(reader, 'snapshot', flags),
    tracestate: tracestateIn(reader, 'snapshot', flags),
  }
}

function readResult(reader: Reader): ResultMessage {
  const flags = flagsIn(reader, 'result', ofResult.confirm)
  return { kind: 'result', id: idIn(reader, 'result'), confirm: flags !== 0, body: reader }
}

function readError(reader: Reader): ErrorMessage {
  const flags = flagsIn(reader, 'error', ofError.notSent | ofError.unknown | ofError.ended)
  const delivery = deliveryIn(flags)
  return {
    kind: 'error',
    id: idIn(reader, 'error'),
    delivery,
    ended: (flags & ofError.ended) !== 0,
    body: reader,
  }
}

function deliveryIn(flags: number): ErrorMessage['delivery'] {
  switch (flags & (ofError.notSent | ofError.unknown)) {
    case 0:
      return undefined
    case ofError.notSent:
      return 'not-sent'
    case ofError.unknown:
      return 'unknown'
    default:
      throw improper('error', 'delivery')
  }
}

function readCancel(reader: Reader): CancelMessage {
  const flags = flagsIn(reader, 'cancel', ofCancel.timedOut | ofCancel.awaited)
  return {
    kind: 'cancel',
    id: idIn(reader, 'cancel'),
    timedOut: (flags & ofCancel.timedOut) !== 0,
    awaited: (flags & ofCancel.awaited) !== 0,
  }
}

function readRelease(reader: Reader): ReleaseMessage {
  const to = targetIn(reader, 'release')
  const count = numberIn(reader, 'release', 'count')
  if (count === 0) throw improper('release', 'count')
  return { kind: 'release', to, count }
}

/** A message that has no body, and so nothing after its fields. */
function whole<M extends Message>(reader: Reader, message: M): M {
  if (reader.isAtEnd) return message
  throw new ManagerError('PROTOCOL', `the peer sent a '${message.kind}' message with more than its fields`)
}

type Kind = Message['kind']

function flagsIn(reader: Reader, kind: Kind, known: number): number {
  const flags = reader.isAtEnd ? -1 : reader.byte()
  if ((flags & ~known) !== 0) throw improper(kind, 'flags')
  return flags
}

function numberIn(reader: Reader, kind: Kind, field: string): number {
  try {
    return reader.varint()
  } catch (cause) {
    throw improper(kind, field, cause)
  }
}

function idIn(reader: Reader, kind: Kind): CallId {
  return numberIn(reader, kind, 'id') as CallId
}

function targetIn(reader: Reader, kind: Kind): TargetId {
  return numberIn(reader, kind, 'to') as TargetId
}

function streamIn(reader: Reader, kind: Kind): StreamId {
  return numberIn(reader, kind, 'stream') as StreamId
}

function textIn(reader: Reader, kind: Kind, field: string): string {
  try {
    return reader.name()
  } catch (cause) {
    throw improper(kind, field, cause)
  }
}

function nameIn(reader: Reader, kind: Kind, field: 'method' | 'property'): string {
  const name = textIn(reader, kind, field)
  if (name.length > maxNameLength) throw improper(kind, field)
  return name
}

function chainIn(reader: Reader, kind: Kind, flags: number): string | undefined {
  if ((flags & has.chain) === 0) return undefined
  const chain = textIn(reader, kind, 'chain')
  if (chain.length > maxChainLength || chain.split(' ').length > maxChainCalls) throw improper(kind, 'chain')
  return chain
}

function timeoutIn(reader: Reader, kind: Kind, flags: number): number | undefined {
  return (flags & has.timeoutMs) === 0 ? undefined : numberIn(reader, kind, 'timeoutMs')
}

function traceparentIn(reader: Reader, kind: Kind, flags: number): string | undefined {
  if ((flags & has.traceparent) === 0) return undefined
  const parent = textIn(reader, kind, 'traceparent')
  if (!isTraceparent(parent)) throw improper(kind, 'traceparent')
  return parent
}

function tracestateIn(reader: Reader, kind: Kind, flags: number): string | undefined {
  if ((flags & has.tracestate) === 0) return undefined
  const state = textIn(reader, kind, 'tracestate')
  if (!isTracestate(state)) throw improper(kind, 'tracestate')
  return state
}

function idsIn(reader: Reader): CallId[] {
  const count = numberIn(reader, 'confirm', 'ids')
  if (count > maxConfirmed) throw improper('confirm', 'ids')
  const ids: CallId[] = []
  while (ids.length < count) ids.push(numberIn(reader, 'confirm', 'ids') as CallId)
  return ids
}

function improper(kind: Kind, field: string, cause?: unknown): ManagerError {
  const message = `the peer sent a '${kind}' message without a proper '${field}'`
  return new ManagerError('PROTOCOL', message, cause === undefined ? {} : { cause })
}
