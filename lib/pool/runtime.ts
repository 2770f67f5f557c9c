import type { ChildProcess } from 'node:child_process'
import { inspect } from 'node:util'
import { MessageChannel, type Worker as Thread } from 'node:worker_threads'
import { type ChildOptions, siblingModule, spawnChild, startThread } from '../process/child.ts'
import { childCleanup, endingMs } from '../process/child-cleanup.ts'
import { type Line, PortLine, SocketLine } from '../process/line.ts'
import type { PoolMessage, WorkerMessage } from './messages.ts'

/**
 * What a worker runs in, from outside: a process of its own, or a thread of this one. At first it keeps this program alive.
 */
export interface Runtime {
  /** For messages to people. */
  readonly name: string
  /** Undefined where the process could not be started. */
  readonly pid: number | undefined
  readonly line: Line<PoolMessage, WorkerMessage>
  /** Whether it has ended. */
  readonly isOver: boolean
  /** Resolves when it has ended. Never rejects. */
  readonly exited: Promise<void>
  /** How it ended, for messages to people. */
  readonly ending: string
  /** Why it could not start, or the error that ended it, as far as that is known here. */
  readonly failure: Error | undefined
  ref(): void
  unref(): void
  /** Ends it at once. */
  kill(): void
}

export class WorkerProcess implements Runtime {
  readonly line: Line<PoolMessage, WorkerMessage>
  readonly exited: Promise<void>
  isOver = false
  failure: Error | undefined
  readonly #child: ChildProcess

  constructor(modules: readonly string[], options: ChildOptions) {
    const { child, socket } = spawnChild(siblingModule('worker-main', import.meta.url), modules, options)
    this.#child = child
    this.line = new SocketLine(socket)
    this.exited = this.#exited(this.#child)
    void childCleanup().watch(this.#child, { endingMs, isKilledAtExit: true })
  }

  get name(): string {
    return `worker process ${this.pid}`
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get ending(): string {
    return this.#child.signalCode ?? `exit code ${this.#child.exitCode}`
  }

  ref(): void {
    this.#child.ref()
    this.line.ref()
  }

  unref(): void {
    this.#child.unref()
    this.line.unref()
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #exited(child: ChildProcess): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.isOver = true
        resolve()
      }
      child.once('exit', end)
      // A process that can't be spawned has no 'exit'.
      child.on('error', (error) => {
        if (child.pid !== undefined) return
        this.failure = error
        end()
      })
    })
  }
}

export class WorkerThread implements Runtime {
  readonly name: string
  readonly pid: number = process.pid
  readonly line: Line<PoolMessage, WorkerMessage>
  readonly exited: Promise<void>
  isOver = false
  ending = ''
  failure: Error | undefined
  readonly #thread: Thread

  constructor(modules: readonly string[], options: ChildOptions) {
    const { port1, port2 } = new MessageChannel()
    this.#thread = startThread(siblingModule('worker-main', import.meta.url), modules, port2, options)
    this.line = new PortLine(port1)
    this.name = `worker thread ${this.#thread.threadId}`
    this.exited = this.#exited(this.#thread)
  }

  ref(): void {
    this.#thread.ref()
    this.line.ref()
  }

  unref(): void {
    this.#thread.unref()
    this.line.unref()
  }

  kill(): void {
    void this.#thread.terminate()
  }

  #exited(thread: Thread): Promise<void> {
    thread.on('error', (error) => {
      this.failure = error
      // A process of its own would print what ends it, too.
      process.stderr.write(`${inspect(error)}\n`)
    })
    return new Promise((resolve) =>
      thread.once('exit', (code) => {
        this.ending = `exit code ${code}`
        this.isOver = true
        resolve()
      }),
    )
  }
}
