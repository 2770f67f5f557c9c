import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { inspect } from 'node:util'
import { MessageChannel, type MessagePort, type Worker as Thread } from 'node:worker_threads'
import { Channel, threadPort } from '../process/channel.ts'
import { type ChildOptions, forkChild, siblingModule, startThread } from '../process/child.ts'
import { childCleanup, endingMs } from '../process/child-cleanup.ts'
import type { PoolMessage, WorkerMessage } from './messages.ts'

/**
 * What a worker runs in, from outside: a process of its own, or a thread of this one. At first it keeps this program alive.
 */
export interface Runtime {
  /** For messages to people. */
  readonly name: string
  /** Undefined where the process could not be started. */
  readonly pid: number | undefined
  readonly channel: Channel<PoolMessage, WorkerMessage>
  /** Whether it has ended. */
  readonly isOver: boolean
  /** Resolves when it has ended and all that it said was heard. Never rejects. */
  readonly exited: Promise<void>
  /** How it ended, for messages to people. */
  readonly ending: string
  /** Why it could not start, or the error that ended it, as far as that is known here. */
  readonly failure: Error | undefined
  ref(): void
  unref(): void
  /** Asks it to end, which it does when it runs nothing. */
  dismiss(): void
  /** Ends it at once. */
  kill(): void
}

export class WorkerProcess implements Runtime {
  readonly channel: Channel<PoolMessage, WorkerMessage>
  readonly exited: Promise<void>
  isOver = false
  failure: Error | undefined
  readonly #child: ChildProcess

  constructor(modules: readonly string[], options: ChildOptions) {
    this.#child = forkChild(siblingModule('worker-main', import.meta.url), modules, options)
    this.channel = new Channel(this.#child)
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
    this.#child.channel?.ref()
  }

  unref(): void {
    this.#child.unref()
    this.#child.channel?.unref()
  }

  dismiss(): void {
    if (this.#child.connected) this.#child.disconnect()
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  async #exited(child: ChildProcess): Promise<void> {
    await new Promise<void>((resolve) => {
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
    if (child.pid !== undefined && child.connected) await once(child, 'disconnect')
  }
}

export class WorkerThread implements Runtime {
  readonly name: string
  readonly pid: number = process.pid
  readonly channel: Channel<PoolMessage, WorkerMessage>
  readonly exited: Promise<void>
  isOver = false
  ending = ''
  failure: Error | undefined
  readonly #thread: Thread
  readonly #port: MessagePort

  constructor(modules: readonly string[], options: ChildOptions) {
    const { port1, port2 } = new MessageChannel()
    this.#thread = startThread(siblingModule('worker-main', import.meta.url), modules, port2, options)
    this.#port = port1
    this.channel = new Channel(threadPort(port1))
    this.name = `worker thread ${this.#thread.threadId}`
    this.exited = this.#exited(this.#thread, once(port1, 'close'))
  }

  ref(): void {
    this.#thread.ref()
    this.#port.ref()
  }

  unref(): void {
    this.#thread.unref()
    this.#port.unref()
  }

  dismiss(): void {
    this.#port.close()
  }

  kill(): void {
    void this.#thread.terminate()
  }

  /** @param closed all that it said is heard by then */
  async #exited(thread: Thread, closed: Promise<unknown>): Promise<void> {
    thread.on('error', (error) => {
      this.failure = error
      // A process of its own would print what ends it, too.
      process.stderr.write(`${inspect(error)}\n`)
    })
    await new Promise<void>((resolve) =>
      thread.once('exit', (code) => {
        this.ending = `exit code ${code}`
        this.isOver = true
        resolve()
      }),
    )
    await closed
  }
}
