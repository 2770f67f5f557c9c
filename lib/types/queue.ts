import {
  assertOptions,
  type Check,
  type Checks,
  checkWait,
  Exposed,
  isArray,
  isManagerError,
  isWhole,
  mustBe,
  Shared,
  type State,
  type Stateful,
  stateOf,
  waitChecks,
  type WaitOptions,
} from '../extension.ts'
import type { Entry } from './queues/entry-heap.ts'
import { type Batch, empty, full, QueueCore, type QueueCoreOptions } from './queues/queue-core.ts'

/** What all queues do. Their waits are bounded by their own `timeoutMs`, and not by the manager's `callTimeoutMs`. */
export abstract class AnyQueue<T, P extends object = object> implements Stateful {
  protected readonly core: QueueCore<T>
  /** Of what the options of putting have besides those of waiting. */
  readonly #checks: Checks<P>

  protected constructor(maxSize: number, options: QueueCoreOptions = {}, checks = {} as Checks<P>) {
    this.core = new QueueCore(maxSize, options)
    this.#checks = checks
  }

  [stateOf](): State {
    const { size, maxSize, unacked, waiting, isClosed } = this.core
    return { length: size, maxSize, unacked: unacked.count, takers: waiting.takers, putters: waiting.putters, isClosed }
  }

  /**
   * Puts an item into the queue, after the calls that wait for a place already. Resolves when it is in; a caller that gave
   * up, or died, meanwhile never puts it.
   * @throws ManagerError `QUEUE_FULL` when there is no place within `timeoutMs`, `QUEUE_CLOSED`, `ABORTED`
   */
  @Exposed({ timeoutMs: 0 })
  put(item: T, options?: WaitOptions & P): void | Promise<void> {
    return this.#put('queue.put', [item], options)
  }

  /** Like `put`, but waits for nothing. @throws ManagerError `QUEUE_FULL`, `QUEUE_CLOSED` */
  @Exposed
  putNowait(item: T, options?: P): void {
    assertOptions('queue.putNowait', options, this.#checks)
    if (!this.core.offer(this.#batch([item], options))) throw full(this.maxSize)
  }

  /**
   * Puts all of them, in their order and with no others in between, or none: resolves when there was room for all.
   * @throws RangeError for more than there is ever room for, TypeError for what is no array
   * @throws ManagerError as `put`
   */
  @Exposed({ timeoutMs: 0 })
  putMany(items: readonly T[], options?: WaitOptions & P): void | Promise<void> {
    isArray('queue.putMany: items', items)
    return this.#put('queue.putMany', items, options)
  }

  /**
   * Takes the next item, as soon as there is one and no earlier call waits. An item that didn't arrive, as its
   * caller had given up or died, is back in its place for the next.
   * @throws ManagerError `QUEUE_EMPTY` when there is none within `timeoutMs`, `QUEUE_CLOSED` when there will be none,
   *   `ABORTED`
   */
  @Exposed({ timeoutMs: 0 })
  get(options?: WaitOptions): T | Promise<T> {
    return whenTaken(this.take('queue.get', 1, options), onlyOne)
  }

  /** Like `get`, but waits for nothing. @throws ManagerError `QUEUE_EMPTY`, `QUEUE_CLOSED` */
  @Exposed
  getNowait(): T {
    const entries = this.core.take(1)
    if (entries.length === 0) throw empty()
    return onlyOne(entries)
  }

  /**
   * Takes up to `max` items, at least one, `Infinity` for all there are: waits for the first as `get` does, not for more.
   * @throws as `get`; RangeError for a `max` that can't be
   */
  @Exposed({ timeoutMs: 0 })
  getMany(max: number, options?: WaitOptions): T[] | Promise<T[]> {
    if (max !== Infinity) isWhole(1)('queue.getMany: max', max)
    return whenTaken(this.take('queue.getMany', max, options), (entries) => entries.map(({ item }) => item))
  }

  /**
   * Like `get`, as one step of an iteration: `done` when the queue is closed and there will be no item any more. `for await
   * (const item of queue)` asks for one after the other: none is taken that its consumer hasn't asked for.
   */
  @Exposed({ timeoutMs: 0 })
  async nextItem(options?: WaitOptions): Promise<IteratorResult<T, undefined>> {
    try {
      return { done: false, value: await this.get(options) }
    } catch (error) {
      if (isManagerError(error, 'QUEUE_CLOSED')) return { done: true, value: undefined }
      throw error
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const { done, value } = await this.nextItem()
      if (done === true) return
      yield value
    }
  }

  /** The item that is next to be taken, which stays; undefined where there is none. */
  @Exposed
  peek(): T | undefined {
    return this.core.first
  }

  /** How many items wait in the queue: without those that were handed over, unless they came back. */
  @Exposed
  get size(): number {
    return this.core.size
  }

  /** How many items putting stops at; 0: never. Items that come back are taken in all the same. */
  @Exposed
  get maxSize(): number {
    return this.core.maxSize
  }

  @Exposed
  get isEmpty(): boolean {
    return this.size === 0
  }

  @Exposed
  get isFull(): boolean {
    return this.core.isFull
  }

  @Exposed
  get isClosed(): boolean {
    return this.core.isClosed
  }

  /** Drops the items that wait in the queue, and says how many they were; those that were handed over stay so. */
  @Exposed
  clear(): number {
    return this.core.clear()
  }

  /**
   * From now on nothing is put: calls that try, or wait to, reject with `QUEUE_CLOSED`. What is in the queue, and what comes
   * back into it, can still be taken; calls that wait for more reject with `QUEUE_CLOSED` when there will be none.
   */
  @Exposed
  close(): void {
    this.core.close()
  }

  /** Takes up to `max` entries, at least one, at once or when there is one. `what` asks for them. @throws as `get` */
  protected take(
    what: string,
    max: number,
    options: WaitOptions | undefined,
  ): readonly Entry<T>[] | Promise<readonly Entry<T>[]> {
    checkWait(what, options)
    const entries = this.core.take(max)
    return entries.length > 0 ? entries : this.core.waitToTake(max, options ?? {})
  }

  /** The lower comes out first, where the queue minds. */
  protected priorityOf(_options: P | undefined): number {
    return 0
  }

  #put(what: string, items: readonly T[], options: (WaitOptions & P) | undefined): void | Promise<void> {
    if (options !== undefined) checkWait(what, options, { ...waitChecks, ...this.#checks })
    const batch = this.#batch(items, options)
    if (!this.core.offer(batch)) return this.core.waitToPut(batch, options ?? {})
  }

  #batch(items: readonly T[], options: P | undefined): Batch<T> {
    const { maxSize } = this
    if (maxSize > 0 && items.length > maxSize)
      throw new RangeError(`${items.length} items at once; the queue takes ${maxSize} (maxSize)`)
    return { items, priority: this.priorityOf(options) }
  }
}

export function whenTaken<T, R>(
  taken: readonly Entry<T>[] | Promise<readonly Entry<T>[]>,
  next: (entries: readonly Entry<T>[]) => R,
): R | Promise<R> {
  return taken instanceof Promise ? taken.then(next) : next(taken)
}

function onlyOne<T>(entries: readonly Entry<T>[]): T {
  return (entries as readonly [Entry<T>])[0].item
}

/** A queue: what was put first comes out first. Python's `queue.Queue`. */
@Shared({ module: 'referent', typeid: 'SharedQueue', iterator: 'nextItem' })
export class SharedQueue<T> extends AnyQueue<T> {
  /** @param maxSize how many items putting stops at; 0: never */
  constructor(maxSize: number = 0) {
    super(maxSize)
  }
}

/** A stack: what was put last comes out first. Python's `queue.LifoQueue`. */
@Shared({ module: 'referent', typeid: 'SharedLifoQueue', iterator: 'nextItem' })
export class SharedLifoQueue<T> extends AnyQueue<T> {
  /** @param maxSize how many items putting stops at; 0: never */
  constructor(maxSize: number = 0) {
    super(maxSize, { lifo: true })
  }
}

export interface PriorityOptions {
  /** Items of a lower priority come out first; 0 unless given. */
  readonly priority?: number
}

/** The lowest priority comes out first, and of one priority what was put first. Python's `queue.PriorityQueue`. */
@Shared({ module: 'referent', typeid: 'SharedPriorityQueue', iterator: 'nextItem' })
export class SharedPriorityQueue<T> extends AnyQueue<T, PriorityOptions> {
  /** @param maxSize how many items putting stops at; 0: never */
  constructor(maxSize: number = 0) {
    super(maxSize, {}, { priority: isPriority })
  }

  protected override priorityOf({ priority = 0 }: PriorityOptions = {}): number {
    return priority
  }
}

const isPriority: Check = (name, value) => {
  if (typeof value !== 'number' || Number.isNaN(value))
    throw mustBe(name, value, 'a number; the lowest comes out first')
}
