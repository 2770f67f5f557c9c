import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { currentCall, Exposed, Shared } from 'referent'
import { Growth } from '../harness/growth.ts'

/** Gives and takes streams, and tells how far they have come. */
@Shared()
export class Pump {
  readonly #notes: string[] = []
  #count = 0
  #growth = new Growth()
  #turn: () => void = () => undefined
  #kept: WritableStream<Uint8Array> | undefined

  /** How many items were produced, or taken, or written. */
  @Exposed
  get count(): number {
    return this.#count
  }

  @Exposed
  takeNotes(): string[] {
    return this.#notes.splice(0)
  }

  /** Its `finally` takes its time. */
  @Exposed
  async *numbers(): AsyncGenerator<number> {
    try {
      for (this.#count = 0; ;) yield this.#count++
    } finally {
      await sleep(30)
      this.#notes.push('finished')
    }
  }

  /** Sync, and watches how much its process takes meanwhile. */
  @Exposed
  *watched(to: number): Generator<number> {
    this.#growth = new Growth()
    for (let number = 0; number < to; number++) {
      if (number % 1000 === 0) this.#growth.sample()
      yield number
    }
  }

  @Exposed
  get grownBytes(): number {
    return this.#growth.bytes
  }

  @Exposed
  async *joined(): AsyncGenerator<number, string> {
    yield* [1, 2]
    const inner = yield* this.inner()
    yield 5
    return inner
  }

  *inner(): Generator<number, string> {
    yield* [3, 4]
    return 'joined'
  }

  /** Waits after the first item until its call is aborted. */
  @Exposed
  async *untilAborted(): AsyncGenerator<string> {
    const signal = currentCall()?.signal
    yield 'waiting'
    try {
      if (signal?.aborted === false) await once(signal, 'abort')
      this.#notes.push(`aborted: ${String(Reflect.get(signal?.reason as object, 'code'))}`)
    } finally {
      this.#notes.push('finished')
    }
  }

  /** Waits after the first item for what ends with an error when its call is aborted. */
  @Exposed
  async *untilInterrupted(): AsyncGenerator<string> {
    try {
      yield 'waiting'
      const signal = currentCall()?.signal
      await sleep(60_000, undefined, signal === undefined ? {} : { signal })
    } finally {
      this.#notes.push('finished')
    }
  }

  /** Gives a collection, or what is iterated lazily. */
  @Exposed
  list(lazily: boolean): Iterable<number> {
    return lazily ? [1, 2].values() : [1, 2]
  }

  /** A generator whose type doesn't say so. */
  @Exposed
  *listed(): Iterable<number> {
    yield* [1, 2]
  }

  /** Takes one item for each call of `turn`, and counts them. */
  @Exposed
  async takeSlowly(source: AsyncIterable<unknown>): Promise<number> {
    this.#count = 0
    const items = source[Symbol.asyncIterator]()
    for (;;) {
      await new Promise<void>((resolve) => (this.#turn = resolve))
      if ((await items.next()).done === true) return this.#count
      this.#count++
    }
  }

  @Exposed
  turn(): void {
    this.#turn()
  }

  /** Leaves the stream in its middle; its `break` waits for the producer. */
  @Exposed
  async takeUntil(source: AsyncIterable<number>, last: number): Promise<number[]> {
    const taken: number[] = []
    for await (const number of source) {
      taken.push(number)
      if (number === last) break
    }
    return taken
  }

  @Exposed
  async takeAll(source: AsyncIterable<unknown>): Promise<unknown[]> {
    const taken: unknown[] = []
    for await (const item of source) taken.push(item)
    return taken
  }

  @Exposed
  async digest(source: AsyncIterable<Uint8Array>): Promise<string> {
    const hash = createHash('sha256')
    for await (const piece of source) hash.update(piece)
    return hash.digest('hex')
  }

  @Exposed
  nodeBytes(pieces: number): Readable {
    return Readable.from(bytePieces(pieces))
  }

  @Exposed
  webBytes(pieces: number): ReadableStream<Uint8Array> {
    return ReadableStream.from(bytePieces(pieces))
  }

  /** Writes one piece after the other, counts them, and closes. */
  @Exposed
  async pour(sink: WritableStream<Uint8Array>, pieces: number): Promise<void> {
    this.#count = 0
    const writer = sink.getWriter()
    for (const piece of bytePieces(pieces)) {
      await writer.write(piece)
      this.#count++
    }
    await writer.close()
  }

  @Exposed
  keep(sink: WritableStream<Uint8Array>): void {
    this.#kept = sink
  }

  @Exposed
  kept(): WritableStream<Uint8Array> | undefined {
    return this.#kept
  }

  @Exposed
  async abandon(sink: WritableStream<Uint8Array>, message: string): Promise<void> {
    await sink.abort(new RangeError(message))
  }

  @Exposed
  async pipe(source: AsyncIterable<Uint8Array>, sink: WritableStream<Uint8Array>): Promise<void> {
    await ReadableStream.from(source).pipeTo(sink)
  }
}

/** Pieces of 10,000 bytes, each of other bytes. */
export function* bytePieces(pieces: number): Generator<Uint8Array> {
  for (let index = 0; index < pieces; index++) yield new Uint8Array(10_000).fill(index)
}

export function digestOf(pieces: Iterable<Uint8Array>): string {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return hash.digest('hex')
}
