import { isManagerError, ManagerError } from '../extension.ts'
import { endingMs } from '../process/child-cleanup.ts'
import { unmarshal, valueModules } from '../process/marshal.ts'
import { modulesOf, type Target } from '../process/target.ts'
import type { Initializer, PoolMessage, WorkerMessage } from './messages.ts'
import type { Runtime } from './runtime.ts'
import type { PoolFunction, Task } from './tasks.ts'

/** A worker, from outside. It keeps this program alive while it starts, runs a task or ends, not while idle. */
export class Worker {
  /** Resolves when the initializer has run. @throws (as a rejection) ManagerError `START_FAILED` with the cause */
  readonly ready: Promise<void>
  /** Resolves when its process or thread has ended and all that it said was heard. Never rejects. */
  readonly exited: Promise<void>
  isReady = false
  /** How many calls it has made. */
  calls = 0
  readonly #runtime: Runtime
  readonly #known = new Set<PoolFunction>()
  /** The first of them is being run, or about to be; the others have not begun. */
  readonly #tasks: Task[] = []
  #isKilled = false
  #refusal: Promise<unknown> | undefined
  #setReady: () => void = () => undefined
  #putBack: (notBegun: readonly Task[]) => void = () => undefined
  #setIdle: () => void = () => undefined

  /**
   * @param start starts what it runs in, which is to import these modules
   * @param target what it will have to call first
   * @throws ManagerError `START_FAILED` where `start` throws
   */
  constructor(start: (modules: readonly string[]) => Runtime, target: Target, initializer: Initializer | undefined) {
    const modules = valueModules()
    const targets = initializer === undefined ? [target] : [initializer.target, target]
    this.#runtime = startRuntime(() => start([...targets.flatMap(modulesOf), ...modules]))
    this.#runtime.channel.hear((message) => this.#hear(message))
    this.exited = this.#runtime.exited.then(() => this.#lose())
    this.ready = this.#begin({ kind: 'begin', modules, initializer })
  }

  get pid(): number | undefined {
    return this.#runtime.pid
  }

  /** Whether it has ended, or is about to: it is given nothing more, whatever it still answers. */
  get isOver(): boolean {
    return this.#isKilled || this.#runtime.isOver
  }

  /** What it has to run. */
  get tasks(): readonly Task[] {
    return this.#tasks
  }

  /**
   * Runs tasks of one function, one after the other, when it has none, and settles them. Resolves when it has none left,
   * and never rejects.
   * @param putBack is told of those that it won't begin, in their order
   */
  run(tasks: readonly [Task, ...Task[]], putBack: (notBegun: readonly Task[]) => void): Promise<void> {
    const [{ fn }] = tasks
    const target = this.#known.has(fn) ? undefined : fn.target
    this.#known.add(fn)
    for (const task of tasks) task.delivery = 'unknown'
    this.#tasks.push(...tasks)
    this.#putBack = putBack
    const idle = new Promise<void>((resolve) => (this.#setIdle = resolve))
    this.#runtime.ref()
    this.#tell({ kind: 'run', fn: fn.number, target, chunks: tasks.map(({ chunk }) => chunk) })
    return idle
  }

  /** Ends it in order, when it runs no task. Never rejects. */
  async end(): Promise<void> {
    this.#runtime.ref()
    this.#runtime.dismiss()
    const timer = setTimeout(() => this.kill(), endingMs)
    await this.exited
    clearTimeout(timer)
  }

  /** Ends it at once. */
  kill(): void {
    this.#isKilled = true
    this.#runtime.ref()
    this.#runtime.kill()
  }

  /** Where it is gone meanwhile, `exited` says so. */
  #tell(message: PoolMessage): void {
    this.#runtime.channel.say(message, () => undefined)
  }

  #hear(message: WorkerMessage): void {
    switch (message.kind) {
      case 'ready':
        this.isReady = true
        this.#runtime.unref()
        return this.#setReady()
      case 'refused':
        return void (this.#refusal = unmarshal(message.error).catch((error: unknown) => error))
      case 'ran': {
        const task = this.#tasks.shift()
        this.calls += task?.size ?? 0
        void task?.receive(message.results)
        return this.#checkIdle()
      }
      case 'returned':
        return this.#return(message.count)
    }
  }

  #return(count: number): void {
    this.#putBack(this.#tasks.splice(this.#tasks.length - count))
    this.#checkIdle()
  }

  #checkIdle(): void {
    if (this.#tasks.length > 0) return
    this.#runtime.unref()
    this.#setIdle()
  }

  async #begin(message: PoolMessage): Promise<void> {
    const ready = new Promise<void>((resolve) => (this.#setReady = resolve))
    this.#tell(message)
    await Promise.race([ready, this.exited])
    if (!this.isReady) throw await this.#startError()
  }

  #lose(): void {
    const lost = this.#tasks.shift()
    lost?.fail(this.#lossError(lost.fn))
    this.#return(this.#tasks.length)
  }

  #lossError({ target }: PoolFunction): ManagerError {
    const { name, ending, failure } = this.#runtime
    const message = `the ${name} ended (${ending}) while it ran '${target.name}' of ${target.module}; it is replaced`
    return new ManagerError('WORKER_LOST', message, { delivery: 'unknown', ...causedBy(failure) })
  }

  async #startError(): Promise<ManagerError> {
    const cause = this.#runtime.failure ?? (await this.#refusal)
    const ending = `it ended (${this.#runtime.ending}); its error output says why`
    return cause === undefined ? startFailed(undefined, ending) : startFailed(cause)
  }
}

function startRuntime(start: () => Runtime): Runtime {
  try {
    return start()
  } catch (error) {
    throw isManagerError(error) ? error : startFailed(error)
  }
}

function startFailed(cause: unknown, reason = cause instanceof Error ? cause.message : String(cause)): ManagerError {
  const message = `a worker of the pool can't start: ${reason}`
  return new ManagerError('START_FAILED', message, { delivery: 'not-sent', ...causedBy(cause) })
}

function causedBy(cause: unknown): { readonly cause?: unknown } {
  return cause === undefined ? {} : { cause }
}
