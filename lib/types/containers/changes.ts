import { types } from 'node:util'
import { assertOptions, Exposed, isTime, isWhole, LinkedList, ManagerError } from '../../extension.ts'
import { bytesOfBigInt, crossingOf } from './values.ts'

/** Whatever a watch allows: what may wait for it, and how many watches a container has. */
const maxBufferedBytes = 64 * 1024 * 1024
const maxWatches = 10_000

/**
 * How far a watcher may be behind. More than 64 MiB of changes, or so, never wait for one.
 */
export interface WatchOptions {
  /** How many changes may wait for a watcher for as long as it likes, 1 or more; 1024 without it. */
  readonly maxBuffered?: number
  /**
   * For how long more than that may wait, in milliseconds; 1000 without it. So a burst of changes does no harm to a reader
   * of them. One more while the first of them has waited for longer, and the watch fails.
   */
  readonly maxLagMs?: number
}

/** A container that processes can watch. */
export abstract class Watchable<C> implements Disposable {
  protected readonly changes: Changes<C> = new Changes<C>()

  /**
   * All changes from now on, in their order: they are watched when this resolves. `for await (const change of await
   * map.watch())`. A watcher that has been more than `maxBuffered` changes behind for longer than `maxLagMs` gets
   * `OVERLOADED`, and holds nobody up; so does one of whom more than 64 MiB of changes wait. It ends when its reader leaves
   * or dies, and when the container goes.
   * @throws TypeError, RangeError for options that can't be
   */
  @Exposed
  async watch(options?: WatchOptions): Promise<AsyncGenerator<C, void, undefined>> {
    return this.changes.watch(options)
  }

  /** Ends its watches. A server calls it; a program that made the object itself need not. */
  [Symbol.dispose](): void {
    this.changes[Symbol.dispose]()
  }
}

/** The watches of a container, which are told its changes. */
export class Changes<C> implements Disposable {
  readonly #watches = new Set<Watch<C>>()

  /** Whether anybody watches: where nobody does, a change need not be described. */
  get areWatched(): boolean {
    return this.#watches.size > 0
  }

  tell(change: C): void {
    if (!this.areWatched) return
    const told = new Told(change)
    for (const watch of this.#watches) watch.take(told)
  }

  /**
   * All changes from now on.
   * @throws TypeError, RangeError for options that can't be; ManagerError `OVERLOADED` where too many watch already
   */
  watch(options?: WatchOptions): Watch<C> {
    assertOptions<WatchOptions>('watch', options, { maxBuffered: isWhole(1), maxLagMs: isTime })
    if (this.#watches.size >= maxWatches)
      throw new ManagerError('OVERLOADED', `${maxWatches} watch this already; no more can`)
    const { maxBuffered = 1024, maxLagMs = 1000 } = options ?? {}
    const watch: Watch<C> = new Watch({ maxBuffered, maxLagMs }, () => this.#watches.delete(watch))
    this.#watches.add(watch)
    return watch
  }

  /** The container is gone: its watches end, when what waits in them is read. */
  [Symbol.dispose](): void {
    for (const watch of this.#watches) watch.end()
  }
}

/** A change, for all watches. */
class Told<C> {
  readonly change: C
  /** By `performance.now()`. */
  readonly sinceMs: number = performance.now()
  #bytes: number | undefined

  constructor(change: C) {
    this.change = change
  }

  /** Where nobody has to wait for it, nobody needs to know. */
  get bytes(): number {
    return (this.#bytes ??= weightOf(this.change, maxBufferedBytes))
  }
}

type Step<C> = IteratorResult<C, void>
type Reader<C> = (step: Step<C>) => void

/** The changes of a container for one reader, which may be slower than they come. */
export class Watch<C> implements AsyncGenerator<C, void, undefined> {
  readonly #bounds: Required<WatchOptions>
  readonly #left: () => void
  readonly #buffered = new LinkedList<Told<C>>()
  readonly #readers: Reader<C>[] = []
  #bufferedBytes = 0
  #isOver = false
  #failure: ManagerError | undefined

  /** @param left is called once, when it takes no more */
  constructor(bounds: Required<WatchOptions>, left: () => void) {
    this.#bounds = bounds
    this.#left = left
  }

  take(told: Told<C>): void {
    const reader = this.#readers.shift()
    if (reader !== undefined) return reader({ done: false, value: told.change })
    const why = this.#lagBefore(told)
    if (why !== undefined) return this.#fail(why)
    this.#buffered.add(told)
    this.#bufferedBytes += told.bytes
  }

  /** Takes no more. What waits can still be read. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#left()
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<Step<C>> {
    const told = this.#buffered.shift()
    if (told !== undefined) {
      this.#bufferedBytes -= told.bytes
      return { done: false, value: told.change }
    }
    if (this.#failure !== undefined) throw this.#takeFailure(this.#failure)
    if (this.#isOver) return { done: true, value: undefined }
    return new Promise((resolve) => this.#readers.push(resolve))
  }

  async return(): Promise<Step<C>> {
    this.#drop()
    this.end()
    return { done: true, value: undefined }
  }

  async throw(error: unknown): Promise<Step<C>> {
    await this.return()
    throw error
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  /** Why one more can't wait behind those that do. */
  #lagBefore(told: Told<C>): string | undefined {
    const { first, length } = this.#buffered
    const { maxBuffered, maxLagMs } = this.#bounds
    if (first === undefined) return undefined
    if (this.#bufferedBytes + told.bytes > maxBufferedBytes)
      return `more than ${maxBufferedBytes} bytes of changes waited for it, the most that ever do`
    if (length < maxBuffered || told.sinceMs - first.sinceMs < maxLagMs) return undefined
    return `more than ${maxBuffered} changes waited for it, the first of them for more than ${maxLagMs} ms (maxBuffered, maxLagMs)`
  }

  /** The changes that wait are dropped with it: they lead nowhere without those that follow. */
  #fail(why: string): void {
    this.#failure = new ManagerError('OVERLOADED', `a watch has failed: ${why}; read the state anew and watch again`)
    this.#drop()
    this.end()
  }

  #drop(): void {
    this.#buffered.clear()
    this.#bufferedBytes = 0
  }

  #takeFailure(failure: ManagerError): ManagerError {
    this.#failure = undefined
    return failure
  }
}

const perValue = 16
const perObject = 64

/** About how many bytes of memory a value takes, each part of it once; `most` or more where it is more than that. */
function weightOf(value: unknown, most: number): number {
  const [rest, seen] = [[value], new Set<object>()]
  let bytes = 0
  while (rest.length > 0 && bytes < most) {
    const part = rest.pop()
    bytes += perValue
    if (typeof part === 'string') bytes += part.length * 2
    else if (typeof part === 'bigint') bytes += bytesOfBigInt(part)
    else if (typeof part === 'object' && part !== null && !seen.has(part)) {
      seen.add(part)
      const parts = partsOf(part)
      bytes += perObject + (typeof parts === 'number' ? parts : parts.length * perValue)
      // They are only looked at where there is room for them.
      if (typeof parts !== 'number' && bytes < most) for (const each of parts) rest.push(each)
    }
  }
  return bytes
}

/** What is in an object; a number of bytes for one that has no other values in it. */
function partsOf(value: object): readonly unknown[] | number {
  if (types.isAnyArrayBuffer(value) || ArrayBuffer.isView(value)) return value.byteLength
  if (crossingOf(value) !== 'parts') return 0
  if (Array.isArray(value)) return value as readonly unknown[]
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)]
  if (value instanceof Set) return [...(value as Set<unknown>)]
  return Object.values(value as Record<string, unknown>)
}
