import {
  type CurrentCall,
  currentCall,
  isWhole,
  ManagerError,
  sessionOf,
  timedOut,
  type WaitOptions,
  WaitQueue,
} from '../../extension.ts'
import { type Entry, EntryHeap } from './entry-heap.ts'
import { UnackedItems } from './unacked-items.ts'

/** Items that go into a queue at once, one after the other. */
export interface Batch<T> {
  readonly items: readonly T[]
  readonly priority: number
}

export interface QueueCoreOptions {
  /** What is put last comes out first. */
  readonly lifo?: boolean
  /** An item that was taken comes back when its holder ends, unless that has acknowledged it. */
  readonly acknowledged?: boolean
}

interface Getter {
  readonly max: number
  readonly call: CurrentCall | undefined
}

/**
 * Items, and the calls that wait to put or get some. What can be put or taken at once costs no promise; waits are served
 * in the order of their arrival. What comes back is where it was, as though nobody had taken it.
 */
export class QueueCore<T> {
  /** The most items that may be in it; 0 where there is no bound. */
  readonly maxSize: number
  readonly unacked: UnackedItems<T>
  readonly #entries = new EntryHeap<T>()
  readonly #step: 1 | -1
  #lastNumber = 0
  /** There are some only while there is no item. */
  readonly #getters = new WaitQueue<Getter, readonly Entry<T>[]>()
  readonly #putters = new WaitQueue<Batch<T>>()
  #isClosed = false

  /** @throws RangeError for a size that can't be */
  constructor(maxSize: number, { lifo = false, acknowledged = false }: QueueCoreOptions) {
    isWhole(0)('queue: maxSize', maxSize)
    this.maxSize = maxSize
    this.#step = lifo ? -1 : 1
    this.unacked = new UnackedItems(acknowledged, (entries) => this.#requeue(entries))
  }

  get size(): number {
    return this.#entries.size
  }

  /** How many calls wait to get items, and how many to put some. */
  get waiting(): { readonly takers: number; readonly putters: number } {
    return { takers: this.#getters.length, putters: this.#putters.length }
  }

  get isFull(): boolean {
    return this.maxSize > 0 && this.size >= this.maxSize
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  get first(): T | undefined {
    return this.#entries.first?.item
  }

  /** Puts all at once, if there is room and no earlier call waits. Returns whether it did. */
  offer(batch: Batch<T>): boolean {
    if (this.#isClosed) throw closed()
    if (this.#putters.length > 0 || !this.#hasRoomFor(batch)) return false
    this.#add(batch)
    this.settle()
    return true
  }

  /** Like `offer`, when there is room. */
  async waitToPut(batch: Batch<T>, options: WaitOptions): Promise<void> {
    const put = await this.#putters.wait(batch, options, () => this.settle())
    if (put === timedOut) throw full(this.maxSize)
  }

  /** Takes up to `max` entries, if there are any. */
  take(max: number): readonly Entry<T>[] {
    const call = currentCall()
    const entries = this.#take({ max, call })
    if (entries.length > 0) this.settle()
    else if (this.#hasEndedFor(call)) throw closed()
    return entries
  }

  /** Like `take`, when there are some. */
  async waitToTake(max: number, options: WaitOptions): Promise<readonly Entry<T>[]> {
    const waiting = this.#getters.wait({ max, call: currentCall() }, options)
    this.settle()
    const taken = await waiting
    if (taken === timedOut) throw empty()
    return taken
  }

  /** Returns how many there were. */
  clear(): number {
    const { size } = this
    this.#entries.clear()
    this.settle()
    return size
  }

  close(): void {
    this.#isClosed = true
    this.#putters.rejectAll(closed())
    this.settle()
  }

  /** Serves the waits that can go on: a getter makes room for a putter, which has something for a getter. */
  settle(): void {
    let hasChanged = true
    while (hasChanged) hasChanged = this.#serveGetter() || this.#servePutter()
    if (this.#isClosed && this.#getters.length > 0) this.#endWaits()
  }

  /** Ends the waits for which nothing will come. */
  #endWaits(): void {
    this.#getters.rejectAll(closed(), ({ call }) => this.#hasEndedFor(call))
    const giving = this.unacked.whoGivesWay(this.#getters.requests().map(({ call }) => sessionOf(call)))
    if (giving !== undefined) this.#getters.rejectAll(closed(), ({ call }) => sessionOf(call) === giving)
  }

  #serveGetter(): boolean {
    const { first } = this.#getters
    if (first === undefined || this.size === 0) return false
    this.#getters.resolve(first, this.#take(first))
    return true
  }

  #servePutter(): boolean {
    const { first } = this.#putters
    if (first === undefined || !this.#hasRoomFor(first)) return false
    this.#add(first)
    this.#putters.resolve(first, undefined)
    return true
  }

  #take({ max, call }: Getter): readonly Entry<T>[] {
    const taken: Entry<T>[] = []
    while (taken.length < max) {
      const entry = this.#entries.take()
      if (entry === undefined) break
      taken.push(entry)
    }
    if (taken.length > 0) this.unacked.add(taken, call)
    return taken
  }

  #add({ items, priority }: Batch<T>): void {
    for (const item of items) {
      this.#lastNumber += this.#step
      this.#entries.add({ item, priority, number: this.#lastNumber })
    }
  }

  #requeue(entries: readonly Entry<T>[]): void {
    for (const entry of entries) this.#entries.add(entry)
    this.settle()
  }

  #hasRoomFor({ items }: Batch<T>): boolean {
    return this.maxSize === 0 || this.size + items.length <= this.maxSize
  }

  /** Whether there will be no item any more for this call, even if it waits. */
  #hasEndedFor(call: CurrentCall | undefined): boolean {
    return this.#isClosed && this.size === 0 && !this.unacked.mayReturn(call)
  }
}

export function full(maxSize: number): ManagerError {
  return new ManagerError('QUEUE_FULL', `the queue has no place left; it takes ${maxSize} (maxSize)`)
}

export function empty(): ManagerError {
  return new ManagerError('QUEUE_EMPTY', 'the queue has no item')
}

function closed(): ManagerError {
  return new ManagerError('QUEUE_CLOSED', 'the queue is closed')
}
