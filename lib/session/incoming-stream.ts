import { onAbort } from '../abort.ts'
import { ManagerError } from '../errors.ts'
import type { EndMessage, FailMessage, ItemMessage, StreamId } from '../wire/message.ts'
import type { Link } from './link.ts'

/** How many items the producer may be ahead of the consumer, where it may. */
const windowItems = 32

type Step = IteratorResult<unknown, unknown>

interface Waiter {
  readonly resolve: (step: Step) => void
  readonly reject: (error: unknown) => void
}

type Outcome =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: unknown }

/**
 * The consuming end: what `StreamReader` reads. It allows the producer a window of items, and more as they are
 * consumed, so that a slow reader holds the producer.
 */
export class IncomingStream {
  /** When it was accepted, by `performance.now()`. */
  readonly sinceMs: number = performance.now()
  /** How many items have come. */
  items = 0
  readonly #id: StreamId
  readonly #link: Link
  readonly #forget: () => void
  #items: unknown[] = []
  #waiters: Waiter[] = []
  #window = windowItems
  #consumed = windowItems
  /** How many items more the producer may send. */
  #allowed = 0
  #outcome: Outcome | undefined
  #stopping = false
  #isAbandoned = false
  #isLost = false
  #unwatch: () => void = () => undefined

  constructor(id: StreamId, link: Link, forget: () => void) {
    this.#id = id
    this.#link = link
    this.#forget = forget
  }

  /** Before the first `next`: nothing is allowed but what somebody waits for. */
  takeNoneAhead(): void {
    this.#window = 1
    this.#consumed = 1
  }

  /** Aborts with that error when the signal aborts, or has, unless the end was read before. */
  watch(signal: AbortSignal, error: () => unknown): void {
    const abort = (): void => this.abort(error())
    if (signal.aborted) abort()
    else this.#unwatch = onAbort(signal, abort)
  }

  next(): Promise<Step> {
    if (this.#items.length > 0) {
      const value = this.#items.shift()
      this.#consumed++
      this.#allowMore()
      return Promise.resolve({ done: false, value })
    }
    if (this.#outcome !== undefined) return this.#takeOutcome()
    this.#allowMore()
    return this.#wait()
  }

  /**
   * Stops the producer; resolves when it has run its `finally`, or rejects with what that threw. Of one that was lost,
   * nothing is left to wait for.
   */
  async return(value?: unknown): Promise<Step> {
    this.#unwatch()
    this.#items = []
    if (this.#isLost) this.#outcome = { kind: 'returned', value: undefined }
    if (this.#outcome === undefined) this.#stop()
    await (this.#outcome === undefined ? this.#wait() : this.#takeOutcome())
    return { done: true, value }
  }

  /** Stops the producer without waiting for it; who reads on gets `error`, unless nothing was left to be read. */
  abort(error: unknown): void {
    const isUnread = this.#items.length > 0
    this.#items = []
    if (this.#outcome === undefined) this.#stop()
    else if (isUnread && this.#outcome.kind === 'returned') this.#outcome = { kind: 'threw', error }
    this.#settle({ kind: 'threw', error })
  }

  /** Nobody reads any more: once those who wait have their items, the producer stops. */
  abandon(): void {
    this.#unwatch()
    this.#isAbandoned = true
    if (this.#waiters.length === 0 && this.#outcome === undefined) this.#stop()
  }

  /** @throws ManagerError `PROTOCOL` for an item more than was allowed: it would have to be kept */
  receive(message: ItemMessage | EndMessage | FailMessage, tail: Uint8Array): void {
    if (message.kind === 'item' && this.#allowed-- === 0)
      throw new ManagerError('PROTOCOL', 'the peer sent more items of a stream than it was allowed')
    if (this.#stopping && message.kind === 'item') return this.#link.discard(message)
    let value: unknown
    try {
      value = this.#link.decode(message.body, tail)
    } catch (error) {
      this.#stop()
      return this.#settle({ kind: 'threw', error })
    }
    if (message.kind === 'item') {
      this.items++
      this.#deliver(value)
    } else this.#settle(message.kind === 'end' ? { kind: 'returned', value } : { kind: 'threw', error: value })
  }

  lose(error: ManagerError): void {
    this.#isLost = true
    this.#settle(this.#stopping ? { kind: 'returned', value: undefined } : { kind: 'threw', error })
  }

  #stop(): void {
    if (this.#stopping) return
    this.#stopping = true
    this.#link.send({ kind: 'stop', stream: this.#id })
  }

  #allowMore(): void {
    if (this.#consumed < this.#window / 2 || this.#outcome !== undefined) return
    this.#link.send({ kind: 'pull', stream: this.#id, credit: this.#consumed })
    this.#allowed += this.#consumed
    this.#consumed = 0
  }

  #wait(): Promise<Step> {
    this.#link.ref()
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }))
  }

  #deliver(value: unknown): void {
    const waiter = this.#waiters.shift()
    if (waiter === undefined) {
      this.#items.push(value)
      return
    }
    this.#consumed++
    this.#link.unref()
    waiter.resolve({ done: false, value })
    if (this.#waiters.length > 0) this.#allowMore()
    else if (this.#isAbandoned) this.#stop()
  }

  #settle(outcome: Outcome): void {
    this.#forget()
    if (this.#outcome !== undefined) return
    this.#outcome = outcome
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) {
      this.#link.unref()
      this.#takeOutcome().then(waiter.resolve, waiter.reject)
    }
  }

  /** The first to ask gets the end itself; all others, that the stream is over: as with a local generator. */
  async #takeOutcome(): Promise<Step> {
    this.#unwatch()
    const outcome = this.#outcome
    this.#outcome = { kind: 'returned', value: undefined }
    if (outcome?.kind === 'threw') throw outcome.error
    return { done: true, value: outcome?.value }
  }
}

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

  /** Aborts with that error when the signal aborts, or has, unless the end was read before. */
  watch(signal: AbortSignal, error: () => unknown): void {
    this.#stream.watch(signal, error)
  }

  /** Stops the producer without waiting for it; who reads on gets `error`, unless nothing was left to be read. */
  abort(error: unknown): void {
    this.#stream.abort(error)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}
