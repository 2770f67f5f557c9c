import { once } from 'node:events'
import { inspect } from 'node:util'
import { MessageChannel, type MessagePort, type Worker as Thread } from 'node:worker_threads'
import { Channel, threadPort } from '../process/channel.ts'
import { type ChildOptions, siblingModule } from '../process/child.ts'
import { startThread } from '../process/thread.ts'
import type { PoolMessage, WorkerMessage } from './messages.ts'
import type { Runtime } from './runtime.ts'

/** A thread of this process that a worker has to itself. */
export class WorkerThread implements Runtime {
  readonly name: string
  readonly pid: number = process.pid
  readonly exited: Promise<void>
  failure: Error | undefined
  isOver = false
  #exitCode: number | undefined
  readonly #thread: Thread
  readonly #port: MessagePort
  readonly #channel: Channel<PoolMessage, WorkerMessage>

  constructor(modules: readonly string[], options: ChildOptions) {
    const { port1, port2 } = new MessageChannel()
    this.#thread = startThread(siblingModule('worker-main', import.meta.url), modules, port2, options)
    this.#port = port1
    this.#channel = new Channel(threadPort(port1))
    this.name = `worker thread ${this.#thread.threadId}`
    this.exited = this.#exited()
  }

  get ending(): string {
    return `exit code ${this.#exitCode}`
  }

  tell(message: PoolMessage): void {
    if (!this.isOver) this.#channel.say(message, () => undefined)
  }

  hear(listener: (message: WorkerMessage) => void): void {
    this.#channel.hear(listener)
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

  async #exited(): Promise<void> {
    const closed = once(this.#port, 'close')
    this.#thread.on('error', (error) => this.#fail(error))
    this.#exitCode = await new Promise((resolve) => this.#thread.once('exit', resolve))
    this.isOver = true
    // What it has said is all heard by then.
    await closed
  }

  /** A process of its own would print what ends it, too. */
  #fail(error: Error): void {
    this.failure = error
    process.stderr.write(`${inspect(error)}\n`)
  }
}
