import { type Delivery, ManagerError } from '../errors.ts'
import { maxChainCalls, maxChainLength, maxConfirmed, maxNameLength } from './limits.ts'
import { isTraceparent, isTracestate, type TraceContext } from '../tracing.ts'

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

/** A value inside a message: plain JSON in `value`, or anything richer in `graph`. Neither means `undefined`. */
export interface Body {
  readonly value?: unknown
  readonly graph?: unknown
}

/** What every request says: its number, where it goes, and for what; and where somebody traces calls, in which trace. */
interface Requesting extends TraceContext {
  readonly id: CallId
  readonly to: TargetId
  /** The chain of calls that the request is made for; none where it begins one, if any. */
  readonly chain?: string
  /** How many milliseconds the caller waits from when the request arrives; none where it sets no bound. */
  readonly timeoutMs?: number
}

/** Calls a method, or with an empty name a function; the body is the array of its arguments. */
export type CallMessage = Body &
  Requesting & {
    readonly kind: 'call'
    readonly method: string
    /** The argument, an object, that has the caller's signal as `signal`: the call's own takes its place. */
    readonly signalAt?: number
    /** Its caller waits for the answer even when its time is up. */
    readonly awaited?: boolean
    /** Of a function: the request of the receiver that it is called for, if it is for one. */
    readonly within?: CallId
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
  readonly confirm?: boolean
}
export type ErrorMessage = Body & {
  readonly kind: 'error'
  readonly id: CallId
  /** Whether the request may have run, where that isn't plain from its being answered. */
  readonly delivery?: Exclude<Delivery, 'done'>
  /** It ended as its caller had asked it to. */
  readonly ended?: boolean
}
/** The caller no longer waits; a result that comes all the same is dropped. */
export interface CancelMessage {
  readonly kind: 'cancel'
  readonly id: CallId
  /** Its time was up; otherwise its signal was aborted. */
  readonly timedOut?: boolean
  /** It would have the call end, and still waits for the answer. */
  readonly awaited?: boolean
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

type Fields = Readonly<Record<string, unknown>>

/** The name of the field that isn't what it must be, if that is the case. */
type Check = (fields: Fields) => string | undefined

// One function for each field, so that each reads its own by name: that is several times as fast as by a variable.
const id: Check = (fields) => (isCount(fields['id']) ? undefined : 'id')
const ids: Check = ({ ids: given }) =>
  Array.isArray(given) && given.length <= maxConfirmed && given.every(isCount) ? undefined : 'ids'
const to: Check = (fields) => (isCount(fields['to']) ? undefined : 'to')
const count: Check = ({ count: given }) => (isCount(given) && given !== 0 ? undefined : 'count')
const stream: Check = (fields) => (isCount(fields['stream']) ? undefined : 'stream')
const credit: Check = (fields) => (isCount(fields['credit']) ? undefined : 'credit')
const method: Check = (fields) => (isName(fields['method']) ? undefined : 'method')
const property: Check = (fields) => (isName(fields['property']) ? undefined : 'property')
const timeoutMs: Check = ({ timeoutMs: given }) => (given === undefined || isCount(given) ? undefined : 'timeoutMs')
const timedOut: Check = ({ timedOut: given }) =>
  given === undefined || typeof given === 'boolean' ? undefined : 'timedOut'
const awaited: Check = ({ awaited: given }) =>
  given === undefined || typeof given === 'boolean' ? undefined : 'awaited'
const confirm: Check = ({ confirm: given }) =>
  given === undefined || typeof given === 'boolean' ? undefined : 'confirm'
const signalAt: Check = ({ signalAt: given }) => (given === undefined || isCount(given) ? undefined : 'signalAt')
const within: Check = ({ within: given }) => (given === undefined || isCount(given) ? undefined : 'within')
const delivery: Check = ({ delivery: given }) =>
  given === undefined || given === 'not-sent' || given === 'unknown' ? undefined : 'delivery'
const ended: Check = ({ ended: given }) => (given === undefined || typeof given === 'boolean' ? undefined : 'ended')
const chain: Check = ({ chain: given }) => (given === undefined || isChain(given) ? undefined : 'chain')

const traceparent: Check = ({ traceparent: given }) =>
  given === undefined || isTraceparent(given) ? undefined : 'traceparent'
const tracestate: Check = ({ tracestate: given }) =>
  given === undefined || isTracestate(given) ? undefined : 'tracestate'
const asked = [chain, timeoutMs, traceparent, tracestate]

const checks: Readonly<Record<Message['kind'], readonly Check[]>> = {
  call: [id, to, method, signalAt, awaited, within, ...asked],
  get: [id, to, property, ...asked],
  assign: [id, to, ...asked],
  snapshot: [id, to, ...asked],
  result: [id, confirm],
  error: [id, delivery, ended],
  cancel: [id, timedOut, awaited],
  confirm: [ids],
  release: [to, count],
  pin: [to],
  pull: [stream, credit],
  item: [stream],
  end: [stream],
  fail: [stream],
  stop: [stream],
  ping: [],
  pong: [],
  goodbye: [],
}
const checksOf = new Map<unknown, readonly Check[]>(Object.entries(checks))

/**
 * The one door for what a peer sends: past it, a message has the form its type says. The value inside its body is
 * still the peer's, and is the codec's to check.
 * @throws ManagerError `PROTOCOL`, naming the field
 */
export function parseMessage(json: unknown): Message {
  const checksOfKind = isRecord(json) ? checksOf.get(json['kind']) : undefined
  if (!isRecord(json) || checksOfKind === undefined)
    throw new ManagerError('PROTOCOL', 'the peer sent a message of no known kind')
  for (const check of checksOfKind) {
    const wrong = check(json)
    if (wrong === undefined) continue
    throw new ManagerError('PROTOCOL', `the peer sent a '${String(json['kind'])}' message without a proper '${wrong}'`)
  }
  return json as unknown as Message
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value.length <= maxNameLength
}

function isChain(value: unknown): boolean {
  return typeof value === 'string' && value.length <= maxChainLength && value.split(' ').length <= maxChainCalls
}

export function isRecord(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

/** A message without its body. */
export type MessageHead = Message extends infer M ? (M extends Body ? Omit<M, keyof Body> : M) : never

/** A request without its body. */
export type RequestHead = Extract<MessageHead, Requesting>

/** A result without its body. */
export type ResultHead = Extract<MessageHead, { readonly kind: 'result' }>

/** An error without its body. */
export type ErrorHead = Extract<MessageHead, { readonly kind: 'error' }>

/** A message as text; `body` is the members of its body, as the codec writes them. */
export function messageText(head: MessageHead, body = ''): string {
  const text = headText(head)
  return body === '' ? `{${text}}` : `{${text},${body}}`
}

/** The members of a head. Those of a call's way are put together by hand: `JSON.stringify` takes three times as long. */
function headText(head: MessageHead): string {
  switch (head.kind) {
    case 'call':
      return `"kind":"call","id":${head.id},"to":${head.to},"method":${quoted(head.method)}${callText(head)}${optionsText(head)}`
    case 'result':
      return head.confirm === true
        ? `"kind":"result","id":${head.id},"confirm":true`
        : `"kind":"result","id":${head.id}`
    case 'item':
      return `"kind":"item","stream":${head.stream}`
    default:
      return JSON.stringify(head).slice(1, -1)
  }
}

function callText({ signalAt: at, awaited: isAwaited, within: outer }: Omit<CallMessage, keyof Body>): string {
  const signal = at === undefined ? '' : `,"signalAt":${at}`
  const signalled = isAwaited === true ? `${signal},"awaited":true` : signal
  return outer === undefined ? signalled : `${signalled},"within":${outer}`
}

function optionsText(head: Requesting): string {
  const chained = head.chain === undefined ? '' : `,"chain":${JSON.stringify(head.chain)}`
  const timed = head.timeoutMs === undefined ? chained : `${chained},"timeoutMs":${head.timeoutMs}`
  return head.traceparent === undefined ? timed : timed + traceText(head)
}

function traceText({ traceparent: parent, tracestate: state }: TraceContext): string {
  const text = `,"traceparent":${JSON.stringify(parent)}`
  return state === undefined ? text : `${text},"tracestate":${JSON.stringify(state)}`
}

function quoted(name: string): string {
  return /^[\w$]*$/.test(name) ? `"${name}"` : JSON.stringify(name)
}
