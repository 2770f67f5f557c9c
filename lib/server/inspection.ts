import type { Referent } from '../host/referent.ts'
import type { State } from '../inspected.ts'
import { type Checks, isBoolean, isText, isWhole } from '../options.ts'
import { callChecks, type CallOptions } from '../session/wait.ts'

/** What `inspect` shows. */
export interface InspectOptions extends CallOptions {
  /** How many referents, sessions, pending calls and typeids are listed at most, each. Default 1000; at most 10,000. */
  readonly limit?: number
  /**
   * Of the referents, only those whose typeid, one of whose names, or whose id contains this text, in upper or lower case. A
   * server looks at 100,000 of them at most: where it has more, `truncated` says so.
   */
  readonly find?: string
  /**
   * Whether to tell what the server has to do: `load`. It measures that while somebody asks for it, and for 15 seconds more; so
   * the first one to ask sees nothing. Default false.
   */
  readonly load?: boolean
  /** The index of the only server to ask, where the manager has several: the others may be blocked. Default: all. */
  readonly server?: number
}

/** What a server holds at one moment, and what it does. It names no secret. Lists are cut at a limit: `truncated`. */
export interface ServerInspection {
  readonly serverId: string
  readonly pid: number
  /** The name of the machine. */
  readonly host: string
  /** For how long the server has been there, in milliseconds. */
  readonly uptimeMs: number
  /** Those that have names first; else the oldest first. */
  readonly referents: readonly ReferentInspection[]
  /** How many referents there are of each typeid, most first. */
  readonly types: readonly { readonly typeid: string; readonly count: number }[]
  readonly sessions: readonly SessionInspection[]
  /** Calls of referents that have no answer yet, those of each referent together; of the first that came first. */
  readonly pending: readonly PendingInspection[]
  readonly totals: ServerTotals
  /** Where it was asked for. */
  readonly load?: LoadInspection
  /** Whether there is more of anything than is listed, or was looked at. */
  readonly truncated: boolean
}

export interface ReferentInspection {
  readonly id: number
  readonly typeid: string
  /** For how long the server has hosted it, in milliseconds. */
  readonly ageMs: number
  /** How many sessions hold it; one that holds it narrowed counts for each way in which it was. */
  readonly references: number
  /** Leases of references that travel. */
  readonly pins: number
  /** How many calls of it have no answer yet. */
  readonly running: number
  /** How many of these wait for their turn, where it is `serial`. */
  readonly queued?: number
  /** The name that it was made under by `named`: the first, where a factory gave it under several. */
  readonly name?: string
}

export interface SessionInspection {
  readonly id: string
  readonly pid: number
  /** The address of the machine at its other end, where the session came by a network. */
  readonly host?: string
  /** Whether the authkey opened it, or a reference. */
  readonly authority: 'all' | 'granted'
  /** For how long it has been there, in milliseconds. */
  readonly ageMs: number
  /**
   * For how long nothing has come of it, though each heartbeat asks for a sign of life, in milliseconds, to a heartbeat; 0 where
   * something has since the last one, and where there are no heartbeats.
   */
  readonly quietMs: number
  /** How many referents it holds. */
  readonly holds: number
  /** How many streams are open, in either direction. */
  readonly streams: number
  /** How many of its requests have no answer yet. */
  readonly pending: number
  /** How many calls of referents it has made, and how many of these failed. */
  readonly calls: number
  readonly errors: number
}

/** The calls of one referent that have no answer yet. */
export interface PendingInspection {
  readonly id: number
  readonly typeid: string
  readonly name?: string
  readonly calls: readonly PendingCall[]
  /** Who has it, where it is a lock, semaphore or condition, a container that computes, or a queue with acknowledgements: the first twenty. */
  readonly holders?: readonly HolderInspection[]
}

/** A call of a referent that has no answer yet. */
export interface PendingCall {
  readonly session: string
  readonly method: string
  /** For how long it has been there, in milliseconds. */
  readonly ageMs: number
  /** Whether it waits for its turn, or for its arguments to be checked, and so has not run. */
  readonly isWaiting: boolean
}

/** One who has a lock or a permit, items of a queue, or keys of a container while their values are computed. */
export interface HolderInspection {
  readonly session: string
  /** For how long it has had it, in milliseconds; of items of a queue, the oldest. */
  readonly ageMs: number
  /** By which method it has it: `acquire`, `hold`, `run`; or what it has: `2 items`. */
  readonly what?: string
  /** What it has it for: the locks within whose `run` it was taken, the outermost first. */
  readonly within?: string
  /** The W3C trace context of the call by which it has it. */
  readonly traceparent?: string
}

/** What a server knows of one referent. Lists are cut at 1000: `truncated`. */
export interface ReferentDetail {
  readonly referent: ReferentInspection
  readonly names: readonly string[]
  /** The sessions that hold it: by how many references each, and each way in which it was narrowed counts as one. */
  readonly sessions: readonly { readonly session: string; readonly count: number }[]
  /** What of it is exposed. Properties that `properties: 'own'` opens aren't among them. */
  readonly members: readonly MemberInspection[]
  /** Whether its class shows a copy of its state: `snapshot`. */
  readonly canSnapshot: boolean
  /** How it stands, as it tells itself: of a queue how many items it has, of a lock how many wait. Ready-made types do. */
  readonly state?: State
  /** Who has it, as in `PendingInspection`. */
  readonly holders?: readonly HolderInspection[]
  /** Its calls that have no answer yet, as far as they are among the first 100,000 of the server. */
  readonly calls: readonly PendingCall[]
  readonly truncated: boolean
}

/** An exposed member. */
export interface MemberInspection {
  readonly name: string
  readonly kind: 'method' | 'property'
  /** Of a property: whether it can be assigned. */
  readonly isWritable?: boolean
  /** Of a method: whether it gives a stream. */
  readonly isStream?: boolean
}

/** What a server knows of one session. Lists are cut at 1000: `truncated`. */
export interface SessionDetail {
  readonly session: SessionInspection
  /** The referents that it holds: by how many references each, and once for each way in which one was narrowed. */
  readonly holds: readonly (NamedReferent & { readonly count: number })[]
  /** Its calls of referents that have no answer yet, the first that came first. */
  readonly calls: readonly (NamedReferent & Omit<PendingCall, 'session'>)[]
  readonly streams: readonly StreamInspection[]
  readonly truncated: boolean
}

/** Which referent it is. */
export interface NamedReferent {
  readonly id: number
  readonly typeid: string
  readonly name?: string
}

/** A stream that is open. */
export interface StreamInspection {
  /** `out` for one that the server produces, `in` for one that the session does. */
  readonly direction: 'out' | 'in'
  /** The generator that it comes from, if it comes from one of a referent. */
  readonly typeid?: string
  readonly method?: string
  /** How many items have gone by. */
  readonly items: number
  /** For how long it has been there, in milliseconds. */
  readonly ageMs: number
}

/** Which server of a manager, where it has several, and what bounds the call. */
export interface ServerChoice extends CallOptions {
  /** Its index. Default 0. */
  readonly server?: number
}

/** Counted since the server began. */
export interface ServerTotals {
  readonly referents: number
  readonly sessions: number
  /** Calls of referents, and how many of these failed. */
  readonly calls: number
  readonly errors: number
  /** Requests that have no answer yet. */
  readonly pending: number
}

/** What a server has to do. */
export interface LoadInspection {
  /**
   * Of the calls of referents that were answered in the last five to ten seconds: of each, while they are fewer than 1000; then of one
   * in 32. `count` is of how many.
   */
  readonly latency: { readonly count: number; readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number }
  /** How late timers were, in the same time: what somebody waits for whose call comes while others compute. */
  readonly eventLoopDelay: { readonly p99Ms: number; readonly maxMs: number }
  /** Processor time of the process since it began, in milliseconds. */
  readonly cpuMs: number
  readonly rssBytes: number
  readonly heapUsedBytes: number
}

export function named({ id, type: { typeid }, names }: Referent): NamedReferent {
  const [name] = names
  return { id, typeid, ...(name === undefined ? {} : { name }) }
}

export const defaultLimit = 1000
export const maxLimit = 10_000

export const inspectChecks: Checks<InspectOptions> = {
  ...callChecks,
  limit: isWhole(0),
  find: isText,
  load: isBoolean,
  server: isWhole(0),
}

export const choiceChecks: Checks<ServerChoice> = { ...callChecks, server: isWhole(0) }
