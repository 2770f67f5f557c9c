import { captureContext } from '../call-context.ts'
import type { StreamId } from '../wire/message.ts'
import type { Link } from './link.ts'

type Step = IteratorResult<unknown, unknown>

/** Gives the items of a stream one by one, each at once or as a promise: both kinds of iterators do. */
export interface StreamIterator {
  next(): Step | PromiseLike<Step>
  return?(value?: unknown): Step | PromiseLike<Step>
}

export type StreamSource = { [Symbol.asyncIterator](): StreamIterator } | Iterable<unknown>

/** The most items that a consumer can be ahead of: an endless source must not keep the event loop to itself. */
const maxCredit = 4096

/** While more bytes than that wait for the consumer to read, no more items are made: each may be of any size. */
const patientBytes = 1024 * 1024

/**
 * Whether a value that is no plain data crosses as a stream: async iterables, and iterators, which are consumed by
 * iterating them. Reads only well-known symbols and `next`.
 */
export function isStreamSource(value: object): value is StreamSource {
  if (Symbol.asyncIterator in value) return typeof value[Symbol.asyncIterator] === 'function'
  return Symbol.iterator in value && 'next' in value && typeof value.next === 'function'
}

/** The producing end: asks its source for as many items as the consumer has allowed, one after the other. */
export class OutgoingStream {
  readonly source: StreamSource
  /** When it was offered, by `performance.now()`. */
  readonly sinceMs: number = performance.now()
  /** How many items were sent. */
  items = 0
  readonly #id: StreamId
  #iterator: StreamIterator | undefined
  readonly #link: Link
  readonly #forget: () => void
  /** Where it was handed over: there its source runs, whoever asks for the items. */
  readonly #inContext = captureContext()
  #credit = 0
  #producing = false
  #over = false

  constructor(id: StreamId, source: StreamSource, link: Link, forget: () => void) {
    this.#id = id
    this.source = source
    this.#link = link
    this.#forget = forget
  }

  /**
   * At once, not with the first pull: some sources, such as those of events and lines, keep what comes from then on only. But
   * after its offer, as it may send messages of its own.
   */
  open(): StreamIterator {
    return (this.#iterator ??= open(this.source))
  }

  allow(credit: number): void {
    this.#credit = Math.min(this.#credit + credit, maxCredit)
    if (!this.#producing && !this.#over) this.#inContext(() => void this.#produce())
  }

  /** Has the source run its `finally`, after the item it is at; then tells the consumer that this is the end. */
  stop(): void {
    if (this.#over) return
    this.#close()
    this.#finish()
      .then((value) => this.#link.sendValue({ kind: 'end', stream: this.#id }, value, 'the end of a stream'))
      .catch((error: unknown) => this.#link.sendThrown({ kind: 'fail', stream: this.#id }, error))
  }

  /** Tells the consumer that the stream has failed, and has the source run its `finally`. */
  abort(reason: unknown): void {
    this.#fail(reason)
    void this.#finish(reason).catch(() => undefined) // the consumer has the reason already
  }

  async #produce(): Promise<void> {
    this.#producing = true
    try {
      while (this.#credit > 0 && !this.#over) {
        if (this.#link.queuedBytes > patientBytes) {
          await this.#link.drained()
          continue
        }
        this.#credit--
        const step = this.open().next()
        // A generator that gives its items at once costs no promise for each: most of what a small item costs.
        this.#tell('then' in step ? await step : step)
      }
    } catch (error) {
      // Nobody waits for an item after a stop: what it was waiting for may have ended by that very stop.
      if (!this.#over) this.#fail(error)
    }
    this.#producing = false
  }

  #tell(step: Step): void {
    if (this.#over) return
    if (step.done !== true) return this.#tellItem(step.value)
    this.#link.sendValue({ kind: 'end', stream: this.#id }, step.value, 'the end of a stream')
    this.#close()
  }

  #tellItem(item: unknown): void {
    try {
      this.#link.sendValue({ kind: 'item', stream: this.#id }, item, 'item')
      this.items++
    } catch (error) {
      this.#fail(error)
      void this.#finish().catch(() => undefined) // the consumer has the first error already
    }
  }

  #fail(error: unknown): void {
    this.#close()
    this.#link.sendThrown({ kind: 'fail', stream: this.#id }, error)
  }

  #close(): void {
    this.#over = true
    this.#forget()
  }

  /**
   * A generator that didn't start runs no `finally`.
   * @param reason why it ends, if it isn't the consumer who wants no more
   */
  async #finish(reason?: unknown): Promise<unknown> {
    const result = await this.#inContext(() => this.open().return?.(reason))
    return result?.value
  }
}

/** What opening throws, the first item does. */
function open(source: StreamSource): StreamIterator {
  try {
    return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  } catch (error) {
    const next = async (): Promise<never> => {
      throw error
    }
    return { next }
  }
}
