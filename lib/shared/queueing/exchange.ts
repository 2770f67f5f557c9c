import { type CallContext, currentContext } from '../../call-context.ts'
import { ManagerError } from '../../errors.ts'
import { isWhole } from '../../options.ts'
import { type Custody, holderOf, type Source } from './custody.ts'
import { Line, timedOut, type WaitOptions } from '../line.ts'
import type { Entry, QueueEntries } from './queue-entries.ts'

/** Items that go into a queue at once, one after the other. */
export interface Batch<T> {
  readonly items: readonly T[]
  readonly priority: number
}

interface Getter {
  readonly max: number
  readonly call: CallContext | undefined
}

/**
 * Where those who put and those who get meet. What goes in at once and comes out at once costs no promise; who must wait
 * stands in a line, and whoever comes later, behind.
 */
export class Exchange<T> implements Source<T> {
  /** 0: any number of items. */
  readonly maxSize: number
  readonly #entries: QueueEntries<T>
  readonly #custody: Custody<T>
  /** Only when there is no item. */
  readonly #getters = new Line<Getter, Entry<T>[]>()
  readonly #putters = new Line<Batch<T>>()
  #isClosed = false

  /** @throws RangeError for a size that can't be */
  constructor(maxSize: number, entries: QueueEntries<T>, custody: Custody<T>) {
    isWhole(0)('queue: maxSize', maxSize)
    this.maxSize = maxSize
    this.#entries = entries
    this.#custody = custody
  }

  get size(): number {
    return this.#entries.size
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

  /** Puts all at once, if there is room and nobody came before. Whether it did. */
  offer(batch: Batch<T>): boolean {
    if (this.#isClosed) throw closed()
    if (this.#putters.length > 0 || !this.#hasRoomFor(batch)) return false
    this.#admit(batch)
    this.review()
    return true
  }

  /** As `offer`, when it can be. */
  async waitToPut(batch: Batch<T>, options: WaitOptions): Promise<void> {
    const served = await this.#putters.join(batch, options, () => this.review())
    if (served === timedOut) throw full(this.maxSize)
  }

  /** Takes up to `max` entries, if there are any. */
  take(max: number): Entry<T>[] {
    const call = currentContext()
    const entries = this.#handOver({ max, call })
    if (entries.length > 0) this.review()
    else if (this.#hasEndedFor(call)) throw closed()
    return entries
  }

  /** As `take`, when there are some. */
  async waitToTake(max: number, options: WaitOptions): Promise<Entry<T>[]> {
    const waiting = this.#getters.join({ max, call: currentContext() }, options)
    this.review()
    const served = await waiting
    if (served === timedOut) throw empty()
    return served
  }

  giveBack(entries: readonly Entry<T>[]): void {
    for (const entry of entries) this.#entries.giveBack(entry)
    this.review()
  }

  clear(): number {
    const count = this.#entries.clear()
    this.review()
    return count
  }

  close(): void {
    this.#isClosed = true
    this.#putters.turnAway(closed())
    this.review()
  }

  /** Lets those go on who can. A getter makes room for a putter, which has something for a getter. */
  review(): void {
    let hasChanged = true
    while (hasChanged) hasChanged = this.#serveGetter() || this.#servePutter()
    if (this.#isClosed && this.#getters.length > 0) this.#endWaits()
  }

  /** Of those who wait, for whom nothing will come. */
  #endWaits(): void {
    this.#getters.turnAway(closed(), ({ call }) => this.#hasEndedFor(call))
    const giving = this.#custody.whoGivesWay(this.#getters.tickets().map(({ call }) => holderOf(call)))
    if (giving !== undefined) this.#getters.turnAway(closed(), ({ call }) => holderOf(call) === giving)
  }

  #serveGetter(): boolean {
    const { first } = this.#getters
    if (first === undefined || this.size === 0) return false
    this.#getters.serve(this.#handOver(first))
    return true
  }

  #servePutter(): boolean {
    const { first } = this.#putters
    if (first === undefined || !this.#hasRoomFor(first)) return false
    this.#admit(first)
    this.#putters.serve()
    return true
  }

  #handOver({ max, call }: Getter): Entry<T>[] {
    const entries = this.#entries.take(max)
    if (entries.length > 0) this.#custody.handOver(entries, call, this)
    return entries
  }

  #admit({ items, priority }: Batch<T>): void {
    for (const item of items) this.#entries.add(item, priority)
  }

  #hasRoomFor({ items }: Batch<T>): boolean {
    return this.maxSize === 0 || this.size + items.length <= this.maxSize
  }

  /** Whether there will be no item any more for who asks by this call, even if it goes on to wait. */
  #hasEndedFor(call: CallContext | undefined): boolean {
    return this.#isClosed && this.size === 0 && !this.#custody.mayReturn(holderOf(call))
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
