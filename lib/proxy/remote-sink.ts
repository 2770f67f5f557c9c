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
