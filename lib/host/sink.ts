import { ManagerError } from '../errors.ts'
import type { HostedType } from './referent.ts'

/**
 * The type of every stream to write to that crosses; what is written waits until there is room for more. It belongs to
 * whoever has got it, by whose end without closing it, it is aborted.
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

/** The parts of a Node `Writable` that this needs; https://nodejs.org/api/stream.html#writable-streams */
interface NodeWritable {
  readonly writableEnded: boolean
  write(chunk: unknown, done: (error?: Error | null) => void): boolean
  end(done: (error?: Error | null) => void): unknown
  destroy(error?: Error): unknown
  on(event: 'error', listener: () => void): unknown
}

/** Whether a value is a stream to write to: a web one, or a Node one that can't be read from as well, or not any more. */
export function isSink(value: object): boolean {
  if (typeof WritableStream === 'function' && value instanceof WritableStream) return true
  return ['write', 'end', 'destroy', 'on', 'writableHighWaterMark'].every((name) => name in value) && !isReadable(value)
}

/** Of `process.stdout`, for instance, which is a socket, the reading side was never there. */
function isReadable(stream: object): boolean {
  return 'read' in stream && Reflect.get(stream, 'readable') !== false
}

/** Of a program itself, and never ended or destroyed by others: as Node's `pipe` has it. */
function isStandard(stream: object): boolean {
  return stream === process.stdout || stream === process.stderr
}

/** Both kinds of streams as one. A Node stream takes a write at a time, so that its own buffer stays small. */
class Sink {
  readonly #writer: WritableStreamDefaultWriter<unknown> | undefined
  readonly #node: NodeWritable | undefined

  constructor(stream: object) {
    if (typeof WritableStream === 'function' && stream instanceof WritableStream) this.#writer = stream.getWriter()
    else this.#node = stream as NodeWritable
    // Whoever writes is told; an 'error' event that nobody listens to would end the process beside that.
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

  /** Nobody writes any more: unless the stream was closed, it has not got all that it was to get. */
  async [Symbol.asyncDispose](isAbandoned: boolean): Promise<void> {
    const node = this.#node
    if (node !== undefined && (node.writableEnded || isStandard(node))) return
    await this.abort(
      isAbandoned
        ? new ManagerError('SESSION_LOST', 'the session of the writer has ended, and the stream was not closed')
        : new ManagerError('ABORTED', 'the writer has given the stream up, and did not close it'),
    )
  }
}
