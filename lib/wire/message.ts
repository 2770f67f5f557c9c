import { type Delivery, ManagerError } from '../errors.ts'
import { isTraceparent, isTracestate, type TraceContext } from '../tracing.ts'
import { maxChainCalls, maxChainLength, maxConfirmed, maxNameLength } from './limits.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

declare const brand: unique symbol
type Id<Name extends string> = number & { readonly [brand]: Name }

/** Numbers a request within its session, counted up by the side that makes it. */
export type CallId = Id<'call'>
/** Names what a request goes to, among all that its receiver serves to this session. 0 is the receiver itself. */
export type TargetId = Id<'target'>
/** What requests to a server itself go to: `create`, `attach`, `inspect`, ... */
export const serverTarget = 0 as TargetId
/** Numbers a stream within its session, counted up by the side that produces it. */
export type StreamId = Id<'stream'>

/** A value inside a message, still as the peer wrote it: the codec's to read and to check. */
interface Body {
  /** What is left of the message; nothing is left for `undefined`. */
  readonly body: Reader
}

/** What every request says: its number, where it goes, and for what; and where somebody traces calls, in which trace. */
interface Requesting extends TraceContext {
  readonly id: CallId
  readonly to: TargetId
  /** The chain of calls that the request is made for; none where it begins one, if any. */
  readonly chain?: string | undefined
  /** How many milliseconds the caller waits from when the request arrives; none where it sets no bound. */
  readonly timeoutMs?: number | undefined
}

/** Calls a method, or with an empty name a function; the body is the array of its arguments. */
export type CallMessage = Body &
  Requesting & {
    readonly kind: 'call'
    readonly method: string
    /** The argument, an object, that has the caller's signal as `signal`: the call's own takes its place. */
    readonly signalAt?: number | undefined
    /** Its caller waits for the answer even when its time is up. */
    readonly awaited?: boolean | undefined
    /** Of a function: the request of the receiver that it is called for, if it is for one. */
    readonly within?: CallId | undefined
  }
/** Reads a property. */
type GetMessage = Requesting & { readonly kind: 'get'; readonly property: string }
/** Writes properties; the body is an object of them. */
type AssignMessage = Body & Requesting & { readonly kind: 'assign' }
/** Asks for a copy of the referent's own state. */
type SnapshotMessage = Requesting & { readonly kind: 'snapshot' }
/** Any of the messages that await one `result` or `error` under their id. */
export type RequestMessage = CallMessage | GetMessage | AssignMessage | SnapshotMessage

export type ResultMessage = Body & {
  readonly kind: 'result'
  readonly id: CallId
  /** Whether the caller is to `confirm` that it has got it. */
  readonly confirm?: boolean | undefined
}
export type ErrorMessage = Body & {
  readonly kind: 'error'
  readonly id: CallId
  /** Whether the request may have run, where that isn't plain from its being answered. */
  readonly delivery?: Exclude<Delivery, 'done'> | undefined
  /** It ended as its caller had asked it to. */
  readonly ended?: boolean | undefined
}
/** The caller no longer waits; a result that comes all the same is dropped. */
export interface CancelMessage {
  readonly kind: 'cancel'
  readonly id: CallId
  /** Its time was up; otherwise its signal was aborted. */
  readonly timedOut?: boolean | undefined
  /** It would have the call end, and still waits for the answer. */
  readonly awaited?: boolean | undefined
}
/** The caller has got these results, and goes on with them. */
interface ConfirmMessage {
  readonly kind: 'confirm'
  readonly ids: readonly CallId[]
}
/** Gives back so many references to a target as were received. */
interface ReleaseMessage {
  readonly kind: 'release'
  readonly to: TargetId
  readonly count: number
}
/** Keeps a target alive for the length of a lease, while a reference to it travels outside the session. */
interface PinMessage {
  readonly kind: 'pin'
  readonly to: TargetId
}
/** Allows the producer of a stream so many items more. */
export interface PullMessage {
  readonly kind: 'pull'
  readonly stream: StreamId
  readonly credit: number
}
export type ItemMessage = Body & { readonly kind: 'item'; readonly stream: StreamId }
/** The stream ended; the body is what the generator returned. */
export type EndMessage = Body & { readonly kind: 'end'; readonly stream: StreamId }
/** The stream failed; the body is what the generator threw. */
export type FailMessage = Body & { readonly kind: 'fail'; readonly stream: StreamId }
/** The consumer wants no more: the producer runs its `finally`, then answers with `end` or `fail`. */
export interface StopMessage {
  readonly kind: 'stop'
  readonly stream: StreamId
}
/** Asks for a sign of life: the peer answers with `pong`. */
interface PingMessage {
  readonly kind: 'ping'
}
interface PongMessage {
  readonly kind: 'pong'
}
/** The sender ends for good: it isn't worth trying to reach it again. */
interface GoodbyeMessage {
  readonly kind: 'goodbye'
}
/** All that crosses an authenticated session. */
export type Message =
  | RequestMessage
  | ResultMessage
  | ErrorMessage
  | CancelMessage
  | ConfirmMessage
  | ReleaseMessage
  | PinMessage
  | PullMessage
  | ItemMessage
  | EndMessage
  | FailMessage
  | StopMessage
  | PingMessage
  | PongMessage
  | GoodbyeMessage

/** A message without its body. */
export type MessageHead = Message extends infer M ? (M extends Body ? Omit<M, keyof Body> : M) : never

/** A request without its body. */
export type RequestHead = Extract<MessageHead, Requesting>

/** A result without its body. */
export type ResultHead = Extract<MessageHead, { readonly kind: 'result' }>

/** An error without its body. */
export type ErrorHead = Extract<MessageHead, { readonly kind: 'error' }>

type CallHead = Omit<CallMessage, keyof Body>

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
  return { kind: 'error', id: idIn(reader, 'error'), delivery, ended: (flags & ofError.ended) !== 0, body: reader }
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
