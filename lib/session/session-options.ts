import { assertOptions, type Checks, isNumber, isTime } from '../options.ts'
import { longestTimerMs } from '../deadline.ts'
import { type Limits, withLimits } from '../wire/limits.ts'

export const defaultIntervalMs = 5000
const defaultResumeMs = 10_000

/** In less time hardly another connection is made. */
const leastResumeMs = 1000

/** How much of the other side either one holds, where the options don't say. */
export const defaultReferences = 1_000_000

/** How one side of a session treats the other. */
export interface SessionOptions {
  /** The longest message, in bytes: at least 4096, default 256 MiB. Both sides of a session should have the same. */
  readonly maxFrameBytes?: number
  /**
   * The most bytes that a message may have beside its byte arrays, with an object or list for each 16 of them: at least
   * 4096. It bounds how long a message of the other side keeps this one from all else: a tenth of a second for each
   * mebibyte at worst. Default: 16 MiB; for what a server takes of sessions that were opened by a reference, 1 MiB. A
   * server tells its clients what it takes.
   */
  readonly maxTextBytes?: number
  /** How long calls wait that say nothing of it, in milliseconds; then they reject with `TIMEOUT`. Default 0: no bound. */
  readonly callTimeoutMs?: number
  /**
   * How many calls of one session may be without an answer at a time, each way. Those beyond reject with `OVERLOADED`;
   * they have not run. Default 65,536.
   */
  readonly maxPendingCalls?: number
  /**
   * While more bytes than that wait for the other side to read them, calls of it reject with `OVERLOADED`. Default
   * 64 MiB.
   */
  readonly maxQueuedBytes?: number
  /**
   * How much each side of a session may hold of the other, at least 1: objects, functions and streams, each counted once however often
   * it was handed over, until it is given back. A call that would hand over more rejects with `OVERLOADED`, and nothing of it is
   * held. Default 1,000,000.
   */
  readonly maxReferences?: number
  readonly heartbeat?: HeartbeatOptions
  /**
   * How long a session that was lost, or whose server ended in order, is tried to be opened anew, in milliseconds; calls
   * wait for that meanwhile. A server tells its clients, who may choose otherwise. Default: 30,000 where the server is
   * started anew when it fails (`restart`), and only then, else 0: it stays lost.
   */
  readonly reconnectMs?: number
  /**
   * How long a session over a network outlives the loss of its connection, in milliseconds: the client makes another one
   * meanwhile, by which all goes on where it was. The shorter time of both sides counts. 0: not at all; else at least 1000.
   * Default 10,000 for servers, and for clients what the server has.
   */
  readonly resumeMs?: number
}

/**
 * How a peer is found out that is frozen or cut off: it is asked for a sign of life, and after some without an answer
 * the session is lost. A peer that computes without end is slow, not dead: see docs/guide.md.
 */
export interface HeartbeatOptions {
  /** How often, in milliseconds. Default 5000; 0: never. */
  readonly intervalMs?: number
  /** After so many in a row without an answer the session is lost. Default 3. */
  readonly missed?: number
}

const heartbeatChecks: Checks<HeartbeatOptions> = { intervalMs: isTime, missed: isNumber }

/** For the option bags that have these; `sessionSettings` checks the ranges. */
export const sessionChecks: Checks<SessionOptions> = {
  maxFrameBytes: isNumber,
  maxTextBytes: isNumber,
  callTimeoutMs: isNumber,
  maxPendingCalls: isNumber,
  maxQueuedBytes: isNumber,
  maxReferences: isNumber,
  heartbeat: (name, value) => assertOptions(name, value, heartbeatChecks),
  reconnectMs: isNumber,
  resumeMs: isNumber,
}

/** All of `SessionOptions`, settled. */
export interface SessionSettings extends Required<
  Omit<SessionOptions, 'maxFrameBytes' | 'maxTextBytes' | 'heartbeat'>
> {
  /** What this side takes of the peer. */
  readonly limits: Limits
  /** What the peer takes of this side. */
  readonly peerLimits: Limits
  readonly heartbeat: Required<HeartbeatOptions>
  /** For how long the peer must hear nothing of this side before it gives the session up; Infinity: it never does. */
  readonly peerPatienceMs: number
}

/** What the other side of a session has of its own. */
export type PeerOptions = Pick<SessionOptions, 'heartbeat' | 'maxTextBytes'>

/**
 * @param peer what the other side has, where that may be something else
 * @throws RangeError for what can't be, naming the option
 */
export function sessionSettings(options: SessionOptions = {}, peer: PeerOptions = options): SessionSettings {
  const { callTimeoutMs = 0, maxPendingCalls = 65_536, maxQueuedBytes = 64 * 1024 * 1024 } = options
  const { maxReferences = defaultReferences, reconnectMs = 0, resumeMs = defaultResumeMs } = options
  const { intervalMs = defaultIntervalMs, missed = 3 } = options.heartbeat ?? {}
  return {
    limits: withLimits(options),
    peerLimits: withLimits({ maxFrameBytes: options.maxFrameBytes, maxTextBytes: peer.maxTextBytes }),
    callTimeoutMs: inRange('callTimeoutMs', callTimeoutMs, 0, longestTimerMs),
    maxPendingCalls: inRange('maxPendingCalls', maxPendingCalls, 1, Infinity),
    maxQueuedBytes: inRange('maxQueuedBytes', maxQueuedBytes, 1, Infinity),
    maxReferences: inRange('maxReferences', maxReferences, 1, Infinity),
    reconnectMs: inRange('reconnectMs', reconnectMs, 0, longestTimerMs),
    resumeMs: checkedResumeMs(resumeMs),
    heartbeat: {
      intervalMs: inRange('heartbeat.intervalMs', intervalMs, 0, longestTimerMs),
      missed: inRange('heartbeat.missed', Math.trunc(missed), 1, longestTimerMs),
    },
    peerPatienceMs: patienceOf(peer.heartbeat),
  }
}

/** @throws RangeError */
function checkedResumeMs(resumeMs: number): number {
  return resumeMs === 0 ? 0 : inRange('resumeMs', resumeMs, leastResumeMs, longestTimerMs)
}

/** What the system and the network may have of a session at a time: what they have taken isn't read yet. */
const mostOnTheWayBytes = 32 * 1024 * 1024

/** How much a session that outlives its connections keeps of what the other side hasn't said to have read. */
export function keptBytesOf({ maxQueuedBytes }: SessionSettings): number {
  return maxQueuedBytes + mostOnTheWayBytes
}

/** Those of a session that either side gives up when it has been without a connection for so long. */
export function resumableSettings(settings: SessionSettings, resumeMs: number): SessionSettings {
  return { ...settings, peerPatienceMs: Math.min(settings.peerPatienceMs, resumeMs) }
}

function patienceOf({ intervalMs = defaultIntervalMs, missed = 3 }: HeartbeatOptions = {}): number {
  return intervalMs === 0 ? Infinity : intervalMs * Math.trunc(missed)
}

function inRange(name: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value
  throw new RangeError(
    `${name} is ${value}; it must be ${most === Infinity ? `at least ${least}` : `from ${least} to ${most}`}`,
  )
}
