import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { MessageChannel, type Worker as Thread, type ResourceLimits } from 'node:worker_threads'
import { atExit } from '../at-exit.ts'
import type { Port } from '../process/channel.ts'
import { childCleanup } from '../process/child-cleanup.ts'
import { type ChildOptions, forkChild, siblingModule, startThread } from '../process/child.ts'
import { ThreadPort } from '../process/thread-port.ts'
import type { Place } from '../transport/address.ts'
import { removerOf } from '../transport/link-address.ts'
import { PeerProcess } from '../transport/peer-process.ts'

/** What a server that a manager starts runs in. */
export type ServerHost = 'process' | 'thread'

/** What a server process or thread has for its code of exit, or the signal that ended the process. */
export interface RuntimeExit {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

/** What a server runs in, from outside: a process of its own, or a thread of this one. It doesn't keep this program alive. */
export interface ServerRuntime {
  /** For messages to people. */
  readonly what: 'server process' | 'server thread'
  readonly name: string
  /** 0 for a process that could not be started. */
  readonly pid: number
  /** What its owner and it talk by. Once it is disconnected, the server ends in order. */
  readonly port: Port & { disconnect(): void }
  /** Resolves when it has ended, all that it had to say was heard, and nothing watches it any more. Never rejects. */
  readonly exited: Promise<RuntimeExit>
  readonly isOver: boolean
  /** Why it could not be started, or what ended it, where that is known here. */
  readonly failure: Error | undefined
  /** As `PeerProcess.isBusy`. */
  isBusy(): boolean
  /** The server listens there from now on. */
  listens(place: Place): void
  ref(): void
  unref(): void
  /** Ends it at once. */
  kill(): void
}

export interface RuntimeOptions extends ChildOptions {
  /** How long it may take to end in order. */
  readonly endingMs: number
  readonly place: Place
  /** Of a thread. */
  readonly resourceLimits?: ResourceLimits
}

export class ServerProcess implements ServerRuntime {
  readonly what = 'server process'
  readonly exited: Promise<RuntimeExit>
  isOver = false
  failure: Error | undefined
  readonly #child: ChildProcess
  readonly #process: PeerProcess
  /** Resolves when nothing is left that watches the process. */
  readonly #cleaned: Promise<void>

  constructor(modules: readonly string[], options: RuntimeOptions) {
    const child = forkChild(siblingModule('server-main', import.meta.url), modules, options)
    this.#child = child
    this.#process = new PeerProcess(this.pid)
    this.#cleaned = childCleanup().watch(child, { endingMs: options.endingMs, folder: options.place.folder })
    child.on('error', (error) => {
      // The first one says why: what was to be sent to it fails as well.
      if (child.pid === undefined) this.failure ??= error
    })
    // A process that can't be spawned has no 'exit', but an 'error'.
    this.exited = once(child, 'exit').then(
      () => this.#sweep(),
      () => this.#sweep(),
    )
    this.unref()
  }

  get name(): string {
    return `${this.what} ${this.pid}`
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get port(): ChildProcess {
    return this.#child
  }

  isBusy(): boolean {
    return this.#process.isBusy()
  }

  listens(): void {
    // It removes its place itself when it ends in order; else its watchdog does.
  }

  ref(): void {
    this.#child.ref()
    this.#child.channel?.ref()
  }

  unref(): void {
    this.#child.unref()
    this.#child.channel?.unref()
  }

  /** Also one that is stopped. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** Hears what the process said last. */
  async #sweep(): Promise<RuntimeExit> {
    this.isOver = true
    this.#child.channel?.ref()
    if (this.#child.connected) await once(this.#child, 'disconnect').catch(() => undefined)
    const { exitCode, signalCode: signal } = this.#child
    // One that couldn't be killed has not ended.
    if (exitCode !== null || signal !== null) await this.#cleaned
    return { exitCode, signal }
  }
}

/** What part of the time a thread must have computed for, at least. */
const busyShare = 0.5

export class ServerThread implements ServerRuntime {
  readonly what = 'server thread'
  readonly name: string
  readonly pid: number = process.pid
  readonly port: ThreadPort
  readonly exited: Promise<RuntimeExit>
  isOver = false
  failure: Error | undefined
  readonly #thread: Thread
  #utilization: ReturnType<Thread['performance']['eventLoopUtilization']>

  constructor(modules: readonly string[], options: RuntimeOptions) {
    const { port1, port2 } = new MessageChannel()
    this.#thread = startThread(siblingModule('server-main', import.meta.url), modules, port2, options)
    this.port = new ThreadPort(port1)
    this.name = `${this.what} ${this.#thread.threadId}`
    this.#utilization = this.#thread.performance.eventLoopUtilization()
    this.exited = this.#exited()
    this.unref()
  }

  /** The kernel says nothing of threads by the numbers that Node gives them, but Node does how long they wait for events. */
  isBusy(): boolean {
    const before = this.#utilization
    this.#utilization = this.#thread.performance.eventLoopUtilization()
    return this.#thread.performance.eventLoopUtilization(this.#utilization, before).utilization >= busyShare
  }

  /** The thread ends with this process, and has no time then for what it leaves. */
  listens(place: Place): void {
    void this.exited.then(atExit(removerOf(place)))
  }

  ref(): void {
    this.#thread.ref()
    this.port.ref()
  }

  unref(): void {
    this.#thread.unref()
    this.port.unref()
  }

  kill(): void {
    void this.#thread.terminate()
  }

  async #exited(): Promise<RuntimeExit> {
    const closed = once(this.port, 'disconnect')
    this.#thread.on('error', (error) => (this.failure = error))
    const exitCode = await new Promise<number>((resolve) => this.#thread.once('exit', resolve))
    this.isOver = true
    await closed
    return { exitCode, signal: null }
  }
}
