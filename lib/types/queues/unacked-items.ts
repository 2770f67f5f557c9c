import {
  type CurrentCall,
  deliveryOf,
  type Holder,
  LinkedList,
  type ListNode,
  onAbort,
  sessionOf,
  type SessionPeer,
} from '../../extension.ts'
import type { Entry } from './entry-heap.ts'

/** An item that was taken, and may come back. */
interface UnackedItem<T> {
  readonly entry: Entry<T>
  /** Resolves when it is known whether it has arrived; undefined once it has. */
  arrival: Promise<boolean> | undefined
  /** When it was taken, by `performance.now()`; 0 where it isn't to be acknowledged. */
  readonly sinceMs: number
}

/** Those of one holder: in the order in which it took them, and by their numbers. */
class HolderItems<T> {
  readonly inOrder = new LinkedList<UnackedItem<T>>()
  readonly byNumber = new Map<number, ListNode<UnackedItem<T>>>()
  unlisten: () => void = () => undefined

  get isUnderway(): boolean {
    return this.arrivalOf(this.inOrder.length) !== undefined
  }

  /** What to await before it is known that the oldest `count` have arrived; undefined where it is. */
  arrivalOf(count: number): Promise<boolean> | undefined {
    let left = count
    for (const { arrival } of this.inOrder) {
      if (left-- === 0) return undefined
      if (arrival !== undefined) return arrival
    }
    return undefined
  }

  add(entry: Entry<T>, arrival: Promise<boolean> | undefined, sinceMs: number): UnackedItem<T> {
    const item = { entry, arrival, sinceMs }
    this.byNumber.set(entry.number, this.inOrder.add(item))
    return item
  }

  /** Whether it was there. */
  delete(number: number): boolean {
    const node = this.byNumber.get(number)
    if (node === undefined) return false
    this.byNumber.delete(number)
    this.inOrder.delete(node)
    return true
  }
}

/**
 * The items that were taken out of a queue and may come back. They do so where the answer that took them along didn't
 * arrive; and where the queue waits for an acknowledgement of each, when their holder ends before.
 */
export class UnackedItems<T> {
  readonly #untilDone: boolean
  readonly #requeue: (entries: readonly Entry<T>[]) => void
  readonly #byHolder = new Map<SessionPeer, HolderItems<T>>()

  /**
   * @param untilDone whether an item that has arrived is to be acknowledged too
   * @param requeue takes back what was handed over in vain; told of none where something is known that may end waits
   */
  constructor(untilDone: boolean, requeue: (entries: readonly Entry<T>[]) => void) {
    this.#untilDone = untilDone
    this.#requeue = requeue
  }

  get count(): number {
    let count = 0
    for (const { inOrder } of this.#byHolder.values()) count += inOrder.length
    return count
  }

  /** Who has items that are to be acknowledged, and since when the oldest. */
  *holders(): Generator<Holder> {
    if (!this.#untilDone) return
    for (const [session, { inOrder }] of this.#byHolder) {
      const [{ sinceMs } = { sinceMs: 0 }] = inOrder
      yield { session, sinceMs, what: inOrder.length === 1 ? '1 item' : `${inOrder.length} items` }
    }
  }

  /** How many `call` has of them. */
  countOf(call: CurrentCall | undefined): number {
    return this.#byHolder.get(sessionOf(call))?.inOrder.length ?? 0
  }

  /** @param call the one whose answer takes the entries along; undefined where no other process is to have them */
  add(entries: readonly Entry<T>[], call: CurrentCall | undefined): void {
    const arrival = deliveryOf(call)
    if (arrival === undefined && !this.#untilDone) return
    const holder = sessionOf(call)
    const items = this.#byHolder.get(holder) ?? this.#open(holder)
    const sinceMs = this.#untilDone ? performance.now() : 0
    const added = entries.map((entry) => items.add(entry, arrival, sinceMs))
    void arrival?.then((hasArrived) => {
      for (const item of added) item.arrival = undefined
      const isKept = hasArrived && this.#untilDone
      const left = isKept ? [] : this.#delete(holder, entries)
      this.#requeue(hasArrived ? [] : left)
    })
  }

  /** What to await before `acknowledge` of the oldest `count` items of the caller; undefined where they have arrived. */
  arrivalOf(call: CurrentCall | undefined, count: number): Promise<boolean> | undefined {
    return this.#byHolder.get(sessionOf(call))?.arrivalOf(count)
  }

  /** Acknowledges the oldest `count` items of the caller, which has as many. */
  acknowledge(call: CurrentCall | undefined, count: number): void {
    const holder = sessionOf(call)
    const oldest: Entry<T>[] = []
    for (const { entry } of this.#byHolder.get(holder)?.inOrder ?? []) {
      if (oldest.length === count) break
      oldest.push(entry)
    }
    this.#delete(holder, oldest)
  }

  /** The caller's item with this number. */
  find(call: CurrentCall | undefined, number: number): UnackedItem<T> | undefined {
    return this.#byHolder.get(sessionOf(call))?.byNumber.get(number)?.value
  }

  /** Acknowledges the caller's item with this number. */
  acknowledgeOne(call: CurrentCall | undefined, { entry }: UnackedItem<T>): void {
    this.#delete(sessionOf(call), [entry])
  }

  /**
   * Whether something may still come back while the caller waits for more: what others have not acknowledged comes back
   * when they end, and what the caller itself has may not have arrived.
   */
  mayReturn(call: CurrentCall | undefined): boolean {
    const holder = sessionOf(call)
    for (const [each, items] of this.#byHolder) if (each !== holder || items.isUnderway) return true
    return false
  }

  /**
   * Whose wait has to end where these wait, in the order of arrival, for nothing but what they have themselves;
   * undefined where that isn't so. Each may be going to acknowledge its items only when there are no more.
   */
  whoGivesWay(waiting: readonly SessionPeer[]): SessionPeer | undefined {
    const waits = new Set(waiting)
    for (const [holder, items] of this.#byHolder) if (items.isUnderway || !waits.has(holder)) return undefined
    return waiting.find((holder) => this.#byHolder.has(holder))
  }

  #open(holder: SessionPeer): HolderItems<T> {
    const items = new HolderItems<T>()
    this.#byHolder.set(holder, items)
    // What hasn't arrived comes back by itself.
    if (this.#untilDone) {
      items.unlisten = onAbort(holder.ended, () => this.#requeue(this.#delete(holder, entriesOf(items))))
    }
    return items
  }

  /** Those of the entries that the holder still had. Nothing is kept of a holder of nothing. */
  #delete(holder: SessionPeer, entries: readonly Entry<T>[]): readonly Entry<T>[] {
    const items = this.#byHolder.get(holder)
    if (items === undefined) return []
    const deleted = entries.filter(({ number }) => items.delete(number))
    if (items.inOrder.length === 0) {
      this.#byHolder.delete(holder)
      items.unlisten()
    }
    return deleted
  }
}

function entriesOf<T>({ inOrder }: HolderItems<T>): Entry<T>[] {
  return Array.from(inOrder, ({ entry }) => entry)
}
