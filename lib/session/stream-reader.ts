import type { IncomingStream } from './incoming-stream.ts'

type Step = IteratorResult<unknown, unknown>

/**
 * What a consumer iterates: an async generator whose items come from the peer. The stream behind it doesn't know it,
 * so that a reader which nobody uses any more is collected, and its producer stopped.
 */
export class StreamReader implements AsyncGenerator<unknown, unknown, undefined> {
  readonly #stream: IncomingStream

  constructor(stream: IncomingStream) {
    this.#stream = stream
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Before the first `next`: from then on, each item is made when it is asked for. */
  takeNoneAhead(): void {
    this.#stream.takeNoneAhead()
  }

  next(): Promise<Step> {
    return this.#stream.next()
  }

  /**
   * Stops the producer; resolves when it has run its `finally`, or rejects with what that threw. Who doesn't wait for it
   * hears nothing of that.
   */
  return(value?: unknown): Promise<Step> {
    const returned = this.#stream.return(value)
    returned.catch(() => undefined)
    return returned
  }

  async throw(error: unknown): Promise<Step> {
    await this.return()
    throw error
  }

  /** Stops the producer without waiting for it; who waits for an item gets `error`. */
  abort(error: unknown): void {
    this.#stream.abort(error)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}
