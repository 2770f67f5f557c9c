import { type ChildProcess, fork, type ForkOptions } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { moduleUrl } from '../../spec/harness/module.ts'
import type { ValueName } from '../values.ts'

/** What a library's client can do, one member for each kind of row. A row isn't measured where its member is missing. */
export interface Operations<C> {
  /** A call of a method that adds a number to another and returns the sum. */
  call?(client: C): Promise<unknown>
  /** Makes an object on the other side, and lets go of it. */
  create?(client: C): Promise<unknown>
  /** Resolves with the value as it came back. */
  echo?(client: C, value: unknown): Promise<unknown>
  /** A call of a method that calls a function it is given, once. */
  callBack?(client: C): Promise<unknown>
  /** Resolves with how many items came. */
  stream?(client: C, items: number): Promise<number>
  /** Takes a lock that is free and releases it. */
  lock?(client: C): Promise<unknown>
  /** Puts an item and gets it. */
  queue?(client: C): Promise<unknown>
  /** Adds one to each of so many items, in two processes. */
  map?(client: C, items: number): Promise<unknown>
  /** The same with a task for each item. */
  tasks?(client: C, items: number): Promise<unknown>
  /** How many bytes one of the client's live objects takes on either side. */
  bytes?(client: C): Promise<{ referent: number; proxy: number }>
  /** Makes so many objects by so many sessions. The result calls each in turn. */
  among?(client: C, referents: number, sessions: number): Promise<() => Promise<unknown>>
  /** Has somebody look at the server from another process. The result is as `call`. */
  lookedAt?(client: C, looker: Looker | undefined): Promise<() => Promise<unknown>>
}

/** One who asks a server each second what it does, and one who watches all its calls besides. */
export type Looker = 'page' | 'tail'

/** What carries the messages of a row: a socket of this machine, or one of its networks that leads back to it. */
export type Over = 'unix' | 'tcp' | 'tls'

/** A library, with what of it is measured, in a program that measures nothing else. */
export interface Peer<C = unknown> extends Operations<C> {
  /** What has to be there, as a command that says so or brings it. */
  readonly needs?: string
  /** Imported before anything is measured. */
  readonly package?: string
  /** What `echo` brings back as it was. */
  readonly carries?: readonly ValueName[]
  /** Only its start is measured. */
  readonly onlyStarts?: boolean
  /** Whether `open` takes an address. */
  readonly takesClients?: boolean
  /** Whether `open` takes over what; else it is what the peer has. */
  readonly crossesNetworks?: boolean
  /** Bare exchanges of messages, so many at a time, without a promise for each; resolves with how many. */
  exchange?(client: C, sliceMs: number, inFlight: number, value: unknown): Promise<number>
  /** Starts the other side and connects to it, or to that at the address. */
  open(address?: string, over?: Over): Promise<Opened<C>>
}

export interface Opened<C> {
  readonly client: C
  /** For further clients of the same server. */
  readonly address?: string
  /** The processes on the other side; none where that is a thread. */
  pids(): readonly number[]
  close(): Promise<void>
}

/** A package of bench/package.json, with as much of its type as is used here: it may not be installed. */
export async function packageOf<T>(name: string): Promise<T> {
  return (await import(name)) as T
}

/** Where a server may listen; not by the library, which no other process here loads: it would start later for it. */
export async function freshPlace(): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  if (process.platform === 'win32') return { path: `\\\\.\\pipe\\bench-${randomUUID()}`, remove: async () => undefined }
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  return { path: join(folder, 's'), remove: () => rm(folder, { recursive: true }) }
}

/** A process of a peer's own whose module has a function `serve`, which is given `path`, where it may listen, and `args`. */
export interface ForkedServer {
  readonly process: ChildProcess
  /** What `serve` resolves with, or `path`. */
  readonly address: string
  readonly pids: () => readonly number[]
  readonly close: () => Promise<void>
}

/** @param module its name, below bench/peers */
export async function forkServer(
  module: string,
  args: string[] = [],
  options: ForkOptions = {},
): Promise<ForkedServer> {
  const { path, remove } = await freshPlace()
  const child = fork(serverMain(), [module, path, ...args], options)
  const [address] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [unknown]
  if (typeof address !== 'string') throw new Error(`the server process of ${module} ended`)
  return {
    process: child,
    address,
    pids: () => [child.pid ?? NaN],
    async close() {
      child.disconnect()
      await once(child, 'exit')
      await remove()
    },
  }
}

/** The same in a thread, which talks by its `parentPort`. */
export function threadServer(module: string): Worker {
  return new Worker(serverMain(), { argv: [module] })
}

/** The program of all servers. */
export function serverMain(): URL {
  return moduleUrl('./server-main.ts', import.meta.url)
}
