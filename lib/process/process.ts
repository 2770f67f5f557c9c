import { type Marshalled, marshal, unmarshal, valueModules } from './marshal.ts'
import { type Target, modulesOf, type NamedTarget, targetOf } from './target.ts'
import type { ChildProcess } from 'node:child_process'
import { callSite } from '../call-site.ts'
import { ManagerError } from '../errors.ts'
import { refuseWhileImporting } from '../main-module.ts'
import { assertOptions, type Checks, isArray, isText, isTime } from '../options.ts'
import { atMost } from '../deadline.ts'
import type { RemoteArgs } from '../proxy/remote.ts'
import { Channel } from './channel.ts'
import { childChecks, type ChildOptions, forkChild, siblingModule } from './child.ts'
import { endingMs, childCleanup } from './child-cleanup.ts'

/** What a parent tells a child of `Process`, once, over its IPC channel. */
export interface ProcessOrder {
  readonly target: Target
  /** The modules that register classes and transformers of values. */
  readonly modules: readonly string[]
  readonly args: Marshalled
}

/** What a child answers where it can't even call the function. */
export interface ProcessRefusal {
  readonly refused: Marshalled
}

export interface ProcessOptions extends ChildOptions {
  /** What the process is called in messages; without it, the name of its function. */
  readonly name?: string
}

const processChecks: Checks<ProcessOptions> = { ...childChecks, name: isText }

type AnyFunction = (...args: never[]) => unknown

/**
 * A child process that calls one function and ends: Python's `multiprocessing.Process`. The function is an export of
 * the module that it is written in, or of the one that calls `new Process`, or it is named. The child imports that module.
 * Arguments cross by copy, proxies in them live.
 *
 * The child ends with its parent. The parent doesn't end before the child, as in Python.
 */
export class Process<F extends AnyFunction = AnyFunction> implements AsyncDisposable {
  readonly name: string
  readonly #target: Target
  readonly #args: readonly unknown[]
  readonly #options: ProcessOptions
  #child: ChildProcess | undefined
  #exited: Promise<void> | undefined
  #refusal: Promise<unknown> | undefined

  /** @throws TypeError for a function that no other process can find, and for arguments and options that can't be */
  constructor(fn: F | NamedTarget, args: RemoteArgs<Parameters<F>> | readonly [] = [], options?: ProcessOptions) {
    assertOptions('new Process', options, processChecks)
    isArray('the list of arguments of a Process', args)
    this.#target = targetOf(fn, callSite(new.target as unknown as AnyFunction), 'the function of a Process')
    this.#args = args
    this.#options = options ?? {}
    this.name = this.#options.name ?? this.#target.name
  }

  /**
   * Starts the child, without waiting for it.
   * @throws ManagerError `ALREADY_STARTED`, `NOT_GUARDED`, `UNSERIALIZABLE` for an argument that can't cross
   */
  start(): void {
    refuseWhileImporting('Process.start')
    if (this.#child !== undefined)
      throw new ManagerError('ALREADY_STARTED', `the process '${this.name}' was started before; make a new one`)
    const order: ProcessOrder = { target: this.#target, modules: valueModules(), args: marshal(this.#args) }
    const child = forkChild(
      siblingModule('process-main', import.meta.url),
      [...modulesOf(this.#target), ...order.modules],
      this.#options,
    )
    this.#child = child
    void childCleanup().watch(child, { endingMs })
    this.#exited = new Promise((resolve) => {
      child.once('exit', () => resolve())
      // A child that can't even be spawned has no 'exit'; one that can't be killed has an 'error' too.
      child.on('error', (cause) => {
        if (child.pid !== undefined) return
        const error = new ManagerError(
          'START_FAILED',
          `the process '${this.name}' can't be started: ${cause.message}`,
          { cause },
        )
        this.#refusal ??= Promise.resolve(error)
        resolve()
      })
    })
    const channel = new Channel<ProcessOrder, ProcessRefusal>(child)
    channel.hear(({ refused }) => void (this.#refusal = unmarshal(refused)))
    // A process that is gone has an end that says so.
    channel.say(order, () => undefined)
  }

  /**
   * Resolves with the exit code when the child has ended, or with null when `timeoutMs` is up before or a signal
   * ended it.
   * @throws (as a rejection) TypeError or RangeError for what is no time; ManagerError `NOT_STARTED`; `NOT_EXPORTED`, `MODULE_FAILED`, `NOT_GUARDED` or
   * `START_FAILED` where the child could not call the function
   */
  async join(timeoutMs?: number): Promise<number | null> {
    const exited = this.#exited
    if (exited === undefined)
      throw new ManagerError('NOT_STARTED', `the process '${this.name}' was not started; call start() before join()`)
    if (timeoutMs !== undefined) isTime('the timeoutMs of process.join', timeoutMs)
    await (timeoutMs === undefined ? exited : atMost(timeoutMs, exited))
    if (this.#refusal !== undefined && !this.isAlive) throw await this.#refusal
    return this.exitCode
  }

  /** Null while the child runs, before it was started, and where a signal ended it. */
  get exitCode(): number | null {
    return this.#child?.exitCode ?? null
  }

  /** The signal that ended the child, or null. */
  get signal(): NodeJS.Signals | null {
    return this.#child?.signalCode ?? null
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  get isAlive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Asks the child to end (SIGTERM). */
  terminate(): void {
    this.#child?.kill('SIGTERM')
  }

  /** Ends the child at once (SIGKILL). */
  kill(): void {
    this.#child?.kill('SIGKILL')
  }

  /** Asks the child to end (SIGTERM), and waits until it has; one that takes longer than two seconds is killed. */
  async close(): Promise<void> {
    this.terminate()
    const timer = setTimeout(() => this.kill(), endingMs)
    await this.#exited
    clearTimeout(timer)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
