import { isManagerError, ManagerError } from '../extension.ts'
import { endingMs } from '../process/child-cleanup.ts'
import { valueModules } from '../process/marshal.ts'
import { Failure, ListReader, type PackedList, unpackNext } from '../process/marshal-list.ts'
import { modulesOf, type Target } from '../process/target.ts'
import type { Initializer, PoolMessage, Start, WorkerMessage } from './messages.ts'
import type { Runtime } from './runtime.ts'
import type { PoolFunction, Task } from './tasks.ts'

const nothing: PackedList = new Uint8Array()

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
  #isEnding = false
  /** A list of the error that it could not begin for. */
  #refusal: PackedList = nothing
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
    const { line, exited } = this.#runtime
    const heard = new Promise<void>((resolve) => line.hear((message) => this.#hear(message), resolve))
    void heard.then(() => (this.#isEnding = true))
    this.exited = Promise.all([exited, heard]).then(() => this.#lose())
    const begin: Start = { modules, initializer: initializer?.target }
    this.ready = this.#begin(['begin', JSON.stringify(begin), initializer?.args ?? nothing])
  }

  get pid(): number | undefined {
    return this.#runtime.pid
  }

  /** Whether it has ended, or is about to: it is given nothing more, whatever it still answers. */
  get isOver(): boolean {
    return this.#isEnding || this.#runtime.isOver
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
    const target = this.#known.has(fn) ? undefined : JSON.stringify(fn.target)
    this.#known.add(fn)
    for (const task of tasks) task.delivery = 'unknown'
    this.#tasks.push(...tasks)
    this.#putBack = putBack
    const idle = new Promise<void>((resolve) => (this.#setIdle = resolve))
    this.#runtime.ref()
    this.#tell(['run', fn.number, target, ...tasks.map(({ chunk }) => chunk)])
    return idle
  }

  /** Ends it in order, when it runs no task. Never rejects. */
  async end(): Promise<void> {
    this.#runtime.ref()
    this.#runtime.line.close()
    const timer = setTimeout(() => this.kill(), endingMs)
    await this.exited
    clearTimeout(timer)
  }

  /** Ends it at once. */
  kill(): void {
    this.#isEnding = true
    this.#runtime.ref()
    this.#runtime.kill()
  }

  /** Where it is gone meanwhile, `exited` says so. */
  #tell(message: PoolMessage): void {
    void this.#runtime.line.say(message)
  }

  #hear(message: WorkerMessage): void {
    switch (message[0]) {
      case 'ready':
        this.isReady = true
        this.#runtime.unref()
        return this.#setReady()
      case 'refused':
        this.#refusal = message[1]
        return
      case 'ran': {
        const task = this.#tasks.shift()
        this.calls += task?.size ?? 0
        void task?.receive(message[2], message[1])
        return this.#checkIdle()
      }
      case 'returned':
        return this.#return(message[1])
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
    const refusal: unknown[] = []
    unpackNext(new ListReader(this.#refusal), 1, refusal)
    const [thrown] = await Promise.all(refusal)
    const cause = this.#runtime.failure ?? (thrown instanceof Failure ? thrown.error : undefined)
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
