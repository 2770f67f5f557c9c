import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Channel } from '../process/channel.ts'
import { type ChildOptions, forkChild, siblingModule } from '../process/child.ts'
import { childCleanup } from '../process/child-cleanup.ts'
import type { PoolMessage, WorkerMessage } from './messages.ts'
import type { Runtime } from './runtime.ts'

/** A process that a worker has to itself. */
export class WorkerProcess implements Runtime {
  readonly exited: Promise<void>
  failure: Error | undefined
  isOver = false
  readonly #child: ChildProcess
  readonly #channel: Channel<PoolMessage, WorkerMessage>

  constructor(modules: readonly string[], options: ChildOptions) {
    this.#child = forkChild(siblingModule('worker-main', import.meta.url), modules, options)
    this.#channel = new Channel(this.#child)
    this.exited = this.#exited()
    childCleanup().watch(this.#child, 'is killed')
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

  tell(message: PoolMessage): void {
    if (this.#child.connected) this.#channel.say(message, () => undefined)
  }

  hear(listener: (message: WorkerMessage) => void): void {
    this.#channel.hear(listener)
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

  async #exited(): Promise<void> {
    const child = this.#child
    await new Promise<void>((resolve) => {
      child.once('exit', () => {
        this.isOver = true
        resolve()
      })
      // A process that can't be spawned has no 'exit'.
      child.on('error', (error) => {
        if (child.pid !== undefined) return
        this.failure = error
        this.isOver = true
        resolve()
      })
    })
    if (child.pid !== undefined && child.connected) await once(child, 'disconnect')
  }
}
