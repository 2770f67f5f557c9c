import { ManagerError } from '../errors.ts'
import { Spread } from '../spread.ts'
import { WeakValueMap } from '../weak-value-map.ts'
import type { EndMessage, FailMessage, ItemMessage, PullMessage, StopMessage, StreamId } from '../wire/message.ts'
import { IncomingStream, StreamReader } from './incoming-stream.ts'
import { OutgoingStream, type StreamSource } from './outgoing-stream.ts'
import type { Link } from './link.ts'
import type { Running } from './running.ts'

type StreamMessage = PullMessage | ItemMessage | EndMessage | FailMessage | StopMessage

/** The streams of one session, in both directions. */
export class Streams {
  readonly #link: Link
  readonly #count: Running
  readonly #outgoing = new Map<StreamId, OutgoingStream>()
  readonly #incoming = new Map<StreamId, IncomingStream>()
  /** Bounds the numbers with one hash, as the peer chooses them. */
  readonly #spread = new Spread()
  readonly #readers = new WeakValueMap<IncomingStream, StreamReader>((stream) => stream.abandon())
  #lastId = 0

  /** @param count counts the streams of this side that are open */
  constructor(link: Link, count: Running) {
    this.#link = link
    this.#count = count
  }

  /** Whether none is open, in either direction. */
  get isEmpty(): boolean {
    return this.#outgoing.size === 0 && this.#incoming.size === 0
  }

  /** How many of this side are open. */
  get offered(): number {
    return this.#outgoing.size
  }

  /** How many of the peer are open. */
  get accepted(): number {
    return this.#incoming.size
  }

  outgoing(): Iterable<OutgoingStream> {
    return this.#outgoing.values()
  }

  incoming(): Iterable<IncomingStream> {
    return this.#incoming.values()
  }

  /** Offers `source` to the peer, which starts it with its first pull. The stream ends with the session. Runs nothing of it. */
  offer(source: StreamSource): StreamId {
    const id = ++this.#lastId as StreamId
    const stream = new OutgoingStream(id, source, this.#link, () => {
      this.#forget(this.#outgoing, id)
      this.#count.leave()
    })
    this.#outgoing.set(id, stream)
    this.#count.enter()
    return id
  }

  /** Opens a source whose offer was sent. */
  open(id: StreamId): void {
    this.#outgoing.get(id)?.open()
  }

  /** Ends a stream whose offer was never sent. */
  withdraw(id: StreamId): void {
    this.#outgoing.get(id)?.stop()
  }

  /**
   * Returns what the peer offered under this id, to be iterated once.
   * @throws ManagerError `PROTOCOL` for the id of a stream that is open
   */
  accept(id: StreamId): StreamReader {
    if (this.#incoming.has(id))
      throw new ManagerError('PROTOCOL', `the peer offered two streams under the number ${id}`)
    if (!this.#spread.admits(id, this.#incoming))
      throw new ManagerError('PROTOCOL', 'the peer offered too many streams whose numbers have one hash')
    const stream = new IncomingStream(id, this.#link, () => {
      if (this.#incoming.has(id)) this.#spread.delete(id)
      this.#forget(this.#incoming, id)
    })
    this.#incoming.set(id, stream)
    const reader = new StreamReader(stream)
    this.#readers.set(stream, reader)
    return reader
  }

  /** Tells the peer that nothing reads what it offered. */
  refuse(id: StreamId): void {
    this.#link.send({ kind: 'stop', stream: id })
  }

  receive(message: StreamMessage, tail: Uint8Array): void {
    switch (message.kind) {
      case 'pull':
        return this.#outgoing.get(message.stream)?.allow(message.credit)
      case 'stop':
        return this.#outgoing.get(message.stream)?.stop()
      case 'item':
      case 'end':
      case 'fail': {
        const stream = this.#incoming.get(message.stream)
        return stream === undefined ? this.#link.discard(message) : stream.receive(message, tail)
      }
    }
  }

  #forget(streams: Map<StreamId, unknown>, id: StreamId): void {
    streams.delete(id)
    if (this.isEmpty) this.#link.idle()
  }

  /** The streams of this side fail with `reason`, and their producers run their `finally`. */
  abort(reason: ManagerError): void {
    for (const stream of [...this.#outgoing.values()]) stream.abort(reason)
  }

  /** Ends all: producers run their `finally`, consumers reject with `SESSION_LOST`. */
  end(cause: ManagerError): void {
    for (const stream of [...this.#outgoing.values()]) stream.stop()
    for (const stream of [...this.#incoming.values()]) stream.lose(lost(cause))
  }
}

/** What the producer has done since the last item is unknown. */
function lost(cause: ManagerError): ManagerError {
  return new ManagerError('SESSION_LOST', `a stream had not ended yet: ${cause.message}`, {
    delivery: 'unknown',
    cause,
  })
}
