import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { onAbort } from '../abort.ts'
import { keepingAlive } from '../deadline.ts'
import { isManagerError, ManagerError } from '../errors.ts'
import { Channel } from '../process/channel.ts'
import { childCleanup } from '../process/child-cleanup.ts'
import { type ChildOptions, forkChild, siblingModule } from '../process/child.ts'
import { type Marshalled, unmarshal } from '../process/marshal.ts'
import type { Target } from '../process/target.ts'
import type { RegistrationKey } from '../registry.ts'
import { endingMs } from '../server/ending.ts'
import type { ServingOptions } from '../server/server.ts'
import type { UnhandledFailure } from '../session-events.ts'
import { Heartbeat } from '../session/heartbeat.ts'
import type { HeartbeatOptions } from '../session/session-options.ts'
import { abortedError } from '../session/wait.ts'
import type { Address, Place } from '../transport/address.ts'
import { PeerProcess } from '../transport/peer-process.ts'

export interface Imports {
  readonly types: readonly RegistrationKey[]
  /** The modules that register classes and transformers of values. */
  readonly modules: readonly string[]
}

/** What an owner tells its server process first, over the IPC channel that ends with either of them. */
export interface StartMessage extends Imports {
  readonly kind: 'start'
  readonly authkey: Uint8Array
  readonly initializer?: { readonly target: Target; readonly args: Marshalled }
  /** Where to listen. The folder is removed by a server that ends in order, else by the owner, or its watchdog. */
  readonly place: Place
  readonly serving: ServingOptions
  /** Whether another server may come to the place when this one has ended in order. */
  readonly isSucceeded: boolean
}

/** What was registered after the start: only the owner has modules imported, as it alone has the channel. */
export interface ImportMessage extends Imports {
  readonly kind: 'import'
  readonly id: number
}

/** Asks for a sign of life. */
interface PingMessage {
  readonly kind: 'ping'
}

export type OwnerMessage = StartMessage | ImportMessage | PingMessage

export type ServerMessage =
  /** It listens there, as the server of this identity. */
  | { readonly kind: 'ready'; readonly serverId: string; readonly address: Address }
  /** The answer to a `ping`. */
  | { readonly kind: 'alive' }
  | { readonly kind: 'failed'; readonly error: Marshalled }
  /** The `import` of this id is done, or was refused. */
  | { readonly kind: 'imported'; readonly id: number; readonly error?: Marshalled }
  /** A call failed whose promise nobody had taken. May come at any time. */
  | ({ readonly kind: 'unhandled'; readonly error: Marshalled } & Omit<UnhandledFailure, 'error'>)
  /** The process ends by an error that nothing there caught. May come at any time, and is the last. */
  | { readonly kind: 'crashed'; readonly error: Marshalled }

/** What a server process is told first, but for its place. */
export type Order = Omit<StartMessage, 'kind' | 'place'>

type ReadyMessage = Extract<ServerMessage, { readonly kind: 'ready' }>

type StartAnswer = Extract<ServerMessage, { readonly kind: 'ready' | 'failed' }>

/** What a server process may take beyond the waits of its server: to hear that it shall end, and to exit. */
const exitMs = 1000

export interface ServerExit {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  /** The error that nothing in it caught, where it told of one. */
  readonly error?: ManagerError
}

/** The server process of a manager that started it. */
export class ServerProcess {
  /** Resolves when the process has ended and said all that it had to say. */
  readonly exited: Promise<ServerExit>
  readonly #child: ChildProcess
  readonly #channel: Channel<OwnerMessage, ServerMessage>
  readonly #place: Place
  /** How long it may take to end in order. */
  readonly #endingMs: number
  /** Resolves when nothing is left that watches the process. */
  readonly #cleaned: Promise<void>
  #isOver = false
  #heartbeat: Heartbeat | undefined
  #ready: ReadyMessage | undefined
  #lastImport = 0
  #ending: Promise<void> | undefined
  /** What the process said of the error that it ended by. */
  #crash: Promise<unknown> | undefined

  constructor(child: ChildProcess, place: Place, graceMs: number | undefined) {
    this.#child = child
    this.#channel = new Channel(child)
    this.#place = place
    this.#endingMs = endingMs(graceMs) + exitMs
    this.#cleaned = childCleanup().watch(child, { endingMs: this.#endingMs, folder: place.folder })
    this.#channel.hear((message) => {
      if (message.kind === 'crashed') this.#crash = unmarshal(message.error).catch((error: unknown) => error)
    })
    // A process that can't be spawned has no 'exit', but an 'error'.
    this.exited = once(child, 'exit').then(
      () => this.#sweep(),
      () => this.#sweep(),
    )
    // Neither the process nor its channel keeps this program alive: an idle manager lets it end.
    child.unref()
    child.channel?.unref()
  }

  /** Calls `told` of each call in the process that failed and whose promise nobody had taken. */
  onUnhandled(told: (failure: UnhandledFailure) => void): void {
    this.#channel.hear((message) => {
      if (message.kind !== 'unhandled') return
      const { kind: _, error, ...call } = message
      const tell = (thrown: unknown): void => told({ ...call, error: thrown })
      unmarshal(error).then(tell, tell)
    })
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** 0 for one that could not be started at all. */
  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** @throws (as a rejection) ManagerError `START_FAILED`, `ABORTED`, and what the process refuses the order for */
  async begin(order: Order, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    this.#ready = await this.#ask({ kind: 'start', ...order, place: this.#place }, timeoutMs, signal)
  }

  /** The identity of the server, which listens; undefined before. */
  get serverId(): string | undefined {
    return this.#ready?.serverId
  }

  /** Where the server listens. */
  get address(): Address {
    return this.#ready?.address ?? this.#place.address
  }

  /**
   * From now on, kills the process when it has missed as many heartbeats as it may. They go by the channel: what answers
   * at its address may be another program's server.
   */
  supervise(heartbeat: Required<HeartbeatOptions>): void {
    const server = new PeerProcess(this.pid)
    const beats = new Heartbeat(heartbeat, {
      peer: `server process ${this.pid}`,
      queuedBytes: 0,
      isPeerBusy: () => server.isBusy(),
      ping: () => this.#channel.say({ kind: 'ping' }, () => undefined),
      lose: () => this.kill(),
    })
    this.#channel.hear(() => beats.heard())
    this.#heartbeat = beats
  }

  /**
   * Has the process import more, as long as it lives; until then this program stays alive.
   * @throws (as a rejection) ManagerError `NOT_GUARDED`. For what else can't be imported, `create` throws
   */
  async import(imports: Imports): Promise<void> {
    const id = ++this.#lastImport
    let stop = (): void => undefined
    const imported = new Promise<void>((resolve, reject) => {
      stop = this.#channel.hear((answer) => {
        if (answer.kind !== 'imported' || answer.id !== id) return
        if (answer.error === undefined) resolve()
        else unmarshal(answer.error).then(reject, reject)
      })
      // Where the process is gone, `exited` tells.
      this.#channel.say({ kind: 'import', id, ...imports }, () => undefined)
    })
    try {
      await keepingAlive(Promise.race([imported, this.exited]))
    } finally {
      stop()
    }
  }

  /** Ends the process in order; by force where that takes a second longer than it may. Idempotent; never rejects. */
  end(): Promise<void> {
    this.#ending ??= this.#end()
    return this.#ending
  }

  async #end(): Promise<void> {
    this.#heartbeat?.stop()
    if (this.#isOver) return
    this.#child.ref()
    if (this.#child.connected) this.#child.disconnect()
    const timer = setTimeout(() => this.kill(), this.#endingMs)
    await this.exited
    clearTimeout(timer)
  }

  /** Ends the process at once, also one that is stopped. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** Sends `order` and waits until the process is ready; meanwhile this program stays alive. */
  async #ask(order: StartMessage, timeoutMs: number, signal: AbortSignal | undefined): Promise<ReadyMessage> {
    this.#child.channel?.ref()
    this.#child.ref()
    try {
      const answer = await this.#answer(order, timeoutMs, signal)
      if (answer.kind === 'failed') throw await unmarshal(answer.error)
      return answer
    } finally {
      this.#child.channel?.unref()
      this.#child.unref()
    }
  }

  #answer(message: StartMessage, timeoutMs: number, signal: AbortSignal | undefined): Promise<StartAnswer> {
    const child = this.#child
    return new Promise((resolve, reject) => {
      const settle = (error?: ManagerError): void => {
        clearTimeout(timer)
        stop()
        unwatch()
        child.off('error', failed)
        if (error !== undefined) reject(error)
      }
      const ended = async (): Promise<void> => settle(this.#unanswered(await this.#crash))
      const failed = (cause: Error): void =>
        settle(new ManagerError('START_FAILED', `the server process can't be started: ${cause.message}`, { cause }))
      const late = (): void =>
        settle(
          new ManagerError(
            'START_FAILED',
            `the server process gave no answer within ${timeoutMs} ms; does a module that it imports wait for something at its top level?`,
          ),
        )
      const abort = (): void => settle(abortedError('start', signal?.reason, 'unknown'))
      const unwatch = signal === undefined ? () => undefined : onAbort(signal, abort)
      const timer = timeoutMs > 0 ? setTimeout(late, timeoutMs) : undefined
      const stop = this.#channel.hear((answer) => {
        if (answer.kind !== 'ready' && answer.kind !== 'failed') return
        settle()
        resolve(answer)
      })
      child.once('error', failed)
      void this.exited.then(ended)
      this.#channel.say(message, (error) => error !== null && failed(error))
    })
  }

  #unanswered(cause: unknown): ManagerError {
    const { exitCode, signalCode } = this.#child
    return new ManagerError(
      'START_FAILED',
      `the server process ended (${signalCode ?? `exit code ${exitCode}`}) before it answered; its error output says why`,
      cause === undefined ? {} : { cause },
    )
  }

  /** Hears what the process said last. */
  async #sweep(): Promise<ServerExit> {
    this.#isOver = true
    this.#heartbeat?.stop()
    this.#child.channel?.ref()
    if (this.#child.connected) await once(this.#child, 'disconnect').catch(() => undefined)
    const { exitCode, signalCode: signal } = this.#child
    // One that couldn't be killed has not ended.
    if (exitCode !== null || signal !== null) await this.#cleaned
    const error = await this.#crash
    return { exitCode, signal, ...(isManagerError(error) ? { error } : {}) }
  }
}

export interface LaunchOptions extends ChildOptions {
  readonly place: Place
  /** How long the server may take to import the modules and to listen. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  /** The process is killed when it misses so many of its owner's heartbeats. */
  readonly heartbeat?: Required<HeartbeatOptions>
}

/**
 * Starts a server process, which ends with this one. Resolves when it listens.
 * @throws ManagerError `START_FAILED`, `ABORTED`, `NOT_GUARDED`, and what the initializer's module or the address are refused for
 */
export async function launchServer(order: Order, options: LaunchOptions): Promise<ServerProcess> {
  const { place, timeoutMs, signal, heartbeat } = options
  if (signal?.aborted === true) throw abortedError('start', signal.reason, 'not-sent')
  const modules = [...order.types.flatMap(({ module }) => module ?? []), ...order.modules]
  const child = forkChild(siblingModule('server-main', import.meta.url), modules, options)
  const server = new ServerProcess(child, place, order.serving.graceMs)
  try {
    await server.begin(order, timeoutMs, signal)
    if (heartbeat !== undefined) server.supervise(heartbeat)
    return server
  } catch (error) {
    await server.end()
    throw error
  }
}
