import { ManagerError } from '../errors.ts'
import { abortedError } from '../session/wait.ts'
import { StreamReader } from '../session/stream-reader.ts'

type Step = IteratorResult<unknown, unknown>

/**
 * What a call of an exposed generator gives: as with a local generator, nothing runs before the first `next`. Values
 * passed to `next` don't cross.
 */
export class RemoteGenerator implements AsyncGenerator<unknown, unknown, undefined> {
  readonly #call: () => Promise<unknown>
  readonly #name: string
  readonly #signal: AbortSignal | undefined
  #reader: Promise<StreamReader> | undefined
  #isOver = false

  /** @param signal ends the stream at both sides, whenever it aborts */
  constructor(name: string, call: () => Promise<unknown>, signal: AbortSignal | undefined) {
    this.#name = name
    this.#call = call
    this.#signal = signal
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<Step> {
    if (this.#isOver) return { done: true, value: undefined }
    this.#reader ??= this.#start()
    const reader = await this.#reader
    const step = await reader.next()
    if (step.done === true) this.#end()
    return step
  }

  async return(value?: unknown): Promise<Step> {
    this.#end()
    const reader = await this.#reader
    return reader === undefined ? { done: true, value } : reader.return(value)
  }

  async throw(error: unknown): Promise<Step> {
    await this.return()
    throw error
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  async #start(): Promise<StreamReader> {
    const reader = await this.#call()
    if (!(reader instanceof StreamReader))
      throw new ManagerError('PROTOCOL', `the peer answered the generator '${this.#name}' with no stream`)
    this.#signal?.addEventListener('abort', this.#abort, { once: true })
    // It may have aborted between the answer and here.
    if (this.#signal?.aborted === true) this.#abort()
    return reader
  }

  #end(): void {
    this.#isOver = true
    this.#signal?.removeEventListener('abort', this.#abort)
  }

  readonly #abort = (): void => {
    const error = abortedError(this.#name, this.#signal?.reason, 'unknown')
    void this.#reader?.then((reader) => reader.abort(error))
  }
}
