import { registeringModules } from '../codec/classes.ts'
import { type Delivery, ManagerError } from '../errors.ts'
import type { Chunk } from './chunk.ts'
import { Failure } from './failure.ts'
import type { PoolFunction } from './functions.ts'
import { givenUp } from './given-up.ts'
import { inTurns } from './in-turns.ts'
import type { Answers, Initializer } from './messages.ts'
import type { Runtime } from './runtime.ts'
import { modulesOf } from '../process/target.ts'
import { TaskLine } from './task-line.ts'
import type { Task } from './task.ts'
import { startRuntime, Worker } from './worker.ts'

export interface SchedulerOptions {
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

/** So long tasks that a worker is given together may take, each with what it takes to hand it over. */
const togetherMs = 2
/** So many times as much is left in the line for each worker. */
const tasksLeft = 4
/** What remains of the longest time after another measurement. */
const forgetting = 0.9

/**
 * The workers of a pool, and the line of tasks before them. A worker is started when a task waits and none is idle,
 * and has one task at a time; of a long line, several that are short, of which it runs one after the other.
 */
export class Scheduler {
  readonly #options: SchedulerOptions
  readonly #waiting = new TaskLine()
  /** Those that a worker has, or had, which aren't settled. */
  readonly #begun = new Set<Task>()
  /** All that have not exited, those that start or end included. */
  readonly #workers = new Set<Worker>()
  readonly #idle = new Set<Worker>()
  /** How many are submitting tasks, or wait for them. */
  #admitted = 0
  /** How long a task of one call takes, the handing over included. */
  readonly #taskMs = new WeakMap<PoolFunction, number>()
  #starting = 0
  #failures = 0
  #refusal: ManagerError | undefined
  #terminated: ManagerError | undefined
  #closing: Promise<void> | undefined
  #done: () => void = () => undefined

  constructor(options: SchedulerOptions) {
    this.#options = options
  }

  get pids(): number[] {
    return [...this.#workers].flatMap(({ pid }) => pid ?? [])
  }

  /** Why nobody is admitted any more, once that is so. */
  get refusal(): ManagerError | undefined {
    return this.#refusal
  }

  /** Why no task is taken any more, not even of those who were admitted. */
  get terminated(): ManagerError | undefined {
    return this.#terminated
  }

  /** Runs what submits tasks and waits for them; those are taken also when the pool is closed meanwhile. @throws `refusal` */
  async admit<T>(submit: () => Promise<T>): Promise<T> {
    if (this.#refusal !== undefined) throw this.#refusal
    this.#admitted++
    try {
      return await submit()
    } finally {
      this.#admitted--
      this.#lookForEnd()
    }
  }

  /** Puts a task at the end of the line. */
  submit(task: Task): void {
    if (this.#terminated !== undefined || task.chunk.size === 0) return task.fail(this.#terminated)
    this.#waiting.push(task)
    this.#assign()
  }

  /** Ends a task: takes it out of the line, or ends the worker that runs it, as nothing else stops a function. */
  giveUp(task: Task, reason: unknown): void {
    if (task.isSettled) return
    const delivery = this.#waiting.remove(task) ? 'not-sent' : 'unknown'
    this.#fail(task, givenUp(task.chunk.fn.target.name, reason, delivery))
    task.worker?.kill()
  }

  /** Takes a task out of the line whose outcomes nobody wants; one that runs goes on. */
  withdraw(task: Task): void {
    if (task.isWaiting) this.giveUp(task, undefined)
  }

  /** Admits nobody else; resolves when all tasks are settled and the workers have ended. Idempotent, never rejects. */
  close(): Promise<void> {
    this.#refusal ??= new ManagerError('SHUTTING_DOWN', 'the pool is closed: it takes no more tasks', {
      delivery: 'not-sent',
    })
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Ends all at once: tasks that aren't settled reject with `SHUTTING_DOWN`. Resolves when the workers have ended. */
  async terminate(): Promise<void> {
    this.#terminated ??= terminated('not-sent')
    this.#refusal = this.#terminated
    this.#failWaiting(this.#terminated)
    for (const task of this.#begun) this.#fail(task, terminated('unknown'))
    for (const worker of this.#workers) worker.kill()
    await this.close()
  }

  async #close(): Promise<void> {
    const done = new Promise<void>((resolve) => (this.#done = resolve))
    this.#lookForEnd()
    await done
    await Promise.all([...this.#workers].map((worker) => worker.end()))
  }

  #lookForEnd(): void {
    if (this.#admitted === 0 && this.#waiting.length === 0 && this.#begun.size === 0) this.#done()
  }

  /** Gives waiting tasks to idle workers, and starts workers for those that are left. */
  #assign(): void {
    for (let worker = this.#nextIdle(); worker !== undefined; worker = this.#nextIdle()) {
      const task = this.#waiting.shift()
      if (task === undefined) return
      this.#idle.delete(worker)
      void this.#run(worker, [task, ...this.#takeAlike(task, this.#room(worker))])
    }
    const first = this.#waiting.first
    if (first === undefined) return
    while (this.#starting < this.#waiting.length && this.#mayStart) void this.#start(first)
  }

  /** How many tasks a worker may be given besides the first: what is left for the others must keep them busy. */
  #room(worker: Worker): number {
    const share = Math.floor(this.#waiting.length / (this.#options.size * tasksLeft))
    return Math.min(share, this.#options.maxCalls - worker.calls - 1)
  }

  /** The next tasks of the line that are as short as the first, so that they hardly wait for each other. */
  #takeAlike(task: Task, room: number): Task[] {
    const { fn, calls } = task.chunk
    const most = Math.min(room, Math.floor(togetherMs / (this.#taskMs.get(fn) ?? Infinity)) - 1)
    const taken: Task[] = []
    for (let next = this.#waiting.first; next !== undefined && taken.length < most; next = this.#waiting.first) {
      const isAlike = next.chunk.fn === fn && next.chunk.calls.areSpread === calls.areSpread
      if (task.isLimited || next.isLimited || !isAlike || next.chunk.size > 1 || task.chunk.size > 1) break
      this.#waiting.remove(next)
      taken.push(next)
    }
    return taken
  }

  async #run(worker: Worker, tasks: readonly [Task, ...Task[]]): Promise<void> {
    const beganMs = performance.now()
    const [first, ...others] = tasks
    for (const task of tasks) {
      task.worker = worker
      this.#begun.add(task)
    }
    const runs = worker.run([first.chunk, ...others.map(({ chunk }) => chunk)])
    await Promise.all(runs.map((run, index) => this.#follow(tasks[index] ?? first, run)))
    this.#measure(first.chunk, (performance.now() - beganMs) / tasks.length)
    this.#vacate(worker)
  }

  async #follow(task: Task, run: Promise<readonly Answers[] | undefined>): Promise<void> {
    const answers = await run.catch((error: unknown) => new Failure(error))
    task.worker = undefined
    if (answers === undefined) this.#putBack(task)
    else if (answers instanceof Failure) this.#fail(task, answers.error)
    else void this.#settle(task, answers)
  }

  #putBack(task: Task): void {
    this.#begun.delete(task)
    if (!task.isSettled) this.#waiting.unshift(task)
  }

  #vacate(worker: Worker): void {
    if (worker.calls >= this.#options.maxCalls) void worker.end()
    else if (!worker.isOver) this.#idle.add(worker)
    this.#assign()
  }

  /** One long task is remembered through many short ones. */
  #measure({ fn, size }: Chunk, ms: number): void {
    if (size === 1) this.#taskMs.set(fn, Math.max(ms, (this.#taskMs.get(fn) ?? 0) * forgetting))
  }

  async #settle(task: Task, answers: readonly Answers[]): Promise<void> {
    const outcomes = await inTurns(task.chunk.outcomes(answers)).catch((error: unknown) => task.chunk.failed(error))
    task.settle(outcomes)
    this.#forget(task)
  }

  #fail(task: Task, error: unknown): void {
    task.fail(error)
    this.#forget(task)
  }

  #forget(task: Task): void {
    this.#begun.delete(task)
    this.#lookForEnd()
  }

  #nextIdle(): Worker | undefined {
    for (const worker of this.#idle) if (!worker.isOver) return worker
    return undefined
  }

  get #mayStart(): boolean {
    return this.#workers.size < this.#options.size && this.#failures < startAttempts
  }

  /** @param task what a worker will have to run first */
  async #start({ chunk }: Task): Promise<void> {
    this.#starting++
    const worker = await this.#startWorker(chunk.fn).catch((error: unknown) => new Failure(error))
    this.#starting--
    if (worker instanceof Failure) this.#startFailed(worker.error)
    else this.#ready(worker)
    this.#assign()
  }

  /** Resolves when it is ready. */
  async #startWorker(fn: PoolFunction): Promise<Worker> {
    const { initializer, start } = this.#options
    const modules = [initializer?.target, fn.target].flatMap((target) => (target ? modulesOf(target) : []))
    modules.push(...registeringModules())
    const worker = new Worker(
      startRuntime(() => start(modules)),
      initializer,
    )
    this.#workers.add(worker)
    void worker.exited.then(() => this.#exited(worker))
    await worker.ready
    return worker
  }

  #ready(worker: Worker): void {
    this.#failures = 0
    if (!worker.isOver) this.#idle.add(worker)
  }

  /** While others work, those who wait are left to them; else they are told why nobody comes. */
  #startFailed(failure: unknown): void {
    this.#failures++
    if (this.#failures < startAttempts || [...this.#workers].some(({ isReady }) => isReady)) return
    this.#failures = 0
    this.#failWaiting(failure)
  }

  #failWaiting(error: unknown): void {
    for (let task = this.#waiting.shift(); task !== undefined; task = this.#waiting.shift()) this.#fail(task, error)
  }

  #exited(worker: Worker): void {
    this.#workers.delete(worker)
    this.#idle.delete(worker)
    if (worker.isReady) this.#failures = 0
    this.#assign()
  }
}

function terminated(delivery: Delivery): ManagerError {
  return new ManagerError('SHUTTING_DOWN', 'the pool was terminated', { delivery })
}
