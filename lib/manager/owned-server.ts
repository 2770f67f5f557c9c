import type { MessagePort, ResourceLimits } from 'node:worker_threads'
import { onAbort } from '../abort.ts'
import { keepingAlive } from '../deadline.ts'
import { isManagerError, ManagerError } from '../errors.ts'
import { Channel } from '../process/channel.ts'
import type { ChildOptions } from '../process/child.ts'
import { unmarshal } from '../process/marshal.ts'
import { crashed, endingMs } from '../server/ending.ts'
import type { UnhandledFailure } from '../session-events.ts'
import { Heartbeat } from '../session/heartbeat.ts'
import type { HeartbeatOptions } from '../session/session-options.ts'
import { abortedError } from '../session/wait.ts'
import type { Address, Place } from '../transport/address.ts'
import type { Imports, Order, OwnerMessage, ReadyMessage, ServerMessage, StartMessage } from './server-messages.ts'
import { type RuntimeExit, type ServerHost, ServerProcess, type ServerRuntime, ServerThread } from './server-runtime.ts'

type StartAnswer = Extract<ServerMessage, { readonly kind: 'ready' | 'failed' }>

/** What a server may take beyond its own waits: to hear that it shall end, and to exit. */
const exitMs = 1000

export interface ServerExit extends RuntimeExit {
  /** The error that nothing in it caught, where it told of one. */
  readonly error?: ManagerError
}

/** The server of a manager that started it: a process or thread of its own. */
export class OwnedServer {
  /** Resolves when it has ended and said all that it had to say. */
  readonly exited: Promise<ServerExit>
  readonly #runtime: ServerRuntime
  readonly #channel: Channel<OwnerMessage, ServerMessage>
  readonly #place: Place
  /** How long it may take to end in order. */
  readonly #endingMs: number
  #heartbeat: Heartbeat | undefined
  #ready: ReadyMessage | undefined
  #lastImport = 0
  #ending: Promise<void> | undefined
  /** What it said of the error that it ended by. */
  #crash: Promise<unknown> | undefined

  /** Takes the runtime. */
  constructor(runtime: ServerRuntime, place: Place, endsWithinMs: number) {
    this.#runtime = runtime
    this.#channel = new Channel(runtime.port)
    this.#place = place
    this.#endingMs = endsWithinMs
    this.#channel.hear((message) => {
      if (message.kind === 'crashed') this.#crash = unmarshal(message.error).catch((error: unknown) => error)
    })
    this.exited = this.#exited()
  }

  /** Calls `told` of each call in the server that failed and whose promise nobody had taken. */
  onUnhandled(told: (failure: UnhandledFailure) => void): void {
    this.#channel.hear((message) => {
      if (message.kind !== 'unhandled') return
      const { kind: _, error, ...call } = message
      const tell = (thrown: unknown): void => told({ ...call, error: thrown })
      unmarshal(error).then(tell, tell)
    })
  }

  get isOver(): boolean {
    return this.#runtime.isOver
  }

  /** 0 for a process that could not be started at all. */
  get pid(): number {
    return this.#runtime.pid
  }

  /** @throws (as a rejection) ManagerError `START_FAILED`, `ABORTED`, and what the server refuses the order for */
  async begin(order: Order, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    this.#ready = await this.#ask({ kind: 'start', ...order, place: this.#place }, timeoutMs, signal)
    this.#runtime.listens({ ...this.#place, address: this.address })
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
   * From now on, kills the server when it has missed as many heartbeats as it may. They go by the channel: what answers
   * at its address may be another program's server.
   */
  supervise(heartbeat: Required<HeartbeatOptions>): void {
    const beats = new Heartbeat(heartbeat, {
      peer: this.#runtime.name,
      queuedBytes: 0,
      isPeerBusy: () => this.#runtime.isBusy(),
      ping: () => this.#channel.say({ kind: 'ping' }, () => undefined),
      lose: () => this.kill(),
    })
    this.#channel.hear(() => beats.heard())
    this.#heartbeat = beats
  }

  /**
   * Has the server import more, as long as it lives; until then this program stays alive.
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
      // Where the server is gone, `exited` tells.
      this.#channel.say({ kind: 'import', id, ...imports }, () => undefined)
    })
    try {
      await keepingAlive(Promise.race([imported, this.exited]))
    } finally {
      stop()
    }
  }

  /** Hands over a port, whose other end a client has. */
  connect(port: MessagePort): void {
    this.#channel.say({ kind: 'connect', port }, () => undefined, [port])
  }

  /** Ends the server in order; by force where that takes a second longer than it may. Idempotent; never rejects. */
  end(): Promise<void> {
    this.#ending ??= this.#end()
    return this.#ending
  }

  async #end(): Promise<void> {
    this.#heartbeat?.stop()
    if (this.isOver) return
    this.#runtime.ref()
    if (this.#runtime.port.connected === true) this.#runtime.port.disconnect()
    const timer = setTimeout(() => this.kill(), this.#endingMs)
    await this.exited
    clearTimeout(timer)
  }

  /** Ends it at once, also a process that is stopped and a thread in an endless loop. */
  kill(): void {
    this.#runtime.kill()
  }

  /** Sends `order` and waits until the server is ready; meanwhile this program stays alive. */
  async #ask(order: StartMessage, timeoutMs: number, signal: AbortSignal | undefined): Promise<ReadyMessage> {
    this.#runtime.ref()
    try {
      const answer = await this.#answer(order, timeoutMs, signal)
      if (answer.kind === 'failed') throw await unmarshal(answer.error)
      return answer
    } finally {
      this.#runtime.unref()
    }
  }

  #answer(message: StartMessage, timeoutMs: number, signal: AbortSignal | undefined): Promise<StartAnswer> {
    return new Promise((resolve, reject) => {
      const settle = (error?: ManagerError): void => {
        clearTimeout(timer)
        stop()
        unwatch()
        if (error !== undefined) reject(error)
      }
      const late = (): void =>
        settle(
          new ManagerError(
            'START_FAILED',
            `the ${this.#runtime.what} gave no answer within ${timeoutMs} ms; does a module that it imports wait for something at its top level?`,
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
      void this.exited.then((exit) => settle(this.#unanswered(exit)))
      // One that was never started says why itself.
      this.#channel.say(message, (error) => error !== null && this.pid !== 0 && settle(this.#notStarted(error)))
    })
  }

  #unanswered({ exitCode, signal, error }: ServerExit): ManagerError {
    const { failure, what, pid } = this.#runtime
    if (failure !== undefined && pid === 0) return this.#notStarted(failure)
    return new ManagerError(
      'START_FAILED',
      `the ${what} ended (${signal ?? `exit code ${exitCode}`}) before it answered; its error output says why`,
      error === undefined ? {} : { cause: error },
    )
  }

  #notStarted(cause: Error): ManagerError {
    return new ManagerError('START_FAILED', `the ${this.#runtime.what} can't be started: ${cause.message}`, { cause })
  }

  async #exited(): Promise<ServerExit> {
    const exit = await this.#runtime.exited
    this.#heartbeat?.stop()
    const error = await this.#crash
    if (isManagerError(error)) return { ...exit, error }
    const { failure, pid, what } = this.#runtime
    return failure === undefined || pid === 0 ? exit : { ...exit, error: crashed(failure, what) }
  }
}

export interface LaunchOptions extends ChildOptions {
  readonly place: Place
  /** Default `process`. */
  readonly host?: ServerHost
  /** How long the server may take to import the modules and to listen. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  /** The server is killed when it misses so many of its owner's heartbeats. */
  readonly heartbeat?: Required<HeartbeatOptions>
  /** Of a thread. */
  readonly resourceLimits?: ResourceLimits
}

/**
 * Starts a server, which ends with this program. Resolves when it listens.
 * @throws ManagerError `START_FAILED`, `ABORTED`, `NOT_GUARDED`, and what the initializer's module or the address are refused for
 */
export async function launchServer(order: Order, options: LaunchOptions): Promise<OwnedServer> {
  const { place, host, timeoutMs, signal, heartbeat } = options
  if (signal?.aborted === true) throw abortedError('start', signal.reason, 'not-sent')
  const modules = [...order.types.flatMap(({ module }) => module ?? []), ...order.modules]
  const endsWithinMs = endingMs(order.serving.graceMs) + exitMs
  const Runtime = host === 'thread' ? ServerThread : ServerProcess
  const start = (): ServerRuntime => new Runtime(modules, { ...options, endingMs: endsWithinMs })
  const server = new OwnedServer(startRuntime(start), place, endsWithinMs)
  try {
    await server.begin(order, timeoutMs, signal)
    if (heartbeat !== undefined) server.supervise(heartbeat)
    return server
  } catch (error) {
    await server.end()
    throw error
  }
}

/** Node refuses some options of a thread at once. @throws ManagerError `START_FAILED` */
function startRuntime(start: () => ServerRuntime): ServerRuntime {
  try {
    return start()
  } catch (cause) {
    if (isManagerError(cause)) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ManagerError('START_FAILED', `the server can't be started: ${reason}`, { cause })
  }
}
