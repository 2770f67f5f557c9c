import { registeringModules } from '../codec/classes.ts'
import { isManagerError, ManagerError } from '../errors.ts'
import { unmarshal } from '../process/marshal.ts'
import { endingMs } from '../process/child-cleanup.ts'
import type { Chunk } from './chunk.ts'
import type { Answers, Initializer, WorkerMessage } from './messages.ts'
import type { Runtime } from './runtime.ts'

interface Running {
  readonly chunk: Chunk
  readonly resolve: (answers: readonly Answers[] | undefined) => void
  readonly reject: (error: ManagerError) => void
}

/** A worker, from outside. It keeps this program alive while it starts, runs a chunk or ends, not while idle. */
export class Worker {
  /** Resolves when the initializer has run. @throws (as a rejection) ManagerError `START_FAILED` with the cause */
  readonly ready: Promise<void>
  /** Resolves when its process or thread has ended and all that it said was heard. Never rejects. */
  readonly exited: Promise<void>
  isReady = false
  /** How many calls it has made. */
  calls = 0
  readonly #runtime: Runtime
  readonly #known = new Set<number>()
  /** The first of them is being run, or about to be; the others have not begun. */
  readonly #running: Running[] = []
  #isKilled = false
  #refusal: Promise<unknown> | undefined
  #setReady: () => void = () => undefined

  constructor(runtime: Runtime, initializer: Initializer | undefined) {
    this.#runtime = runtime
    runtime.hear((message) => this.#hear(message))
    this.exited = runtime.exited.then(() => this.#lose())
    this.ready = this.#begin(initializer)
  }

  get pid(): number | undefined {
    return this.#runtime.pid
  }

  /** Whether it has ended, or is about to: it is given nothing more, whatever it still answers. */
  get isOver(): boolean {
    return this.#isKilled || this.#runtime.isOver
  }

  /** Whether it has chunks to run. */
  get isBusy(): boolean {
    return this.#running.length > 0
  }

  /**
   * Makes the calls of chunks, one after the other, when it has none; all are of one function, and spread alike. Gives for
   * each the answers, or undefined where it was not begun.
   * @throws (as a rejection) ManagerError `WORKER_LOST` where it ends meanwhile
   */
  run(chunks: readonly [Chunk, ...Chunk[]]): Promise<readonly Answers[] | undefined>[] {
    const [{ fn, calls }] = chunks
    const { number, target } = fn
    const isKnown = this.#known.has(number)
    this.#known.add(number)
    this.#runtime.ref()
    const runs = chunks.map(
      (chunk) =>
        new Promise<readonly Answers[] | undefined>((resolve, reject) =>
          this.#running.push({ chunk, resolve, reject }),
        ),
    )
    this.#runtime.tell({
      kind: 'run',
      fn: number,
      target: isKnown ? undefined : target,
      chunks: chunks.map(({ sent }) => sent),
      areSpread: calls.areSpread,
    })
    return runs
  }

  /** Ends it in order, when it runs no chunk. Never rejects. */
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

  #hear(message: WorkerMessage): void {
    switch (message.kind) {
      case 'ready':
        this.isReady = true
        this.#runtime.unref()
        return this.#setReady()
      case 'refused':
        return void (this.#refusal = unmarshal(message.error).catch((error: unknown) => error))
      case 'ran': {
        const running = this.#running.shift()
        this.calls += running?.chunk.size ?? 0
        if (!this.isBusy) this.#runtime.unref()
        return running?.resolve(message.answers)
      }
      case 'returned':
        this.#return(message.count)
        if (!this.isBusy) this.#runtime.unref()
    }
  }

  async #begin(initializer: Initializer | undefined): Promise<void> {
    const ready = new Promise<boolean>((resolve) => (this.#setReady = () => resolve(true)))
    this.#runtime.tell({ kind: 'begin', modules: [...registeringModules()], initializer })
    if (!(await Promise.race([ready, this.exited.then(() => this.isReady)]))) throw await this.#startError()
  }

  #lose(): void {
    this.#return(this.#running.length - 1)
    const lost = this.#running.pop()
    lost?.reject(this.#lossError(lost.chunk))
  }

  /** The last ones first, so that the line has them in their order again. */
  #return(count: number): void {
    for (; count > 0; count--) this.#running.pop()?.resolve(undefined)
  }

  #lossError({ fn: { target } }: Chunk): ManagerError {
    const { name, ending, failure } = this.#runtime
    const message = `the ${name} ended (${ending}) while it ran '${target.name}' of ${target.module}; it is replaced`
    return new ManagerError('WORKER_LOST', message, { delivery: 'unknown', ...causedBy(failure) })
  }

  async #startError(): Promise<ManagerError> {
    const cause = this.#runtime.failure ?? (await this.#refusal)
    return cause === undefined
      ? startFailed(`it ended (${this.#runtime.ending}); its error output says why`)
      : startFailed(messageOf(cause), cause)
  }
}

/** @throws ManagerError `START_FAILED` where `start` throws */
export function startRuntime(start: () => Runtime): Runtime {
  try {
    return start()
  } catch (error) {
    throw isManagerError(error) ? error : startFailed(messageOf(error), error)
  }
}

function startFailed(reason: string, cause?: unknown): ManagerError {
  const message = `a worker of the pool can't start: ${reason}`
  return new ManagerError('START_FAILED', message, { delivery: 'not-sent', ...causedBy(cause) })
}

function causedBy(cause: unknown): { readonly cause?: unknown } {
  return cause === undefined ? {} : { cause }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
