import { ManagerError } from '../errors.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import type { StreamIterator } from '../session/outgoing-stream.ts'

type Source = AsyncIterator<unknown> | Iterator<unknown>
type Result = IteratorResult<unknown>
type Step = Result | Promise<Result>
type InTurn = (step: () => Step) => Step | Promise<Step>

/**
 * A generator whose body belongs to the call that made it, whoever asks for its items. What its body gives at once,
 * it gives at once too.
 */
export class ContextIterator implements StreamIterator {
  /** Resolves when the body is over. */
  readonly ended: Promise<void>
  #end: () => void = () => undefined
  readonly #source: Source
  readonly #call: IncomingCall
  readonly #inTurn: InTurn

  /** @param inTurn runs a step of the body in the context of the call, when its referent lets it */
  constructor(source: Source, call: IncomingCall, inTurn: InTurn) {
    this.#source = source
    this.#call = call
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
   * What the body waits for ends by the signal of its call; then its `finally` runs.
   * @param reason what the signal says; without it, that the consumer wants no more
   */
  async return(reason?: unknown): Promise<Result> {
    const wantsNoMore = new ManagerError('ABORTED', 'the consumer of this stream wants no more')
    this.#call.cancel(reason instanceof Error ? reason : wantsNoMore)
    try {
      return await this.#inTurn(() => this.#source.return?.() ?? { done: true, value: undefined })
    } finally {
      this.#end()
    }
  }

  readonly #stepOnce = (): Step => {
    this.#call.throwIfAborted()
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
