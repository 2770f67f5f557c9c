import { ManagerError } from '../errors.ts'
import { longestTimerMs } from '../deadline.ts'
import { abortedError, timeoutError } from '../session/wait.ts'
import { StreamReader } from '../session/incoming-stream.ts'

type Step = IteratorResult<unknown, unknown>

interface GeneratorOptions {
  /** Ends the stream at both sides when it aborts. */
  readonly signal: AbortSignal | undefined
  /** The longest wait for an item; 0 or undefined: none. */
  readonly timeoutMs: number | undefined
  /** Whether each item is made when it is asked for. */
  readonly isStepwise: boolean
}

/**
 * What a call of an exposed generator returns. Like a local generator, it runs nothing before the first `next`. Values passed
 * to `next` don't cross.
 */
export class RemoteGenerator implements AsyncGenerator<unknown, unknown, undefined> {
  readonly #call: () => Promise<unknown>
  readonly #name: string
  readonly #signal: AbortSignal | undefined
  readonly #timeoutMs: number
  readonly #isStepwise: boolean
  #reader: Promise<StreamReader> | undefined
  #isOver = false

  constructor(name: string, call: () => Promise<unknown>, { signal, timeoutMs = 0, isStepwise }: GeneratorOptions) {
    this.#name = name
    this.#call = call
    this.#signal = signal
    // A time that no timer can wait for is no bound.
    this.#timeoutMs = timeoutMs > longestTimerMs ? 0 : timeoutMs
    this.#isStepwise = isStepwise
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<Step> {
    if (this.#isOver) return { done: true, value: undefined }
    this.#reader ??= this.#start()
    let isOver = true
    try {
      const reader = await this.#reader
      const step = await (this.#timeoutMs === 0 ? reader.next() : this.#nextInTime(reader))
      isOver = step.done === true
      return step
    } finally {
      this.#isOver ||= isOver
    }
  }

  /** Like that of a local generator. A failure that nobody waits for is not reported. */
  return(value?: unknown): Promise<Step> {
    const returned = this.#return(value)
    returned.catch(() => undefined)
    return returned
  }

  async throw(error: unknown): Promise<Step> {
    await this.return()
    throw error
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  async #return(value: unknown): Promise<Step> {
    this.#isOver = true
    // `next` has rejected with the reason.
    const reader = await this.#reader?.catch(() => undefined)
    return reader === undefined ? { done: true, value } : reader.return(value)
  }

  /** Returns the next step; a producer that takes too long is stopped. */
  async #nextInTime(reader: StreamReader): Promise<Step> {
    const timeoutMs = this.#timeoutMs
    const timer = setTimeout(() => reader.abort(timeoutError(this.#name, timeoutMs)), timeoutMs)
    try {
      return await reader.next()
    } finally {
      clearTimeout(timer)
    }
  }

  async #start(): Promise<StreamReader> {
    const reader = await this.#call()
    if (!(reader instanceof StreamReader))
      throw new ManagerError('PROTOCOL', `the peer answered the generator '${this.#name}' with no stream`)
    if (this.#isStepwise) reader.takeNoneAhead()
    if (this.#signal !== undefined) abortWith(this.#signal, reader, this.#name)
    return reader
  }
}

/** A function of its own: a closure of the generator would be kept by the signal, and keep the reader. */
function abortWith(signal: AbortSignal, reader: StreamReader, name: string): void {
  reader.watch(signal, () => abortedError(name, signal.reason, 'unknown'))
}

/**
 * Iterates by a method that returns one step at a time: nothing is taken ahead of the consumer, so that nothing is lost when
 * it stops.
 */
export class StepIterator implements AsyncIterableIterator<unknown> {
  readonly #step: () => Promise<unknown>
  #isOver = false

  constructor(step: () => Promise<unknown>) {
    this.#step = step
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** @throws (as a rejection) what the method throws, and TypeError where it returns something else; that ends it */
  async next(): Promise<Step> {
    if (this.#isOver) return { done: true, value: undefined }
    this.#isOver = true
    const step = await this.#step()
    if (!isStep(step)) throw new TypeError('the method that iterates gave no { done, value }')
    this.#isOver = step.done === true
    return step
  }

  async return(value?: unknown): Promise<Step> {
    this.#isOver = true
    return { done: true, value }
  }
}

function isStep(value: unknown): value is Step {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'done') === 'boolean'
}

/** What a remote stream needs of its proxy's state. */
interface Writing {
  call(method: string, args: readonly unknown[]): Promise<unknown>
  /** Like the promise, which is a call of this member; reports failures that nobody takes. */
  reported<T>(method: string, promise: Promise<T>): Promise<T>
}

/** A stream that writes in the process that it came from. */
export class RemoteSink extends WritableStream<unknown> {
  readonly #writing: Writing

  constructor(writing: Writing) {
    super({
      write: async (chunk) => void (await writing.call('write', [chunk])),
      close: async () => void (await writing.call('close', [])),
      abort: async (reason: unknown) => void (await writing.call('abort', [reason])),
    })
    this.#writing = writing
  }

  override getWriter(): WritableStreamDefaultWriter<unknown> {
    return new RemoteWriter(this, this.#writing)
  }

  override close(): Promise<void> {
    return this.#writing.reported('close', super.close())
  }

  override abort(reason?: unknown): Promise<void> {
    return this.#writing.reported('abort', super.abort(reason))
  }
}

class RemoteWriter extends WritableStreamDefaultWriter<unknown> {
  readonly #writing: Writing

  constructor(stream: WritableStream<unknown>, writing: Writing) {
    super(stream)
    this.#writing = writing
  }

  override write(chunk?: unknown): Promise<void> {
    return this.#writing.reported('write', super.write(chunk))
  }

  override close(): Promise<void> {
    return this.#writing.reported('close', super.close())
  }

  override abort(reason?: unknown): Promise<void> {
    return this.#writing.reported('abort', super.abort(reason))
  }
}
