import { type Delivery, ManagerError } from '../extension.ts'
import type { Initializer } from './messages.ts'
import type { Runtime } from './runtime.ts'
import { cancelledError, type PoolFunction, type Task, TaskQueue } from './tasks.ts'
import { Worker } from './worker.ts'

export interface SchedulerOptions {
  /** How many workers there are at most. */
  readonly size: number
  /** Starts what a worker runs in, which is to import these modules. */
  readonly start: (modules: readonly string[]) => Runtime
  readonly initializer: Initializer | undefined
  /** After how many calls a worker is replaced. */
  readonly maxCalls: number
}

/** How many workers in a row may fail to start before the tasks that wait for one fail. */
const startAttempts = 3

/** How long tasks that a worker is given together may take. */
const togetherMs = 2
/** How many times as much is left in the queue for each worker. */
const tasksLeft = 4
/** What remains of the longest time after another measurement. */
const forgetting = 0.9

/**
 * The workers of a pool, and the queue of tasks before them. A worker is started when a task waits and none is idle,
 * and has one task at a time; of a long queue, several that are short, of which it runs one after the other.
 */
export class Scheduler {
  /** Whether no task is taken any more, not even of those who were admitted. */
  isTerminated = false
  readonly #options: SchedulerOptions
  readonly #queue = new TaskQueue()
  /** All that have not exited, those that start or end included. */
  readonly #workers = new Set<Worker>()
  readonly #idle = new Set<Worker>()
  /** How many are submitting tasks, or wait for them. */
  #admitted = 0
  /** How long a task of one call takes. */
  readonly #taskMs = new WeakMap<PoolFunction, number>()
  #starting = 0
  #failures = 0
  #refusal: ManagerError | undefined
  #closing: Promise<void> | undefined
  #done: () => void = () => undefined

  constructor(options: SchedulerOptions) {
    this.#options = options
  }

  get pids(): number[] {
    return [...this.#workers].flatMap(({ pid }) => pid ?? [])
  }

  /** @throws ManagerError `SHUTTING_DOWN` once the pool is closed */
  assertOpen(): void {
    if (this.#refusal !== undefined) throw this.#refusal
  }

  /**
   * Runs what submits tasks and waits for them; those are taken also when the pool is closed meanwhile.
   * @throws as `assertOpen`
   */
  async admit<T>(submit: () => Promise<T>): Promise<T> {
    this.assertOpen()
    this.#admitted++
    try {
      return await submit()
    } finally {
      this.#admitted--
      this.#checkDone()
    }
  }

  /** Puts a packed task at the end of the queue. */
  submit(task: Task): void {
    if (this.isTerminated || task.size === 0) return task.fail(this.#refusal)
    this.#queue.push(task)
    this.#assign()
  }

  /** Ends a task: takes it out of the queue, or ends the worker that runs it, as nothing else stops a function. */
  cancel(task: Task, reason: unknown): void {
    if (task.isSettled) return
    this.#queue.remove(task)
    task.fail(cancelledError(task.fn, reason, task.delivery))
    for (const worker of this.#workers) if (worker.tasks.includes(task)) worker.kill()
    this.#checkDone()
  }

  /** Admits nobody else; resolves when all tasks have ended, and the workers. Idempotent, never rejects. */
  close(): Promise<void> {
    this.#refusal ??= new ManagerError('SHUTTING_DOWN', 'the pool is closed: it takes no more tasks', {
      delivery: 'not-sent',
    })
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Ends all at once: tasks that wait or run reject with `SHUTTING_DOWN`. Resolves when the workers have ended. */
  async terminate(): Promise<void> {
    this.isTerminated = true
    this.#refusal = terminatedError('not-sent')
    this.#failQueued(this.#refusal)
    for (const worker of this.#workers) {
      for (const task of worker.tasks) task.fail(terminatedError(task.delivery))
      worker.kill()
    }
    void this.close()
    await Promise.all([...this.#workers].map(({ exited }) => exited))
  }

  async #close(): Promise<void> {
    const done = new Promise<void>((resolve) => (this.#done = resolve))
    this.#checkDone()
    await done
    await Promise.all([...this.#workers].map((worker) => worker.end()))
  }

  #checkDone(): void {
    if (this.#admitted > 0 || this.#queue.length > 0) return
    if ([...this.#workers].every(({ tasks }) => tasks.length === 0)) this.#done()
  }

  /** Assigns waiting tasks to idle workers, and starts workers for those that are left. */
  #assign(): void {
    for (let worker = this.#nextIdle(); worker !== undefined; worker = this.#nextIdle()) {
      const { first } = this.#queue
      if (first === undefined) return
      this.#idle.delete(worker)
      void this.#run(worker, this.#take(first, worker))
    }
    const { first } = this.#queue
    if (first === undefined) return
    while (this.#starting < this.#queue.length && this.#mayStart) void this.#start(first.fn)
  }

  /**
   * Takes the first task out of the queue for a worker; of a long queue, also the next ones that are as short, so that they
   * hardly wait for each other. What is left for the other workers must keep them busy.
   */
  #take(first: Task, worker: Worker): [Task, ...Task[]] {
    const taken: [Task, ...Task[]] = [first]
    this.#queue.remove(first)
    const { size, maxCalls } = this.#options
    const most = Math.min(
      Math.floor(togetherMs / (this.#taskMs.get(first.fn) ?? Infinity)),
      Math.floor(this.#queue.length / (size * tasksLeft)) + 1,
      maxCalls - worker.calls,
    )
    for (let next = this.#queue.first; next !== undefined && taken.length < most; next = this.#queue.first) {
      if (next.fn !== first.fn || !isShort(next) || !isShort(first)) break
      this.#queue.remove(next)
      taken.push(next)
    }
    return taken
  }

  async #run(worker: Worker, tasks: readonly [Task, ...Task[]]): Promise<void> {
    await worker.run(tasks, (notBegun) => this.#putBack(notBegun))
    this.#measure(tasks)
    if (worker.calls >= this.#options.maxCalls) void worker.end()
    else if (!worker.isOver) this.#idle.add(worker)
    this.#assign()
    this.#checkDone()
  }

  #putBack(tasks: readonly Task[]): void {
    for (const task of tasks.toReversed()) {
      task.delivery = 'not-sent'
      if (!task.isSettled) this.#queue.unshift(task)
    }
    this.#assign()
  }

  /** One long task is remembered through many short ones. */
  #measure(tasks: readonly [Task, ...Task[]]): void {
    const [{ fn, size }] = tasks
    if (size !== 1) return
    const longestMs = tasks.reduce((longest, { ms }) => Math.max(longest, ms), 0)
    this.#taskMs.set(fn, Math.max(longestMs, (this.#taskMs.get(fn) ?? 0) * forgetting))
  }

  #nextIdle(): Worker | undefined {
    for (const worker of this.#idle) if (!worker.isOver) return worker
    return undefined
  }

  get #mayStart(): boolean {
    const { size } = this.#options
    return this.#workers.size < size && this.#starting < size && this.#failures < startAttempts
  }

  /** @param fn what the worker will have to call first */
  async #start(fn: PoolFunction): Promise<void> {
    this.#starting++
    try {
      const worker = new Worker(this.#options.start, fn.target, this.#options.initializer)
      this.#workers.add(worker)
      void worker.exited.then(() => this.#exited(worker))
      await worker.ready
      this.#failures = 0
      if (!worker.isOver) this.#idle.add(worker)
    } catch (error) {
      this.#startFailed(error)
    }
    this.#starting--
    this.#assign()
  }

  /** While others work, the tasks that wait are left to them; else they fail. */
  #startFailed(error: unknown): void {
    this.#failures++
    if (this.#failures < startAttempts || [...this.#workers].some(({ isReady }) => isReady)) return
    this.#failures = 0
    this.#failQueued(error)
    this.#checkDone()
  }

  #failQueued(error: unknown): void {
    for (let task = this.#queue.first; task !== undefined; task = this.#queue.first) {
      this.#queue.remove(task)
      task.fail(error)
    }
  }

  #exited(worker: Worker): void {
    this.#workers.delete(worker)
    this.#idle.delete(worker)
    if (worker.isReady) this.#failures = 0
    this.#assign()
  }
}

/** Whether a task may share a worker with others: they neither wait long for it, nor end with it. */
function isShort(task: Task): boolean {
  return task.size === 1 && !task.isCancellable
}

function terminatedError(delivery: Delivery): ManagerError {
  return new ManagerError('SHUTTING_DOWN', 'the pool was terminated', { delivery })
}
