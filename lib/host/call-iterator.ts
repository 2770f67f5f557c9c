import { ManagerError } from '../errors.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import type { StreamIterator } from '../session/outgoing-stream.ts'

type Source = AsyncIterator<unknown> | Iterator<unknown>
type Result = IteratorResult<unknown>
type Step = Result | Promise<Result>
type InTurn = (step: () => Step) => Step | Promise<Step>

/**
 * Iterates over an exposed generator: each step of the body runs in the context of the call that made it. A step that
 * completes synchronously is returned synchronously.
 */
export class CallIterator implements StreamIterator {
  /** Resolves when the generator has completed. */
  readonly ended: Promise<void>
  #end: () => void = () => undefined
  /** The call that opened it. */
  readonly call: IncomingCall
  readonly #source: Source
  readonly #inTurn: InTurn

  /** @param inTurn runs a step in the context of the call, on a serial referent when its turn comes */
  constructor(source: Source, call: IncomingCall, inTurn: InTurn) {
    this.#source = source
    this.call = call
    this.#inTurn = inTurn
    this.ended = new Promise((resolve) => (this.#end = resolve))
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Step {
    let step: Step | Promise<Step>
    try {
      step = this.#inTurn(this.#stepOnce)
    } catch (error) {
      this.#end()
      throw error
    }
    if (step instanceof Promise) return this.#watched(step)
    if (step.done === true) this.#end()
    return step
  }

  /**
   * Aborts the signal of the call, so that what the body waits for ends; then its `finally` runs.
   * @param reason the reason of the signal; without it, `ABORTED`
   */
  async return(reason?: unknown): Promise<Result> {
    const stopped = new ManagerError('ABORTED', 'the consumer of this stream wants no more')
    this.call.cancel(reason instanceof Error ? reason : stopped)
    try {
      return await this.#inTurn(() => this.#source.return?.() ?? { done: true, value: undefined })
    } finally {
      this.#end()
    }
  }

  readonly #stepOnce = (): Step => {
    this.call.throwIfAborted()
    return this.#source.next()
  }

  async #watched(running: Promise<Step>): Promise<Result> {
    let isOver = true
    try {
      const step = await running
      isOver = step.done === true
      return step
    } finally {
      if (isOver) this.#end()
    }
  }
}
