import type { Delivery } from '../errors.ts'
import type { TraceContext } from '../tracing.ts'
import type { Reader } from './reader.ts'

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
export interface Requesting extends TraceContext {
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
export type GetMessage = Requesting & { readonly kind: 'get'; readonly property: string }
/** Writes properties; the body is an object of them. */
export type AssignMessage = Body & Requesting & { readonly kind: 'assign' }
/** Asks for a copy of the referent's own state. */
export type SnapshotMessage = Requesting & { readonly kind: 'snapshot' }
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
export interface ReleaseMessage {
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

export type CallHead = Omit<CallMessage, keyof Body>
