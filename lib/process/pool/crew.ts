import { type Delivery, ManagerError } from '../../errors.ts'
import type { Chunk } from './chunk.ts'
import { Failure } from './failure.ts'
import { givenUp } from './given-up.ts'
import type { Initializer } from './messages.ts'
import type { Runtime } from './runtime.ts'
import { Task } from './task.ts'
import { startRuntime, Worker } from './worker.ts'

export interface CrewOptions {
  /** How many workers there are at most. */
  readonly size: number
  /** Starts what a worker runs in, which is to import these modules. */
  readonly start: (modules: readonly string[]) => Runtime
  readonly initializer: Initializer | undefined
  /** After how many calls a worker is replaced. */
  readonly maxCalls: number
}

/** So many workers in a row may fail to start before those who wait for one are told. */
const startAttempts = 3

/**
 * The workers of a pool, and the line of tasks before them. A worker is started when a task waits and none is idle,
 * and runs one task at a time.
 */
export class Crew {
  readonly #options: CrewOptions
  readonly #waiting = new Set<Task>()
  /** Those that aren't settled: they wait, or a worker runs them. */
  readonly #tasks = new Set<Task>()
  /** All that have not exited, those that start or end included. */
  readonly #workers = new Set<Worker>()
  readonly #idle = new Set<Worker>()
  #starting = 0
  #failures = 0
  #refusal: ManagerError | undefined
  #closing: Promise<void> | undefined

  constructor(options: CrewOptions) {
    this.#options = options
  }

  get pids(): number[] {
    return [...this.#workers].flatMap(({ pid }) => pid ?? [])
  }

  /** Why no more tasks are taken, once that is so. */
  get refusal(): ManagerError | undefined {
    return this.#refusal
  }

  /** Puts a chunk at the end of the line. */
  submit(chunk: Chunk): Task {
    const task = new Task(chunk)
    if (this.#refusal !== undefined || chunk.parcels.length === 0) {
      task.fail(this.#refusal)
      return task
    }
    void task.outcomes.then(() => this.#tasks.delete(task))
    this.#tasks.add(task)
    this.#waiting.add(task)
    this.#deal()
    return task
  }

  /** Ends a task: takes it out of the line, or ends the worker that runs it, as nothing else stops a function. */
  giveUp(task: Task, reason: unknown): void {
    if (!this.#tasks.has(task)) return
    const delivery = this.#waiting.delete(task) ? 'not-sent' : 'unknown'
    task.fail(givenUp(task.chunk.fn.target.name, reason, delivery))
    task.worker?.kill()
  }

  /** Takes a task out of the line whose outcomes nobody wants; one that runs goes on. */
  withdraw(task: Task): void {
    if (this.#waiting.has(task)) this.giveUp(task, undefined)
  }

  /** Takes no more tasks; resolves when all are settled and the workers have ended. Idempotent, never rejects. */
  close(): Promise<void> {
    this.#refusal ??= new ManagerError('SHUTTING_DOWN', 'the pool is closed: it takes no more tasks', {
      delivery: 'not-sent',
    })
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Ends all at once: tasks that aren't settled reject with `ABORTED`. Resolves when the workers have ended. */
  async terminate(): Promise<void> {
    this.#refusal = terminated('not-sent')
    for (const task of this.#tasks) task.fail(terminated(this.#waiting.delete(task) ? 'not-sent' : 'unknown'))
    for (const worker of this.#workers) worker.kill()
    await this.close()
  }

  async #close(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all([...this.#tasks].map(({ outcomes }) => outcomes))
    await Promise.all([...this.#workers].map((worker) => worker.end()))
  }

  /** Gives waiting tasks to idle workers, and starts workers for those that are left. */
  #deal(): void {
    for (const task of this.#waiting) {
      const worker = this.#nextIdle()
      if (worker === undefined) break
      this.#waiting.delete(task)
      this.#idle.delete(worker)
      void this.#employ(worker, task)
    }
    for (const { chunk } of [...this.#waiting].slice(this.#starting)) if (this.#mayStart) void this.#hire(chunk)
  }

  async #employ(worker: Worker, task: Task): Promise<void> {
    task.worker = worker
    try {
      const answers = await worker.run(task.chunk)
      task.settle(task.chunk.outcomes(answers))
    } catch (error) {
      task.fail(error)
    }
    task.worker = undefined
    if (worker.calls >= this.#options.maxCalls) void worker.end()
    else if (!worker.isOver) this.#idle.add(worker)
    this.#deal()
  }

  #nextIdle(): Worker | undefined {
    for (const worker of this.#idle) if (!worker.isOver) return worker
    return undefined
  }

  get #mayStart(): boolean {
    return this.#workers.size < this.#options.size && this.#failures < startAttempts
  }

  async #hire(chunk: Chunk): Promise<void> {
    this.#starting++
    const hired = await this.#start(chunk).catch((error: unknown) => new Failure(error))
    this.#starting--
    if (hired instanceof Failure) this.#despair(hired.error)
    else this.#welcome(hired)
    this.#deal()
  }

  /** Resolves when it is ready. @param chunk what it will have to run first */
  async #start(chunk: Chunk): Promise<Worker> {
    const { initializer, start } = this.#options
    const modules = [initializer?.target, chunk.fn.target].flatMap((target) => target?.module ?? [])
    const worker = new Worker(
      startRuntime(() => start(modules)),
      initializer,
    )
    this.#workers.add(worker)
    void worker.exited.then(() => this.#part(worker))
    await worker.ready
    return worker
  }

  #welcome(worker: Worker): void {
    this.#failures = 0
    if (!worker.isOver) this.#idle.add(worker)
  }

  /** While others work, those who wait are left to them; else they are told why nobody comes. */
  #despair(failure: unknown): void {
    this.#failures++
    if (this.#failures < startAttempts || [...this.#workers].some(({ isReady }) => isReady)) return
    this.#failures = 0
    for (const task of this.#waiting) task.fail(failure)
    this.#waiting.clear()
  }

  #part(worker: Worker): void {
    this.#workers.delete(worker)
    this.#idle.delete(worker)
    if (worker.isReady) this.#failures = 0
    this.#deal()
  }
}

function terminated(delivery: Delivery): ManagerError {
  return new ManagerError('ABORTED', 'the pool was terminated', { delivery })
}
