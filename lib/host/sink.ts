import { ManagerError } from '../errors.ts'
import { isStandardStream } from '../platform/node.ts'
import type { HostedType } from './referent.ts'

/**
 * The type of every writable stream that crosses. A write resolves when the stream has room for more. A stream whose last
 * reference is released or lost before it was closed is aborted.
 */
export const sinkType: HostedType = {
  kind: 'sink',
  typeid: 'WritableStream',
  members: new Map([
    ['write', { kind: 'method' }],
    ['close', { kind: 'method' }],
    ['abort', { kind: 'method' }],
  ]),
  hosting: { disposeOnRelease: true },
  adapt: (stream) => new Sink(stream),
}

/** The parts of a Node `Writable` that are used here; https://nodejs.org/api/stream.html#writable-streams */
interface NodeWritable {
  readonly writableEnded: boolean
  write(chunk: unknown, done: (error?: Error | null) => void): boolean
  end(done: (error?: Error | null) => void): unknown
  destroy(error?: Error): unknown
  on(event: 'error', listener: () => void): unknown
}

/** Whether a value is a writable stream: a `WritableStream`, or a Node one that isn't readable as well. */
export function isSink(value: object): boolean {
  if (typeof WritableStream === 'function' && value instanceof WritableStream) return true
  return ['write', 'end', 'destroy', 'on', 'writableHighWaterMark'].every((name) => name in value) && !isReadable(value)
}

/** `process.stdout` may be a socket, whose readable side was never open. */
function isReadable(stream: object): boolean {
  return 'read' in stream && Reflect.get(stream, 'readable') !== false
}

/** Both kinds of streams with one interface. Each write to a Node stream waits for the one before, so that its buffer stays small. */
class Sink {
  readonly #writer: WritableStreamDefaultWriter<unknown> | undefined
  readonly #node: NodeWritable | undefined

  constructor(stream: object) {
    if (typeof WritableStream === 'function' && stream instanceof WritableStream) this.#writer = stream.getWriter()
    else this.#node = stream as NodeWritable
    // The writer is told; an 'error' event without a listener would end the process as well.
    this.#node?.on('error', () => undefined)
  }

  async write(chunk: unknown): Promise<void> {
    await this.#writer?.write(chunk)
    const node = this.#node
    if (node === undefined) return
    await new Promise<void>((resolve, reject) => node.write(chunk, (error) => (error ? reject(error) : resolve())))
  }

  async close(): Promise<void> {
    await this.#writer?.close()
    const node = this.#node
    if (node === undefined) return
    await new Promise<void>((resolve, reject) => node.end((error) => (error ? reject(error) : resolve())))
  }

  async abort(reason: unknown): Promise<void> {
    await this.#writer?.abort(reason)
    this.#node?.destroy(
      reason instanceof Error
        ? reason
        : new ManagerError('ABORTED', 'the writer aborted the stream', { cause: reason }),
    )
  }

  /** The last reference is gone: a stream that was not closed has not received everything. */
  async [Symbol.asyncDispose](isAbandoned: boolean): Promise<void> {
    const node = this.#node
    // Node's `pipe` doesn't end the standard ones either.
    if (node !== undefined && (node.writableEnded || isStandardStream(node))) return
    await this.abort(
      isAbandoned
        ? new ManagerError('SESSION_LOST', 'the session of the writer has ended, and the stream was not closed')
        : new ManagerError('ABORTED', 'the writer has given the stream up, and did not close it'),
    )
  }
}
