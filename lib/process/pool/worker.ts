import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { processWide } from '../../decorators/process-wide.ts'
import { ManagerError } from '../../errors.ts'
import { Channel } from '../channel.ts'
import { type ChildOptions, forkChild, siblingModule } from '../child.ts'
import { unpack } from '../parcel.ts'
import type { Chunk } from './chunk.ts'
import type { Answer, Initializer, PoolMessage, WorkerMessage } from './messages.ts'

/** How long a worker that does nothing may take to end. */
const endingMs = 2000

interface Running {
  readonly chunk: Chunk
  readonly resolve: (answers: readonly Answer[]) => void
  readonly reject: (error: ManagerError) => void
}

/** A worker process, from outside. It keeps this program alive while it starts, runs a chunk or ends, not while idle. */
export class Worker {
  /** Resolves when the initializer has run. @throws (as a rejection) ManagerError `START_FAILED` with the cause */
  readonly ready: Promise<void>
  /** Resolves when the process has ended and all that it said was heard. Never rejects. */
  readonly exited: Promise<void>
  isReady = false
  /** Whether the process has ended: it is given nothing more. */
  isOver = false
  /** How many calls it has made. */
  calls = 0
  readonly #child: ChildProcess
  readonly #channel: Channel<PoolMessage, WorkerMessage>
  readonly #known = new Set<number>()
  #running: Running | undefined
  #unspawned: Error | undefined
  #refusal: Promise<unknown> | undefined
  #setReady: () => void = () => undefined

  /** @param module where the first function is that it will have to run */
  constructor(module: string, initializer: Initializer | undefined, options: ChildOptions) {
    const modules = initializer === undefined ? [module] : [initializer.target.module, module]
    this.#child = forkChild(siblingModule('worker-main', import.meta.url), modules, options)
    this.#channel = new Channel(this.#child)
    this.#channel.hear((message) => this.#hear(message))
    this.exited = this.#exited()
    this.ready = this.#begin(initializer)
    living().add(this.#child)
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /**
   * Makes the calls of a chunk, when it has none.
   * @throws (as a rejection) ManagerError `WORKER_LOST` where the process ends meanwhile
   */
  run(chunk: Chunk): Promise<readonly Answer[]> {
    const { number, target } = chunk.fn
    const isKnown = this.#known.has(number)
    this.#known.add(number)
    this.#ref()
    return new Promise((resolve, reject) => {
      this.#running = { chunk, resolve, reject }
      this.#tell({ kind: 'run', fn: number, target: isKnown ? undefined : target, calls: chunk.parcels })
    })
  }

  /** Ends the process in order, when it runs no chunk. Never rejects. */
  async end(): Promise<void> {
    this.#ref()
    if (this.#child.connected) this.#child.disconnect()
    const timer = setTimeout(() => this.kill(), endingMs)
    await this.exited
    clearTimeout(timer)
  }

  /** Ends the process at once. */
  kill(): void {
    this.#ref()
    this.#child.kill('SIGKILL')
  }

  #hear(message: WorkerMessage): void {
    switch (message.kind) {
      case 'ready':
        this.isReady = true
        this.#unref()
        return this.#setReady()
      case 'refused':
        return void (this.#refusal = unpack(message.error).catch((error: unknown) => error))
      case 'ran': {
        const running = this.#running
        this.#running = undefined
        this.calls += message.answers.length
        this.#unref()
        running?.resolve(message.answers)
      }
    }
  }

  async #begin(initializer: Initializer | undefined): Promise<void> {
    const ready = new Promise<boolean>((resolve) => (this.#setReady = () => resolve(true)))
    this.#tell({ kind: 'begin', initializer })
    if (!(await Promise.race([ready, this.exited.then(() => this.isReady)]))) throw await this.#startError()
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
        this.#unspawned = error
        this.isOver = true
        resolve()
      })
    })
    if (child.pid !== undefined && child.connected) await once(child, 'disconnect')
    living().delete(child)
    this.#running?.reject(this.#lossError(this.#running.chunk))
    this.#running = undefined
  }

  #lossError({ fn: { target } }: Chunk): ManagerError {
    const message = `the worker process ${this.pid} ended (${this.#ending}) while it ran '${target.name}' of ${target.module}; it is replaced`
    return new ManagerError('WORKER_LOST', message, { delivery: 'unknown' })
  }

  async #startError(): Promise<ManagerError> {
    const cause = this.#unspawned ?? (await this.#refusal)
    const reason = cause === undefined ? `it ended (${this.#ending}); its error output says why` : messageOf(cause)
    const message = `a worker of the pool can't start: ${reason}`
    return new ManagerError('START_FAILED', message, {
      delivery: 'not-sent',
      ...(cause === undefined ? {} : { cause }),
    })
  }

  get #ending(): string {
    return this.#child.signalCode ?? `exit code ${this.#child.exitCode}`
  }

  /** Who is no longer there to hear it has an end that says so. */
  #tell(message: PoolMessage): void {
    if (this.#child.connected) this.#channel.say(message, () => undefined)
  }

  #ref(): void {
    this.#child.ref()
    this.#child.channel?.ref()
  }

  #unref(): void {
    this.#child.unref()
    this.#child.channel?.unref()
  }
}

/** All workers of this process: one that computes would not see that its program has ended. */
function living(): Set<ChildProcess> {
  return processWide('pool-workers', () => {
    const workers = new Set<ChildProcess>()
    process.on('exit', () => {
      for (const child of workers) child.kill('SIGKILL')
    })
    return workers
  })
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
