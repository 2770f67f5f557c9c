import {
  assertOptions,
  type Check,
  type Checks,
  isAnything,
  isArray,
  isNumber,
  isOneOf,
  isSignal,
  isText,
  isTime,
  isWhole,
  mustBe,
  pick,
} from '../options.ts'
import { inspectorChecks, type InspectorOptions } from '../inspector/inspector-options.ts'
import { isProxy } from '../proxy/operations.ts'
import { childChecks } from '../process/child.ts'
import { sessionChecks, type SessionOptions } from '../session/session-options.ts'
import { callChecks, type CallOptions } from '../session/wait.ts'
import { servingChecks, type ServingOptions } from '../server/server.ts'
import { type DialingOptions, dialingChecks } from '../transport/network-options.ts'
import type { ResourceLimits } from 'node:worker_threads'
import type { ServerHost } from './server-runtime.ts'
import type { RestartPolicy } from './supervisor.ts'

/**
 * Texts are taken as UTF-8 bytes. A file is read once, when the manager is made: all of it but a line end at its end, at most
 * 4096 bytes. It must be this user's, and nobody else may be able to read or write it (`chmod 600`), or root's, who may let a
 * group read it (`chmod 440`); Windows has no such modes. What can't be taken is refused with `AUTH_FAILED`.
 */
export type AuthKeyInput = string | Uint8Array | { readonly bytes: Uint8Array } | { readonly file: string }

export interface ManagerOptions extends ServingOptions {
  /** The secret that opens everything of this manager. Without it, 32 random bytes: the manager's `authkey`. */
  readonly authkey?: AuthKeyInput
  /**
   * Where the server listens: `unix:/path`, or `pipe:name` on Windows; `tls://host:port` for other machines, with the port 0 for
   * a free one, or `tcp://host:port`, which isn't encrypted; `wss://host:port` or `ws://host:port` for browsers too;
   * `thread:` for the threads of this process alone, without a socket; of several servers all addresses, with commas between them.
   * Without it, fresh places only this user can reach.
   */
  readonly address?: string
  /**
   * Serves a page by which people look at the server, for this machine alone, at a port of 127.0.0.1, and prints a link to it on
   * the error output: `manager.inspector`. The link is a secret, and opens once. For `start` and `serve`. Default false.
   */
  readonly inspector?: boolean | InspectorOptions
}

export interface StartOptions {
  /**
   * What the server runs in: a `process` of its own, or a `thread` of this program, which starts sooner, and ends with the
   * program at once, however that ends. What these options say of a process holds for a thread. Default `process`.
   */
  readonly host?: ServerHost
  /** What a server thread may use, as for `new Worker` of Node: one that needs more memory fails. Only with `host: 'thread'`. */
  readonly resourceLimits?: ResourceLimits
  /**
   * How many server processes there are, each with a part of what the manager creates: so many processors can compute for it
   * at a time. All other options hold for each of them. Default 1.
   */
  readonly servers?: number
  /**
   * Runs once in the server process before `start` resolves: an exported function, as for `Process`.
   * `multiprocessing.managers.BaseManager.start(initializer, initargs)` in Python.
   */
  readonly initializer?: (...args: never[]) => unknown
  readonly initializerArgs?: readonly unknown[]
  /** How long the server process may take to be ready, in milliseconds. Default 30,000; 0 for no bound. */
  readonly timeoutMs?: number
  /** Aborts the start: it rejects with `ABORTED` when the server process has ended. */
  readonly signal?: AbortSignal
  /**
   * `on-failure`: a server process that was killed, or that ended with an exit code other than 0, is started anew at the
   * same address, after pauses that grow to five seconds; after ten times in a row it is given up. One that gives this
   * manager's heartbeats no sign of life is killed first. Sessions are opened anew (`reconnectMs`). Referents of before
   * answer `REFERENT_GONE`, but what this manager's `named` made is made again. Default `never`.
   */
  readonly restart?: RestartPolicy
  /** Flags for Node in the server process. Without them, this process's own that make sense there. */
  readonly execArgv?: readonly string[]
  /** Environment variables for the server process, beside those of this process. */
  readonly env?: Readonly<Record<string, string>>
}

/** For `create`, and the creators of a manager. */
export interface CreateOptions extends CallOptions {
  /**
   * The server that makes it: its index, from 0, or a proxy of what it shall be beside. Without it, the one of whose referents
   * this program holds the fewest, of those that can be reached.
   */
  readonly on?: number | object
}

export interface ConnectOptions extends CallOptions, SessionOptions, DialingOptions {
  /** The `authkey` of the manager at that address. */
  readonly authkey: AuthKeyInput
}

const isInspector: Check = (name, value) => {
  if (typeof value !== 'boolean') assertOptions(name, value, inspectorChecks)
}

export const managerChecks: Checks<ManagerOptions> = {
  ...servingChecks,
  authkey: isAnything,
  address: isText,
  inspector: isInspector,
}

const isPlace: Check = (name, value) => {
  if (typeof value === 'number') isWhole(0)(name, value)
  else if (!isProxy(value)) throw mustBe(name, value, 'the index of a server, or a proxy of what is there')
}

export const createChecks: Checks<CreateOptions> = { ...callChecks, on: isPlace }

const limitChecks: Checks<ResourceLimits> = {
  maxYoungGenerationSizeMb: isNumber,
  maxOldGenerationSizeMb: isNumber,
  codeRangeSizeMb: isNumber,
  stackSizeMb: isNumber,
}

export const startChecks: Checks<StartOptions> = {
  host: isOneOf('process', 'thread'),
  resourceLimits: (name, value) => assertOptions(name, value, limitChecks),
  servers: isWhole(1),
  initializer: isAnything,
  initializerArgs: isArray,
  timeoutMs: isTime,
  signal: isSignal,
  restart: isOneOf('never', 'on-failure'),
  ...childChecks,
}

const connectChecks: Checks<ConnectOptions> = {
  ...sessionChecks,
  ...callChecks,
  ...dialingChecks,
  authkey: isAnything,
}

/** What of the options of `Manager.start` is for the manager, and what for its start. @throws TypeError */
export function splitStartOptions(options: ManagerOptions & StartOptions): [ManagerOptions, StartOptions] {
  assertOptions('Manager.start', options, { ...managerChecks, ...startChecks })
  return [pick(options, managerChecks), pick(options, startChecks)]
}

/** What of the options of `Manager.connect` is for the manager. @throws TypeError */
export function managerOptionsOf(address: string, options: ConnectOptions): ManagerOptions {
  isText('the address to connect to', address)
  assertOptions('Manager.connect', options, connectChecks)
  if (options?.authkey === undefined)
    throw new TypeError(
      'Manager.connect needs the authkey of the manager at the address, as in { authkey: manager.authkey }',
    )
  return { ...pick(options, managerChecks), address }
}
